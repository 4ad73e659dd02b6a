"""Messages queued with the rows they speak of, and sent by mail with a key; given up when the vendor says no."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from cliphaven.foundation import deadlines, jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.notifications import queries
from cliphaven.notifications.models import FormerAddress, Message, MessageState
from cliphaven.notifications.rules import CHOSEN, Kind, Wish
from cliphaven.providers import resend

OVERDUE_AFTER = timedelta(minutes=30)
LATEST = timedelta(hours=23)
SWEPT_AT_ONCE_MAX = 500
FORMER_ADDRESSES_MAX = 10
_BY_WISH = {
    Wish.AT_ONCE: MessageState.QUEUED,
    Wish.DAILY: MessageState.COLLECTED,
    Wish.NEVER: MessageState.NOT_WANTED,
}


@joined_transaction
def queue_message(
    *,
    user_id: int,
    key: str,
    kind: Kind,
    subject: str,
    text: str,
    link: str = "",
    secret: str = "",
    address: str = "",
    now: datetime,
) -> None:
    """Tell a person something, once per (user, key), if and only if the caller's transaction commits.

    It stands in their inbox, and goes out by mail as they want to hear of this kind. `link` is a path of this site,
    such as `/payouts/`; the mail shows it as a button, and a `secret` in a line of its own. Of a way in (kind access)
    both are kept no longer than the mail needs them, and it goes out even to an address that took no mail before:
    whoever asks for it must be able to come in. With an `address` it goes there, whoever lives there: for what no inbox
    shows. What is told for somebody's safety goes to the addresses, too, that they had until lately.
    """
    as_new: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "text": text,
        "link": link,
        "secret": secret,
        "address": address,
        "state": lambda: _state(user_id=user_id, kind=kind),  # asked of new ones alone
        "queued_at": now,
    }
    message, is_new = Message.objects.get_or_create(user_id=user_id, key=key, defaults=as_new)
    if is_new and message.state == MessageState.QUEUED:
        defer_mail(message_id=message.id)
    if is_new and kind is Kind.SECURITY:
        _tell_former_addresses(message, now=now)


def _tell_former_addresses(message: Message, *, now: datetime) -> None:
    """Who takes an account over changes its address first: its owner hears of the rest all the same."""
    former = FormerAddress.objects.filter(user_id=message.user_id, told_until__gt=now).order_by("id")
    for number, address in enumerate(former.values_list("address", flat=True)[:FORMER_ADDRESSES_MAX], start=1):
        queue_message(
            user_id=message.user_id,
            key=f"{message.key[:140]}:former:{number}",
            kind=Kind.ACCESS,  # in no inbox, where it stands already
            subject=message.subject,
            text=f"You get this because the account had your address until lately.\n\n{message.text}",
            address=address,
            now=now,
        )


@joined_transaction
def tell_former_address(*, user_id: int, address: str, until: datetime) -> None:
    """Somebody has left this address: until then what is told for their safety goes there as well."""
    FormerAddress.objects.update_or_create(user_id=user_id, address=address, defaults={"told_until": until})


@joined_transaction
def forget_former_addresses(*, user_id: int) -> None:
    """Somebody has the address again that they had before: nothing goes to others any more."""
    FormerAddress.objects.filter(user_id=user_id).delete()


@no_transaction
def send_message(*, message_id: int, now: datetime, read_clock: Callable[[], datetime]) -> None:
    """Send one queued message. Raises ProviderFailed when it is worth another try; the same key makes that safe.

    A job that comes a day late gives the message up: an earlier try may have gone through, and its key is forgotten.
    `read_clock` is read right before the call leaves, for a process that slept since `now`.
    """
    message = Message.objects.select_related("user").get(id=message_id)
    if message.state != MessageState.QUEUED:
        return
    if message.queued_at < now - LATEST:
        _record(message=message, state=MessageState.GIVEN_UP, provider_id="", now=now)
        return
    try:
        with deadlines.leaving_before(message.queued_at + LATEST, read_clock=read_clock):
            provider_id = resend.send(_mail(message), idempotency_key=f"{settings.KEY_PREFIX}:mail:{message.id}")
    except ProviderFailed as failure:
        if failure.outcome is not Outcome.DEFINITE:
            raise
        _record(message=message, state=MessageState.GIVEN_UP, provider_id="", now=now)
        return
    _record(message=message, state=MessageState.SENT, provider_id=provider_id, now=now)


@own_transaction
def sweep_messages(*, now: datetime) -> int:
    """Defer messages again that no job sends any more; answers how many. A vendor's bad hour must not swallow a mail.

    A message that could not be sent within LATEST is given up: the vendor's memory of its key ends there too.
    """
    waiting = Message.objects.filter(state=MessageState.QUEUED)
    late = waiting.filter(queued_at__lt=now - LATEST)
    late.filter(kind=Kind.ACCESS).update(link="", secret="")
    late.update(state=MessageState.GIVEN_UP, sent_at=now)
    overdue = waiting.filter(queued_at__lt=now - OVERDUE_AFTER).order_by("id").values_list("id", flat=True)
    again = list(overdue[:SWEPT_AT_ONCE_MAX])
    for message_id in again:
        defer_mail(message_id=message_id)
    return len(again)


def _state(*, user_id: int, kind: Kind) -> MessageState:
    if kind is Kind.ACCESS:
        return MessageState.QUEUED
    if queries.stop_of(user_id=user_id) is not None:
        return MessageState.STOPPED
    return _BY_WISH[queries.wish_of(user_id=user_id, kind=kind)] if kind in CHOSEN else MessageState.QUEUED


@joined_transaction
def defer_mail(*, message_id: int) -> None:
    """Let a queued message be sent soon, by one job however often this is asked for."""
    jobs.defer("notifications.send", at_most_one_waiting=f"mail:{message_id}", message_id=message_id)


def _mail(message: Message) -> resend.Message:
    """The mail, the same for each try. What may be switched off says how, to the mail program, too (RFC 8058)."""
    leave = f"{settings.SITE_URL}{queries.unsubscribing(message)}" if message.kind in CHOSEN else ""
    context = {
        "subject": message.subject,
        "text": message.text,
        "link": f"{settings.SITE_URL}{message.link}" if message.link else "",
        "secret": message.secret,
        "site_url": settings.SITE_URL,
        "leave": leave,
        "wishes": "" if message.kind == Kind.ACCESS else f"{settings.SITE_URL}/account/notifications/",
    }
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if leave else {}
    return resend.Message(
        sender=settings.MAIL_FROM,
        to=_to(message),
        subject=message.subject,
        text=render_to_string("mail/base.txt", context),
        html=render_to_string("mail/base.html", context),
        headers=headers,
    )


def _to(message: Message) -> str:
    return message.address or str(message.user.email)


@own_transaction
def _record(*, message: Message, state: MessageState, provider_id: str, now: datetime) -> None:
    # A link may be somebody's way in: it is kept no longer than the mail needs it.
    forgotten = {"link": "", "secret": ""} if message.kind == Kind.ACCESS else {}
    Message.objects.filter(id=message.id, state=MessageState.QUEUED).update(
        state=state, provider_id=provider_id, sent_at=now, sent_to=_to(message), **forgotten
    )
