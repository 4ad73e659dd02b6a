"""Saving what the operator wants: a new version of the policy, and peer tables to measure by."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.money import EXPONENTS
from cliphaven.foundation.transactions import own_transaction
from cliphaven.fraud.models import PeerTable, Policy, SignalMode
from cliphaven.fraud.queries import calibrations, scorecards
from cliphaven.fraud.queries.policies import PolicyDraft, in_force
from cliphaven.fraud.rules import bar
from cliphaven.fraud.rules.calibration import BadCalibration, parsed
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.identity import queries as people

REASON_MAX = 300


class PolicyRefused(Refused):
    """The policy cannot be saved so."""

    code = "policy_refused"


class BelowTheBar(Refused):
    """A signal shall hold money that did not clear the bar, and nobody said that it shall all the same."""

    code = "below_the_bar"


class PolicyMoved(Refused):
    """Somebody else saved a policy since this one was looked at."""

    code = "policy_moved"


@own_transaction
def save_policy(
    *,
    draft: PolicyDraft,
    peer_table_id: int | None,
    expected_number: int,
    preview: dict[str, object],
    reason: str,
    staff_id: int | None,
    request_key: str,
    despite_bar: Collection[str] = (),
    now: datetime,
) -> int:
    """Save the next version of the policy; answers its number. Clips are judged by it from their next reading on.

    `preview` is what whoever saves it was shown, `expected_number` the version that they saw in force. The same
    `request_key` again saves nothing. Without `staff_id` the installation itself does it, at its beginning. Signals
    that become live below the bar must be named in `despite_bar`, and are kept so. Raises PolicyRefused, PolicyMoved,
    BelowTheBar and NoSuchPeerTable.
    """
    # Two who save at once come one after the other, and the second sees the first.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('cliphaven.fraud.policy'))")
    _check_staff(staff_id)
    said = " ".join(reason.split())
    if not 1 <= len(said) <= REASON_MAX:
        raise PolicyRefused(f"Say why, in at most {REASON_MAX} letters: others will read it.")
    _check(draft)
    calibrations.calibration(peer_table_id)
    before = Policy.objects.filter(request_key=request_key).first()
    if before is not None:
        return before.pk
    latest = Policy.objects.order_by("-id").first()
    if (latest.pk if latest else 0) != expected_number:
        raise PolicyMoved("Somebody saved another policy since you looked: look at it again, then decide.")
    against_the_bar = _against_the_bar(draft, despite_bar=despite_bar, now=now)
    return Policy.objects.create(
        peer_table_id=peer_table_id,
        hold_from_milli=draft.hold_from_milli,
        release_below_milli=draft.release_below_milli,
        modes=dict(sorted(draft.modes.items())),
        review_above_minor=dict(sorted(draft.review_above_minor.items())),
        clawback_max_minor=dict(sorted(draft.clawback_max_minor.items())),
        credit_max_minor=dict(sorted(draft.credit_max_minor.items())),
        credit_window_days=draft.credit_window_days,
        analytics_above_minor=dict(sorted(draft.analytics_above_minor.items())),
        hold_days=draft.hold_days,
        appeal_days=draft.appeal_days,
        bypass_basis_points=draft.bypass_basis_points,
        probe_percent=draft.probe_percent,
        live_from_percent=draft.live_from_percent,
        against_the_bar=against_the_bar,
        preview=preview,
        made_by_id=staff_id,
        reason=said,
        request_key=request_key,
        made_at=now,
    ).pk


@own_transaction
def keep_peer_table(*, text: str, staff_id: int | None, now: datetime) -> int:
    """Keep peer tables, to be named by a policy; answers their number. The same contents are kept once.

    Raises PolicyRefused for a text that is none.
    """
    try:
        calibration = parsed(text)
    except BadCalibration as error:
        raise PolicyRefused(str(error)) from error
    table, _ = PeerTable.objects.get_or_create(
        calibration_id=calibration.id,
        defaults={
            "text": text,
            "source": calibration.source[:200],
            "clips": calibration.clips,
            "built_by_id": staff_id,
            "built_at": now,
        },
    )
    return table.pk


def _against_the_bar(draft: PolicyDraft, *, despite_bar: Collection[str], now: datetime) -> dict[str, str]:
    """The signals that become live below the bar, each with what is known of it. A bar is lowered for later versions:
    whoever lowers it and makes a signal live at once is still asked."""
    before = in_force()
    wanted = draft.signal_modes().live - before.modes.live
    live_from_percent = max(before.version.draft.live_from_percent, draft.live_from_percent)
    below = {}
    for score in scorecards.scorecard(now=now) if wanted else []:
        known = {"upheld": score.upheld, "overturned": score.overturned}
        if score.signal in wanted and not bar.clears(**known, live_from_percent=live_from_percent):
            below[score.signal] = bar.said(**known)
    if unsaid := sorted(below.keys() - set(despite_bar)):
        raise BelowTheBar(
            f"{unsaid[0]} has not cleared the bar of {live_from_percent} %: {below[unsaid[0]]}. Leave it in shadow, or"
            " say that it shall hold money all the same."
        )
    return dict(sorted(below.items()))


def _check(draft: PolicyDraft) -> None:
    if unknown := sorted(draft.modes.keys() - set(Signal)):
        raise PolicyRefused(f"There are no signals {', '.join(unknown)}.")
    if strange := sorted(set(draft.modes.values()) - set(SignalMode.values)):
        raise PolicyRefused(f"A signal is off, shadow or live, and not {', '.join(strange)}.")
    by_currency = (
        draft.review_above_minor,
        draft.clawback_max_minor,
        draft.credit_max_minor,
        draft.analytics_above_minor,
    )
    if any(not amounts.keys() <= EXPONENTS.keys() or min(amounts.values(), default=0) < 0 for amounts in by_currency):
        raise PolicyRefused(f"Amounts are of {', '.join(EXPONENTS)} and not below nothing.")
    hold, release = draft.hold_from_milli, draft.release_below_milli
    if hold is not None and (hold < 1 or (release is not None and not 0 <= release <= hold)):
        raise PolicyRefused("Doubt begins above nothing, and ends at or below where it begins.")
    if not (1 <= draft.hold_days <= 30 and 3 <= draft.appeal_days <= 14):
        raise PolicyRefused("Money is held for 1 to 30 days, and creators have 3 to 14 days to appeal.")
    if not (0 <= draft.bypass_basis_points <= 2_000 and 10 <= draft.probe_percent <= 100):
        raise PolicyRefused("The sample is at most a fifth of all clips, the probe begins at 10 to 100 % of T1.")
    if not 0 <= draft.credit_window_days <= 180:
        raise PolicyRefused("Sponsors are credited for views that were purged within 180 days at most.")
    if not 1 <= draft.live_from_percent <= 99:
        raise PolicyRefused("The bar for signals is from 1 to 99 %.")


def _check_staff(staff_id: int | None) -> None:
    if staff_id is not None and (refusal := people.staff_refusal(staff_id, people.StaffRole.ADMIN)):
        raise PolicyRefused(refusal)
