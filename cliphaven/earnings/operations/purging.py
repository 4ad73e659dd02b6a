"""Views that a platform took back: what is unpaid of them is held and then voided, what was paid is credited.

A purge is followed once. Its unpaid entries become a case of the house (`fraud.operations.evidence`), against which
their creator can appeal; for what was paid nothing is taken from the creator here: the sponsor has it back from the
reserve for invalid views, by a credit note.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.clips import queries as clips
from cliphaven.earnings.models import UNPAID, Accrual, HoldReason, PurgeFollowUp, PurgeOutcome, Stage
from cliphaven.earnings.operations import crediting, holding
from cliphaven.earnings.queries import purged
from cliphaven.earnings.rules import purging
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.fraud.operations import evidence
from cliphaven.fraud.queries import policies, verdicts
from cliphaven.ledger import operations as ledger
from cliphaven.tracking.models import Observation, Purge

log = logging.getLogger(__name__)


@no_transaction
def follow_purges(*, now: datetime) -> int:
    """Hold what is unpaid of the views that platforms took back since the last time; answers how many purges."""
    number = 0
    for purge in purged.to_follow(now=now):
        number += _follow(purge=purge, now=now)
    return number


@no_transaction
def settle_purges(*, now: datetime) -> int:
    """Credit sponsors what was paid for views that are still gone; answers how many purges are settled.

    What the reserve cannot cover waits for a provision, and keeps nobody else waiting.
    """
    number = 0
    for follow_up_id in purged.to_settle(now=now):
        try:
            number += _settle(follow_up_id=follow_up_id, now=now)
        except crediting.ReserveTooLow as short:
            log.warning("earnings: the credit for purge follow-up %s waits: %s", follow_up_id, short.sentence)
            crediting.tell_that_it_waits(sentence=short.sentence, now=now)
    return number


@own_transaction
def _follow(*, purge: Purge, now: datetime) -> int:
    """Look after one purge; 0 if somebody else did at this moment."""
    counted = purged.above(clip_id=purge.clip_id, stands=purge.views_after).exists()
    follow_up, is_new = PurgeFollowUp.objects.get_or_create(
        purge=purge,
        defaults={
            "clip_id": purge.clip_id,
            "followed_at": now,
            "outcome": "" if counted else PurgeOutcome.NOTHING_COUNTED,
            "settled_at": None if counted else now,
        },
    )
    if not is_new:
        return 0
    found = purged.unpaid(clip_id=purge.clip_id, purge_id=purge.pk)
    if found:
        case = evidence.open_purged(purged=_purged(purge, found), now=now)
        follow_up.case_id = case.case_id
        follow_up.save()
        _hold(case, [one.id for one in found], now=now)
    return 1


def _hold(case: verdicts.Decided, accrual_ids: Sequence[int], *, now: datetime) -> None:
    """Keep what is unpaid apart until its creator can say no more; what somebody holds already stays so."""
    free = Accrual.objects.select_for_update(no_key=True).filter(
        id__in=accrual_ids, stage__in=(Stage.CLEARING, Stage.PAYABLE)
    )
    entries = holding.place(
        accruals=list(free.order_by("id")),
        reason=HoldReason.VIEWS_DROPPED,
        note=f"{case.note} {verdicts.APPEAL_SENTENCE}",
        actor=case.holder,
        releases_at=case.keep_until or now + timedelta(days=1),
        now=now,
    )
    ledger.record(entries)


def _purged(purge: Purge, found: Sequence[Accrual]) -> evidence.Purged:
    confirmed = Observation.objects.get(id=purge.observation_id)
    return evidence.Purged(
        purge_id=purge.pk,
        clip_id=purge.clip_id,
        onset_observation_id=min((one.from_observation_id or 0 for one in found), default=0),
        observation_id=purge.observation_id,
        digest=bytes(confirmed.sha256).hex(),
        views_before=purge.views_before,
        views_after=purge.views_after,
        fell_at=purge.fell_at,
        at_stake_minor=sum(one.gross_minor for one in found),
        currency=found[0].currency,
    )


@own_transaction
def _settle(*, follow_up_id: int, now: datetime) -> int:
    """Credit what was paid, once every entry of these views is paid or reversed; 0 while one is not.

    Locks the campaign first: nobody reverses these entries meanwhile.
    """
    clip = clips.clip_for_staff(clip_id=PurgeFollowUp.objects.values_list("clip_id", flat=True).get(id=follow_up_id))
    campaign_operations.locked_budget(campaign_id=clip.campaign_id)
    follow_up = PurgeFollowUp.objects.select_for_update(of=("self",)).select_related("purge").get(id=follow_up_id)
    if follow_up.settled_at is not None:
        return 0
    purge = follow_up.purge
    stands = purged.standing(clip_id=clip.clip_id, purge=purge)
    gone = list(purged.above(clip_id=clip.clip_id, stands=stands).order_by("id"))
    is_waiting = any(one.stage in UNPAID for one in gone)
    if is_waiting and now < purge.confirmed_at + purging.WAITS_FOR_PAYDAY:
        return 0
    draft = policies.latest_draft()
    paid = [one for one in gone if one.stage not in UNPAID]
    earliest = purge.fell_at - timedelta(days=draft.credit_window_days)
    in_time = [one for one in paid if one.accrued_at >= earliest]
    outcome = PurgeOutcome.CAME_BACK if not gone else PurgeOutcome.TOO_LATE if paid and not in_time else None
    if outcome is None:
        outcome = _credit(follow_up, clip, in_time, stands=stands, draft=draft, now=now)
    follow_up.outcome, follow_up.settled_at = outcome, now
    follow_up.save()
    return 1


def _credit(
    follow_up: PurgeFollowUp,
    clip: clips.ClipFacts,
    in_time: Sequence[Accrual],
    *,
    stands: int,
    draft: policies.PolicyDraft,
    now: datetime,
) -> PurgeOutcome:
    """Issue the credit note of a purge, if there is anything to credit."""
    if not in_time:
        return PurgeOutcome.VOIDED
    currency = in_time[0].currency
    so_far_minor = purged.credited_of_clip(clip_id=clip.clip_id)
    entries = purged.entries(in_time)
    # What two people credited for this clip stands for the same views.
    by_people_minor = purged.credited_by_people(clip_id=clip.clip_id)
    whole = purging.credit(entries, stands=stands, most_minor=sum(one.spent_minor for one in entries))
    most_minor = min(
        max(0, whole.amount_minor - by_people_minor), max(0, draft.credit_max_minor.get(currency, 0) - so_far_minor)
    )
    credit = purging.credit(entries, stands=stands, most_minor=most_minor)
    if not credit.amount_minor:
        return PurgeOutcome.VOIDED
    crediting.issue_for_purge(
        follow_up=follow_up,
        campaign_id=clip.campaign_id,
        credit=credit,
        capped_minor=max(0, whole.amount_minor - by_people_minor - credit.amount_minor),
        stands=stands,
        now=now,
    )
    return PurgeOutcome.CREDITED
