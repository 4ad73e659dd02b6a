"""What PostHog was told of people who took their yes back is deleted there."""

import logging
from datetime import datetime

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.insights import queries
from cliphaven.insights.models import Answer
from cliphaven.insights.rules import ERASED_AFTER
from cliphaven.providers import posthog

ERASED_AT_ONCE_MAX = 500
log = logging.getLogger(__name__)


@no_transaction
def erase(*, now: datetime) -> int:
    """Ask the vendor to delete the subjects of those who said no, with all that was told of them; answers how many.

    What the vendor does not agree to now is asked for the next time.
    """
    if not queries.is_on():
        return 0
    over = Answer.objects.filter(is_yes=True, erased_at=None, ended_at__lte=now - ERASED_AFTER).order_by("ended_at")
    found = {row.id: row.subject for row in over[:ERASED_AT_ONCE_MAX] if row.subject is not None}
    if not found:
        return 0
    try:
        posthog.erase(subjects=list(found.values()))
    except ProviderFailed as failure:
        log.warning("Product analytics could not be deleted: %s", failure.sentence)
        return 0
    _erased(answer_ids=list(found), now=now)
    return len(found)


@own_transaction
def _erased(*, answer_ids: list[int], now: datetime) -> None:
    Answer.objects.filter(id__in=answer_ids).update(erased_at=now)
