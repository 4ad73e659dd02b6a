"""The day's summary: what people want to hear of once a day, in one mail."""

from datetime import datetime

from django.conf import settings

from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.notifications.models import Message, MessageState
from cliphaven.notifications.operations.sending import defer_mail
from cliphaven.notifications.rules import SUMMARY_LINES_MAX, Kind, Line, summary_subject, summary_text

READERS_AT_ONCE = 500


@no_transaction
def send_summaries(*, now: datetime) -> int:
    """Queue a summary for everybody for whom something was collected; answers how many summaries.

    Each is a transaction of its own: one that fails keeps nobody else's back, and the next day's has what it left.
    """
    summaries, after = 0, 0
    while readers := _readers(after=after):
        summaries += sum(_collect(user_id=user_id, now=now) for user_id in readers)
        after = readers[-1]
    return summaries


def _readers(*, after: int) -> list[int]:
    waiting = Message.objects.filter(state=MessageState.COLLECTED, user_id__gt=after)
    return list(waiting.order_by("user_id").values_list("user_id", flat=True).distinct()[:READERS_AT_ONCE])


@own_transaction
def _collect(*, user_id: int, now: datetime) -> bool:
    """One summary with all that waits for this person; False when another run has just written it."""
    waiting = Message.objects.select_for_update().filter(user_id=user_id, state=MessageState.COLLECTED)
    collected = list(waiting.order_by("id"))
    if not collected:
        return False
    lines = [Line(subject=one.subject, link=one.link) for one in collected[:SUMMARY_LINES_MAX]]
    summary = Message.objects.create(
        user_id=user_id,
        key=f"summary:{collected[0].id}",
        kind=Kind.SUMMARY,
        subject=summary_subject(len(collected)),
        text=summary_text(lines, number=len(collected), site_url=settings.SITE_URL),
        link="/inbox/",
        queued_at=now,
    )
    waiting.filter(id__in=[one.id for one in collected]).update(state=MessageState.IN_SUMMARY, summary=summary)
    defer_mail(message_id=summary.id)
    return True
