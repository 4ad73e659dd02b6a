"""The shapes of the inbox, and of how somebody hears of things by mail."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StrictInt

from cliphaven.foundation.shapes import ID_MAX, Order
from cliphaven.notifications.rules import Wish

MessageKind = Literal["security", "money", "clips", "doubts", "files", "programs", "staff"]
ChosenKind = Literal["money", "clips", "doubts", "files", "programs", "staff"]


class Message(Schema):
    """One thing that you were told. `link` is a path of this site, or empty; `read_at` null while it is new."""

    id: int
    kind: MessageKind
    subject: str
    text: str
    link: str
    told_at: datetime
    read_at: datetime | None


class Inbox(Schema):
    """A page of your inbox; `next_before` asks for the one after it. `unread` is counted to 100."""

    messages: list[Message]
    unread: int
    next_before: int | None


class ReadUpTo(Order):
    """All up to this message is read."""

    up_to: Annotated[StrictInt, Field(ge=1, le=ID_MAX)]


class MailWish(Schema):
    """How you hear of one kind by mail."""

    kind: ChosenKind
    wish: Wish


class Mail(Schema):
    """How you hear of each kind by mail. `stopped_at`: since then mail to you does not arrive, and none is sent."""

    wishes: list[MailWish]
    stopped_at: datetime | None
    stopped_because: str | None


class WishOrder(Order):
    """How you want to hear of a kind: at once, once a day together, or in the inbox alone."""

    kind: ChosenKind
    wish: Wish
