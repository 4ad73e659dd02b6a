"""Telling PostHog what people did who said yes: by a job, never while somebody waits, and given up at the first no."""

import logging
from datetime import datetime

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.insights import queries
from cliphaven.insights.models import Answer
from cliphaven.insights.rules import LOOKED_BACK, checked, name_of
from cliphaven.providers import posthog

PEOPLE_AT_ONCE = 200
log = logging.getLogger(__name__)


@no_transaction
def tell(*, now: datetime) -> int:
    """Tell what happened since the last time; answers how many happenings. Nothing is raised when nobody listens.

    What is not told now is told the next time, under the same name.
    """
    if not queries.is_on():
        return 0
    told, after = 0, 0
    while people := queries.measured(after=after, limit=PEOPLE_AT_ONCE):
        for person in people:
            try:
                told += _tell_of(person, now=now)
            except ProviderFailed as failure:
                log.warning("Product analytics were not taken: %s", failure.sentence)
                return told
        after = people[-1].answer_id
    return told


def _tell_of(person: queries.Measured, *, now: datetime) -> int:
    since = max(person.said_at, person.sent_until - LOOKED_BACK)
    found = [checked(one) for one in queries.happenings(user_id=person.user_id, since=since, until=now)]
    for one in found:
        # Asked each time: who has just said no is told of no more.
        if not queries.still_counts(answer_id=person.answer_id):
            return 0
        posthog.capture(
            posthog.Event(
                name=one.name,
                subject=person.subject,
                properties=one.properties,
                happened_at=one.happened_at,
                uuid=name_of(one, subject=person.subject),
            )
        )
    is_cut = len(found) == queries.TOLD_AT_ONCE_MAX
    _told(answer_id=person.answer_id, until=max(person.sent_until, found[-1].happened_at) if is_cut else now)
    return len(found)


@own_transaction
def _told(*, answer_id: int, until: datetime) -> None:
    Answer.objects.filter(id=answer_id, sent_until__lt=until).update(sent_until=until)
