"""Doors of the API for everybody: what they were told, and how they want to hear of things by mail."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED
from cliphaven.identity.guards import AS_ANYBODY, signed_in_id
from cliphaven.identity.schemas import mail as schemas
from cliphaven.notifications import operations, queries
from cliphaven.notifications.rules import Kind

INBOX = Router(auth=AS_ANYBODY, tags=["You"])

Before = Annotated[int | None, Query(ge=1, le=ID_MAX, description="`next_before` of the page before.")]
OfKind = Annotated[schemas.MessageKind | None, Query(description="Only messages of this kind.")]
Unread = Annotated[bool, Query(description="Only messages that are not read.")]


@INBOX.get("/inbox", response={200: schemas.Inbox, **NOBODY}, url_name="api_inbox")
def inbox(request: HttpRequest, before: Before = None, kind: OfKind = None, unread: Unread = False) -> schemas.Inbox:
    """What you were told, the newest first, thirty at a time."""
    wanted = Kind(kind) if kind is not None else None
    found = queries.inbox(user_id=signed_in_id(request), before=before, kind=wanted, unread_only=unread)
    return schemas.Inbox(
        messages=[
            schemas.Message(
                id=line.message_id,
                kind=line.kind.value,  # type: ignore[arg-type]  # one of those that stand in inboxes
                subject=line.subject,
                text=line.text,
                link=line.link,
                told_at=line.told_at,
                read_at=line.read_at,
            )
            for line in found.lines
        ],
        unread=found.unread,
        next_before=found.next_before,
    )


@INBOX.post("/inbox/read", response={204: None, **REFUSED}, url_name="api_inbox_read")
def read(request: HttpRequest, order: schemas.ReadUpTo) -> tuple[int, None]:
    """You have read all up to this message. Said again it changes nothing."""
    operations.mark_all_read(user_id=signed_in_id(request), up_to=order.up_to, now=clock.now())
    return 204, None


@INBOX.get("/me/mail", response={200: schemas.Mail, **NOBODY}, url_name="api_mail")
def mail(request: HttpRequest) -> schemas.Mail:
    """How you want to hear of each kind by mail, and whether mail arrives."""
    return _mail(signed_in_id(request))


@INBOX.post("/me/mail", response={200: schemas.Mail, **REFUSED}, url_name="api_mail_wish")
def wish(request: HttpRequest, order: schemas.WishOrder) -> schemas.Mail:
    """Say how you want to hear of a kind. Said again it changes nothing."""
    user_id = signed_in_id(request)
    operations.say_wish(user_id=user_id, kind=Kind(order.kind), wish=order.wish, now=clock.now())
    return _mail(user_id)


def _mail(user_id: int) -> schemas.Mail:
    stop = queries.stop_of(user_id=user_id)
    return schemas.Mail(
        wishes=[
            schemas.MailWish(kind=kind.value, wish=wish)  # type: ignore[arg-type]  # one of those that are chosen
            for kind, wish in queries.wishes_of(user_id=user_id).items()
        ],
        stopped_at=stop.stopped_at if stop else None,
        stopped_because=stop.because if stop else None,
    )
