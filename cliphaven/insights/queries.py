"""Who said yes, and what they did since."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from cliphaven.insights.models import Answer
from cliphaven.insights.rules import Happening
from cliphaven.providers import posthog

TOLD_AT_ONCE_MAX = 100
# What somebody did, from rows that stand for other reasons; each with its line in the catalogue. Never an amount, an
# address or a name.
_HAPPENINGS = """
select name, number, properties, happened_at from (
  select 'channel_proved' as name, id as number, verified_at as happened_at,
         jsonb_build_object('channel', id, 'platform', platform) as properties
    from clips_channel where creator_id = %(person)s and verified_at > %(since)s and verified_at <= %(until)s
  union all
  select 'clip_submitted', id, submitted_at,
         jsonb_build_object('clip', id, 'campaign', campaign_id, 'platform', platform)
    from clips_clip where creator_id = %(person)s and submitted_at > %(since)s and submitted_at <= %(until)s
  union all
  select 'clip_decided', id, decided_at,
         jsonb_build_object('clip', id, 'campaign', campaign_id, 'decision', state)
    from clips_clip where decided_by_id = %(person)s and decided_at > %(since)s and decided_at <= %(until)s
     and state in ('approved', 'rejected', 'needs_fix')
  union all
  select 'deposit_started', id, started_at, jsonb_build_object('deposit', id)
    from campaigns_deposit where started_by_id = %(person)s and started_at > %(since)s and started_at <= %(until)s
  union all
  select 'refund_asked', id, requested_at, jsonb_build_object('request', id)
    from campaigns_refundrequest
   where requested_by_id = %(person)s and requested_at > %(since)s and requested_at <= %(until)s
  union all
  select 'appeal_made', id, appealed_at, jsonb_build_object('case', case_id)
    from fraud_appeal where creator_id = %(person)s and appealed_at > %(since)s and appealed_at <= %(until)s
) happenings order by happened_at, name, number limit %(limit)s"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Somebody who said yes and has not taken it back."""

    answer_id: int
    user_id: int
    subject: UUID
    said_at: datetime
    sent_until: datetime


def is_on() -> bool:
    """Whether this installation measures anything at all."""
    return posthog.is_set_up()


def says(*, user_id: int) -> bool | None:
    """What a person answered last; None when they never did."""
    return Answer.objects.filter(user_id=user_id).order_by("-id").values_list("is_yes", flat=True).first()


def is_measured(*, user_id: int) -> bool:
    """Whether this person's yes counts now."""
    return _live().filter(user_id=user_id).exists()


def measured(*, after: int, limit: int) -> list[Measured]:
    """People who said yes, by the number of their answer."""
    return [
        Measured(
            answer_id=row.id,
            user_id=row.user_id,
            subject=row.subject,
            said_at=row.said_at,
            sent_until=row.sent_until,
        )
        for row in _live().filter(id__gt=after).order_by("id")[:limit]
        if row.subject is not None and row.sent_until is not None
    ]


def still_counts(*, answer_id: int) -> bool:
    """Whether this yes was not taken back."""
    return _live().filter(id=answer_id).exists()


def happenings(*, user_id: int, since: datetime, until: datetime) -> list[Happening]:
    """What a person did after `since` and up to `until`, the oldest first, at most TOLD_AT_ONCE_MAX."""
    given: dict[str, int | datetime] = {"person": user_id, "since": since, "until": until, "limit": TOLD_AT_ONCE_MAX}
    with connection.cursor() as cursor:
        cursor.execute(_HAPPENINGS, given)
        return [
            Happening(name=name, number=number, properties=_loaded(properties), happened_at=happened_at)
            for name, number, properties, happened_at in cursor.fetchall()
        ]


def _loaded(properties: object) -> dict[str, int | str]:
    found = json.loads(properties) if isinstance(properties, str) else properties
    assert isinstance(found, dict)
    return found


def _live() -> QuerySet[Answer]:
    return Answer.objects.filter(is_yes=True, ended_at=None)
