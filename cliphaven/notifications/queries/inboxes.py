"""What stands in somebody's inbox."""

from dataclasses import dataclass
from datetime import datetime

from cliphaven.notifications.models import Message
from cliphaven.notifications.rules import UNSEEN, Kind

PAGE = 30
UNREAD_MAX = 99


@dataclass(frozen=True, kw_only=True)
class InboxLine:
    """One message. `link` is a path of this site, or ""."""

    message_id: int
    kind: Kind
    subject: str
    text: str
    link: str
    told_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """A page of an inbox, the newest first. `next_before` is what the next page begins below; None on the last."""

    lines: list[InboxLine]
    unread: int
    next_before: int | None


def inbox(
    *, user_id: int, before: int | None = None, kind: Kind | None = None, unread_only: bool = False, page: int = PAGE
) -> Inbox:
    """What somebody was told, of one kind or all, at most `page` lines below the message `before`."""
    found = Message.objects.filter(user_id=user_id).exclude(kind__in=sorted(UNSEEN))
    if kind is not None:
        found = found.filter(kind=kind)
    if unread_only:
        found = found.filter(read_at=None)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found.order_by("-id")[: page + 1])
    lines = [
        InboxLine(
            message_id=one.id,
            kind=Kind(one.kind),
            subject=one.subject,
            text=one.text,
            link=one.link,
            told_at=one.queued_at,
            read_at=one.read_at,
        )
        for one in rows[:page]
    ]
    return Inbox(
        lines=lines,
        unread=unread_count(user_id=user_id),
        next_before=lines[-1].message_id if len(rows) > page else None,
    )


def unread_count(*, user_id: int) -> int:
    """How many messages somebody has not read; counted to one more than UNREAD_MAX."""
    unread = Message.objects.filter(user_id=user_id, read_at=None).exclude(kind__in=sorted(UNSEEN))
    return unread.order_by()[: UNREAD_MAX + 1].count()
