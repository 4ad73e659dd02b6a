"""Views, what they are worth, and budgets, computed anew from totals: by other ways than those that booked them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.models import Campaign, CampaignState
from cliphaven.earnings.models import Accrual, EarningReversal, ReturnedTo
from cliphaven.foundation.money import BASIS_POINTS, formatted
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

FAILURES_SHOWN_MAX = 100
_BEFORE_ALL, _AFTER_ALL = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_SPENDING = (EntryKind.ACCRUAL, EntryKind.VOID, EntryKind.CLAWBACK)

_FALLING = """
select a.clip_id, a.number, a.views_from, a.views_to, coalesce(b.views_to, 0), o.highest
  from earnings_accrual a
  left join earnings_accrual b on b.clip_id = a.clip_id and b.number = a.number - 1
  left join lateral (select max(views) as highest from tracking_observation
                      where clip_id = a.clip_id and believed and id <= a.to_observation_id) o on true
 where a.views_to < a.views_from or a.views_from <> coalesce(b.views_to, 0) or o.highest is null
    or a.views_to > o.highest
 order by a.clip_id, a.number limit %s"""

# One line a clip: what its newest step says, beside the terms it is pinned to and the most that was ever believed.
_CLIPS = """
select distinct on (a.clip_id)
       a.clip_id, a.currency, a.views_to, a.capped_minor + a.unfunded_minor as short, a.gross_total_minor,
       r.cpm_minor, t.min_views, t.max_payout_per_clip_minor as most, t.fee_bp,
       (select max(views) from tracking_observation where clip_id = a.clip_id and believed) as highest,
       (select sum(fee_minor) from earnings_accrual where clip_id = a.clip_id) as fees,
       (select sum(gross_minor) from earnings_accrual where clip_id = a.clip_id) as gross
  from earnings_accrual a
  join clips_clip c on c.id = a.clip_id
  join campaigns_terms t on t.id = c.terms_id
  left join campaigns_rate r on r.terms_id = c.terms_id and r.platform = c.platform
 order by a.clip_id, a.number desc"""


def counted_views_never_fall(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Each step of a clip goes on at the views where the last one ended, upwards, and to what was believed by then."""
    with connection.cursor() as cursor:
        cursor.execute(_FALLING, [FAILURES_SHOWN_MAX])
        failing = cursor.fetchall()
    return books.Check(
        name="counted views never fall",
        looked_at=Accrual.objects.count(),
        failures=tuple(
            f"accrual {clip_id}:{number} counts from {views_from:,} to {views_to:,} views; the one before it ended at "
            f"{before:,}, and {highest or 0:,} had been believed"
            for clip_id, number, views_from, views_to, before, highest in failing
        ),
    )


def clips_earn_what_their_views_are_worth(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """What the books gave out for each clip is what its views are worth in all, unless a cap or the budget cut it."""
    booked = _accrued()
    clips = _clips()
    failures = [f"clip {clip_id} earned, and no row says why" for clip_id in sorted(booked.keys() - clips.keys())]
    for clip_id, clip in clips.items():
        gross = sum(booked.get(clip_id, {}).values())
        worth, most = (_worth(clip, views=clip[views]) for views in ("views_to", "highest"))
        if gross > most:
            failures.append(f"clip {clip_id} earned {gross}, and the most that was believed is worth {most}")
        elif gross != worth and not (gross < worth and clip["short"]):
            failures.append(f"clip {clip_id} earned {gross} for {clip['views_to']:,} views, which are worth {worth}")
    return _check("clips earn what their views are worth", len(clips), failures)


def fees_are_the_agreed_part(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Of what each clip earned in all, our fee is the agreed part to the cent, and the creator has the rest."""
    booked = _accrued()
    clips = _clips()
    failures = []
    for clip_id, clip in clips.items():
        by_kind = booked.get(clip_id, {})
        fee, net = by_kind.get(AccountKind.PLATFORM_FEES, 0), by_kind.get(AccountKind.CREATOR_CLEARING, 0)
        agreed = (clip["gross"] * clip["fee_bp"] + BASIS_POINTS // 2) // BASIS_POINTS
        if not fee == clip["fees"] == agreed:
            failures.append(f"clip {clip_id} paid a fee of {fee}, its rows say {clip['fees']}, and {agreed} is agreed")
        if net + fee != clip["gross"]:
            failures.append(f"of clip {clip_id} {net} went to its creator and {fee} to us, of {clip['gross']}")
    return _check("fees are the agreed part of what clips earned", len(clips), failures)


def campaigns_spend_what_clips_earned(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """What left each budget for earnings is what its rows say, and never more than what the sponsor put in."""
    spent: dict[int, int] = defaultdict(int)
    gross = Accrual.objects.order_by().values_list("campaign_id").annotate(Sum("gross_minor"))
    spent.update({campaign_id: int(minor) for campaign_id, minor in gross})
    back = EarningReversal.objects.filter(returned_to=ReturnedTo.CAMPAIGN).order_by()
    for campaign_id, minor in back.values_list("accrual__campaign_id").annotate(Sum("returned_minor")):
        spent[campaign_id] -= int(minor)
    moved = _moved(Campaign.objects.order_by("id").values_list("id", "currency"))
    failures = []
    for account, by_kind in moved.items():
        paid = -sum(by_kind.get(kind, 0) for kind in _SPENDING)
        given = sum(by_kind.values()) + paid
        rows = spent.pop(account.owner_id or 0, 0)
        if paid != rows:
            failures.append(
                f"campaign {account.owner_id} spent {_said(paid, account)}, its rows say {_said(rows, account)}"
            )
        if paid > given:
            failures.append(f"campaign {account.owner_id} spent {_said(paid, account)} of {_said(given, account)}")
    failures += [
        f"campaign {id_} spent {minor}, and never had a budget" for id_, minor in sorted(spent.items()) if minor
    ]
    return _check("campaigns spend what their clips earned", len(moved), failures)


def completed_means_used_up(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """A budget's last cent completes its campaign, and nothing before that, but for the end of its time.

    What came back to a budget because earnings did not count opens nothing again, and a card's bank may empty one.
    """
    rows = list(Campaign.objects.filter(state__in=[CampaignState.ACTIVE, CampaignState.COMPLETED]).order_by("id"))
    running = {row.id for row in rows if row.state == CampaignState.ACTIVE}
    used_up = [row for row in rows if row.id in running or not _ended_by_its_calendar(row)]
    failures = []
    for account, by_kind in _moved((row.id, row.currency) for row in used_up).items():
        # Whatever the clock said: nothing but a top-up, which opens it again, comes to a budget that is used up.
        left = sum(minor for kind, minor in by_kind.items() if kind not in (EntryKind.VOID, EntryKind.CLAWBACK))
        if account.owner_id not in running and left > 0:
            failures.append(f"campaign {account.owner_id} was completed with {_said(left, account)} left to earn")
        has_spent_all = EntryKind.ACCRUAL in by_kind and not sum(by_kind.values())
        if account.owner_id in running and has_spent_all and EntryKind.CHARGEBACK not in by_kind:
            failures.append(f"campaign {account.owner_id} takes clips and has nothing left")
    return _check("campaigns are complete when nothing is left to earn", len(rows), failures)


def _ended_by_its_calendar(row: Campaign) -> bool:
    return row.completed_at is None or (row.ends_on is not None and row.ends_on <= row.completed_at.date())


def _accrued() -> dict[int, dict[AccountKind, int]]:
    """What the books credited for each clip's views, by the kind of account."""
    found: dict[int, dict[AccountKind, int]] = defaultdict(dict)
    for (clip_id, kind, _), minor in books.moved_by_number(EntryKind.ACCRUAL).items():
        found[clip_id][kind] = found[clip_id].get(kind, 0) + minor
    return found


def _clips() -> dict[int, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_CLIPS)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["clip_id"]: row for row in rows}


def _worth(clip: Mapping[str, Any], *, views: int | None) -> int:
    if views is None or clip["cpm_minor"] is None or views < clip["min_views"]:
        return 0
    worth: int = (views * clip["cpm_minor"] + 500) // 1000
    return worth if clip["most"] is None else min(worth, clip["most"])


def _moved(rows: Iterable[tuple[int, str]]) -> dict[Account, dict[EntryKind, int]]:
    """What each kind of entry added to the budgets of these campaigns, all in all; those never used are absent."""
    accounts = [campaigns.budget_account(campaign_id=id_, currency=currency) for id_, currency in rows]
    found: dict[Account, dict[EntryKind, int]] = defaultdict(dict)
    for (account, kind), minor in books.turnover(accounts, since=_BEFORE_ALL, until=_AFTER_ALL).items():
        found[account][kind] = minor
    return {account: found[account] for account in accounts if account in found}


def _said(minor: int, account: Account) -> str:
    return formatted(minor, currency=account.currency)


def _check(name: str, looked_at: int, failures: list[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


_ROWS = frozenset({"earnings_accrual"})
_READINGS = frozenset({"tracking_observation"})
QUESTIONS = (
    books.Question(
        name="counted views never fall", reads=_ROWS | _READINGS, ask=counted_views_never_fall, recomputes=True
    ),
    books.Question(
        name="clips earn what their views are worth",
        reads=_ROWS | books.LEGS,
        ask=clips_earn_what_their_views_are_worth,
        recomputes=True,
    ),
    books.Question(
        name="fees are the agreed part of what clips earned",
        reads=_ROWS | books.LEGS,
        ask=fees_are_the_agreed_part,
        recomputes=True,
    ),
    books.Question(
        name="campaigns spend what their clips earned",
        reads=_ROWS | books.LEGS | {"earnings_earningreversal"},
        ask=campaigns_spend_what_clips_earned,
        recomputes=True,
    ),
    books.Question(
        name="campaigns are complete when nothing is left to earn",
        reads=_ROWS | {"campaigns_campaign"},
        ask=completed_means_used_up,
        recomputes=True,
    ),
)
