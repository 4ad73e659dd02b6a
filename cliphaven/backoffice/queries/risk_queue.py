"""The staff's queue of doubts: cases with the money that they hold, what is worth most of anybody's time at the top."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cliphaven.fraud.models import RiskCaseState
from cliphaven.fraud.models.cases import UNDER_WAY

SHOWN = 25
STANDINGS = ("review", "hold", "watch", "pass", "evidence", "shadow", "bypass")
"""Where a case stands: by the band of its clip now; as one that the house decided on evidence; or as one that holds
nothing, because only a shadow spoke or the clip is of the sample."""
STATES: Mapping[str, Sequence[str]] = {
    "under_way": UNDER_WAY,
    "open": (RiskCaseState.OPEN,),
    "voiding": (RiskCaseState.VOIDING,),
    "appealed": UNDER_WAY,
    "over": (RiskCaseState.RELEASED, RiskCaseState.VOIDED, RiskCaseState.EXPIRED),
    "released": (RiskCaseState.RELEASED,),
    "voided": (RiskCaseState.VOIDED,),
    "expired": (RiskCaseState.EXPIRED,),
    "all": tuple(RiskCaseState),
}
SORTS: Mapping[str, tuple[str, str]] = {
    "worth": ("k.score_milli::bigint * coalesce(h.held_minor, 0)", "k.score_milli * k.at_stake_minor"),
    "held": ("coalesce(h.held_minor, 0)", "k.at_stake_minor"),
    "score": ("k.score_milli::bigint", "k.at_stake_minor"),
    "ends": ("-extract(epoch from {ends_at})::bigint", "k.at_stake_minor"),
    "newest": ("extract(epoch from k.opened_at)::bigint", "k.id"),
    "oldest": ("-extract(epoch from k.opened_at)::bigint", "-k.id"),
}
"""By what a list is in order, the greatest first, and by what where that is the same."""
_OVER = frozenset({"over", "released", "voided", "expired"})
# What is over holds nothing, but for a minute: it is in the order of an index instead.
_WORTH_OVER = ("k.score_milli * k.at_stake_minor", "0")
_PLACE = re.compile(r"(-?\d{1,18})_(-?\d{1,18})_(\d{1,18})")
_CAMPAIGNS_MAX = 500
_NEXT_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which cases are wanted: "" stands for any. `state` is one of STATES, `standing` of STANDINGS, `sort` of SORTS."""

    state: str = "under_way"
    standing: str = ""
    platform: str = ""
    campaign_id: int | None = None
    signal: str = ""
    sort: str = "worth"


@dataclass(frozen=True, kw_only=True)
class QueueReason:
    """The strongest reason of a case: one of so many honest clips ever looks like this."""

    signal: str
    sentence: str
    strength_milli: int
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class QueuedCase:
    """One case in the queue. Money in minor units of its currency: `held_minor` is kept apart now, `at_stake_minor` is
    what the doubted views earn by the clip's rate. At `ends_at` it ends by itself: what is held comes back, or, after a
    decision against the clip, does not count any more. Scores are in thousandths."""

    case_id: int
    clip_id: int
    caption: str
    handle: str
    platform: str
    creator_id: int
    creator_name: str
    campaign_id: int
    campaign_title: str
    state: str
    standing: str
    score_milli: int
    held_minor: int
    held_entries: int
    at_stake_minor: int
    currency: str
    opened_at: datetime
    ended_at: datetime | None
    ends_at: datetime
    appeal_due_at: datetime | None
    reason: QueueReason | None
    place: str

    @property
    def title(self) -> str:
        """The first line of the caption, or a name made of the handle."""
        first = self.caption.strip().splitlines()[:1]
        return first[0][:80] if first else f"Clip by @{self.handle}"

    @property
    def is_under_way(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in UNDER_WAY


@dataclass(frozen=True, kw_only=True)
class RiskQueue:
    """A page of cases, how many there are by STANDINGS and in all; `next_after` goes on, "" on the last page."""

    cases: Sequence[QueuedCase]
    next_after: str
    counts: Mapping[str, int]
    in_all: int


@dataclass(frozen=True, kw_only=True)
class RiskWaiting:
    """How old the queue is: open cases, those for review, the oldest one, and the appeal that is due first."""

    open: int
    for_review: int
    oldest_at: datetime | None
    appeals: int
    appeal_due_at: datetime | None


_STANDING = """
case when k.evidence <> '' then 'evidence' when k.effect = 'hold' then coalesce(r.band, 'pass') else k.effect end"""
_ENDS_AT = "case when k.state = 'voiding' then k.voids_at else coalesce(h.releases_at, k.expires_at) end"
# What is not asked about is not joined: of very many cases most of the work would be that.
_OF_CLIP = """
     and (%(platform)s = '' or c.platform = %(platform)s)
     and (%(campaign)s::bigint is null or c.campaign_id = %(campaign)s)"""
_OF_SIGNAL = "and a.reasons @> jsonb_build_array(jsonb_build_object('signal', %(signal)s::text))"
_OF_APPEALS = "and exists (select from fraud_appeal where case_id = k.id and outcome = '')"
_WANTED = """
  {clips}
  {assessments}
   where k.state = any(%(states)s) {over} {of_clip} {of_signal} {of_appeals}"""
# All that is held for doubt now is read once: it is little, whatever the number of cases.
_PAGE = """
with held as materialized (
  select o.placed_by, count(*) as entries, min(o.releases_at) as releases_at,
         sum(o.amount_minor - (select coalesce(sum(d.amount_minor), 0) from earnings_deduction d
                                where d.hold_id = o.id))::bigint as held_minor
    from earnings_hold o where o.ended_at is null and o.placed_by like 'fraud:%%' group by 1),
keyed as materialized (
  select k.id, {standing} as standing, h.held_minor, h.entries, h.releases_at,
         {first} as first_key, {second} as second_key
    from fraud_riskcase k
    left join held h on h.placed_by = 'fraud:' || k.id
    left join fraud_cliprisk r on r.clip_id = k.clip_id
  {wanted}
     and (%(standing)s = '' or {standing} = %(standing)s)
     and (%(after_id)s::bigint is null
          or {first} <= %(after_first)s::bigint
             and ({first}, {second}, -k.id)
               < (%(after_first)s::bigint, %(after_second)s::bigint, -(%(after_id)s::bigint)))
   order by {in_order} limit %(limit)s)
select k.id as case_id, k.clip_id, c.caption, ch.handle, c.platform, c.creator_id, u.name as creator_name,
       c.campaign_id, p.title as campaign_title, k.state, k.at_stake_minor, k.currency, k.opened_at, k.ended_at,
       h.standing, k.score_milli, case when jsonb_array_length(a.reasons) > 0 then a.reasons -> 0 end as reason,
       coalesce(h.held_minor, 0)::bigint as held_minor, coalesce(h.entries, 0) as held_entries,
       {ends_at} as ends_at,
       (select min(due_at) from fraud_appeal where case_id = k.id and outcome = '') as appeal_due_at,
       h.first_key, h.second_key
  from keyed h
  join fraud_riskcase k on k.id = h.id
  join fraud_assessment a on a.id = k.because_id
  join clips_clip c on c.id = k.clip_id
  join clips_channel ch on ch.id = c.channel_id
  join campaigns_campaign p on p.id = c.campaign_id
  join identity_user u on u.id = c.creator_id
 order by h.first_key desc, h.second_key desc, k.id"""
_COUNTS = """
select {standing}, count(*)
  from fraud_riskcase k left join fraud_cliprisk r on r.clip_id = k.clip_id
  {wanted} group by 1"""
_WAITING = """
select count(*), count(*) filter (where k.effect = 'hold' and r.band = 'review'), min(k.opened_at)
  from fraud_riskcase k left join fraud_cliprisk r on r.clip_id = k.clip_id where k.state = 'open'"""
_APPEALS = "select count(*), min(due_at) from fraud_appeal where outcome = ''"
_OPEN = "select count(*) from fraud_riskcase where state = 'open'"
_CAMPAIGNS = """
select p.id, p.title from (select id, title from campaigns_campaign order by title, id offset 0) p
 where exists (select from clips_clip c join fraud_riskcase k on k.clip_id = c.id where c.campaign_id = p.id)
 order by p.title, p.id limit %s"""


def risk_queue(*, asked: Asked, after: str = "", at_most: int = SHOWN) -> RiskQueue:
    """The cases that are wanted, with the money that they hold now; `after` is a place to go on from.

    A place that is none is ignored. The counts are of all that are wanted whatever their standing.
    """
    place = _PLACE.fullmatch(after)
    terms = _terms(asked) | {
        "standing": asked.standing,
        "after_first": int(place[1]) if place else None,
        "after_second": int(place[2]) if place else None,
        "after_id": int(place[3]) if place else None,
        "limit": at_most + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_page(asked), terms)
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(_COUNTS.format(standing=_STANDING, wanted=_wanted(asked)), terms)  # nosec B608  # conditions of ours, values apart
        counts = dict(cursor.fetchall())
    shown = [_case(row) for row in rows[:at_most]]
    return RiskQueue(
        cases=shown,
        next_after=shown[-1].place if len(rows) > len(shown) else "",
        counts={standing: counts.get(standing, 0) for standing in STANDINGS},
        in_all=sum(counts.values()),
    )


def next_case(*, case_id: int) -> int | None:
    """The open case that is worth most after this one; behind the last, and of a decided one, the first; None if there
    is no other."""
    ids = [case.case_id for case in risk_queue(asked=Asked(state="open"), at_most=_NEXT_MAX).cases]
    behind = ids[ids.index(case_id) + 1 :] if case_id in ids else []
    return next((one for one in [*behind, *ids] if one != case_id), None)


def risk_waiting() -> RiskWaiting:
    """What waits for the staff, and since when."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        [(number, for_review, oldest_at)] = cursor.fetchall()
        cursor.execute(_APPEALS)
        [(appeals, due_at)] = cursor.fetchall()
    return RiskWaiting(open=number, for_review=for_review, oldest_at=oldest_at, appeals=appeals, appeal_due_at=due_at)


def open_count() -> int:
    """How many cases nobody decided yet."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        [(number,)] = cursor.fetchall()
    return int(number)


def campaigns_with_cases() -> list[tuple[int, str]]:
    """The campaigns of which a clip was ever doubted, by title."""
    with connection.cursor() as cursor:
        cursor.execute(_CAMPAIGNS, [_CAMPAIGNS_MAX])
        return list(cursor.fetchall())


def _page(asked: Asked) -> str:
    is_by_index = asked.state in _OVER and asked.sort == "worth"
    first, second = _WORTH_OVER if is_by_index else SORTS[asked.sort]
    first = first.format(ends_at=_ENDS_AT)
    return _PAGE.format(
        standing=_STANDING,
        first=first,
        second=second,
        in_order=f"{first} desc, k.id" if is_by_index else f"{first} desc, {second} desc, k.id",
        ends_at=_ENDS_AT,
        wanted=_wanted(asked),
    )


def _wanted(asked: Asked) -> str:
    is_of_clip = bool(asked.platform or asked.campaign_id is not None)
    return _WANTED.format(
        clips="join clips_clip c on c.id = k.clip_id" if is_of_clip else "",
        assessments="join fraud_assessment a on a.id = k.because_id" if asked.signal else "",
        over="and k.ended_at is not null" if asked.state in _OVER else "",
        of_clip=_OF_CLIP if is_of_clip else "",
        of_signal=_OF_SIGNAL if asked.signal else "",
        of_appeals=_OF_APPEALS if asked.state == "appealed" else "",
    )


def _terms(asked: Asked) -> dict[str, Any]:
    return {
        "states": [str(state) for state in STATES[asked.state]],
        "platform": asked.platform,
        "campaign": asked.campaign_id,
        "signal": asked.signal,
    }


def _case(row: dict[str, Any]) -> QueuedCase:
    place = f"{row.pop('first_key')}_{row.pop('second_key')}_{row['case_id']}"
    reason = row.pop("reason")
    return QueuedCase(**row, reason=None if reason is None else _reason(json.loads(reason)), place=place)


def _reason(said: dict[str, Any]) -> QueueReason:
    return QueueReason(
        signal=said["signal"],
        sentence=said["sentence"],
        strength_milli=said["strength_milli"],
        is_live=said["is_live"],
    )
