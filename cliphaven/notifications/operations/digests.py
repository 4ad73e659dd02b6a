"""The day's letter: what people want to hear of once a day, in one mail."""

from datetime import datetime

from django.conf import settings

from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.notifications.models import Message, MessageState
from cliphaven.notifications.rules import DIGEST_LINES_MAX, Kind, Line, digest_subject, digest_text

READERS_AT_ONCE = 500


@no_transaction
def send_digests(*, now: datetime) -> int:
    """Queue a letter for everybody for whom something was collected; answers how many letters.

    Each is a transaction of its own: one that fails keeps nobody else's back, and the next day's has what it left.
    """
    letters, after = 0, 0
    while readers := _readers(after=after):
        letters += sum(_collect(user_id=user_id, now=now) for user_id in readers)
        after = readers[-1]
    return letters


def _readers(*, after: int) -> list[int]:
    waiting = Message.objects.filter(state=MessageState.COLLECTED, user_id__gt=after)
    return list(waiting.order_by("user_id").values_list("user_id", flat=True).distinct()[:READERS_AT_ONCE])


@own_transaction
def _collect(*, user_id: int, now: datetime) -> bool:
    """One letter with all that waits for this person; False when another run has just written it."""
    waiting = Message.objects.select_for_update().filter(user_id=user_id, state=MessageState.COLLECTED)
    collected = list(waiting.order_by("id"))
    if not collected:
        return False
    lines = [Line(subject=one.subject, link=one.link) for one in collected[:DIGEST_LINES_MAX]]
    letter = Message.objects.create(
        user_id=user_id,
        key=f"digest:{collected[0].id}",
        kind=Kind.DIGEST,
        subject=digest_subject(len(collected)),
        text=digest_text(lines, number=len(collected), site_url=settings.SITE_URL),
        link="/inbox/",
        queued_at=now,
    )
    waiting.filter(id__in=[one.id for one in collected]).update(state=MessageState.IN_DIGEST, digest=letter)
    jobs.defer("notifications.send", at_most_one_waiting=f"mail:{letter.id}", message_id=letter.id)
    return True
