"""Messages: queued with the rows they speak of, sent by mail with a key, given up when the vendor says no."""

from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string

from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.notifications.models import Message, MessageState
from cliphaven.providers import resend

OVERDUE_AFTER = timedelta(minutes=30)
LATEST = timedelta(hours=23)
SWEPT_AT_ONCE_MAX = 500


@joined_transaction
def queue_message(
    *, user_id: int, key: str, subject: str, text: str, link: str = "", secret: str = "", now: datetime
) -> None:
    """Tell a person something by mail, once per (user, key), if and only if the caller's transaction commits.

    `link` is a path of this site, such as `/payouts/`; the mail shows it as a button, and a `secret` in a line of its
    own. Neither is kept for longer than the mail needs it.
    """
    message, is_new = Message.objects.get_or_create(
        user_id=user_id,
        key=key,
        defaults={"subject": subject, "text": text, "link": link, "secret": secret, "queued_at": now},
    )
    if is_new:
        jobs.defer("notifications.send", at_most_one_waiting=f"mail:{message.id}", message_id=message.id)


@no_transaction
def send_message(*, message_id: int, now: datetime) -> None:
    """Send one queued message. Raises ProviderFailed when it is worth another try; the same key makes that safe.

    A job that comes a day late gives the message up: an earlier try may have gone through, and its key is forgotten.
    """
    message = Message.objects.select_related("user").get(id=message_id)
    if message.state != MessageState.QUEUED:
        return
    if message.queued_at < now - LATEST:
        _record(message_id=message.id, state=MessageState.GIVEN_UP, provider_id="", now=now)
        return
    context = {
        "subject": message.subject,
        "text": message.text,
        "link": f"{settings.SITE_URL}{message.link}" if message.link else "",
        "secret": message.secret,
        "site_url": settings.SITE_URL,
    }
    try:
        provider_id = resend.send(
            resend.Message(
                sender=settings.MAIL_FROM,
                to=message.user.email,
                subject=message.subject,
                text=render_to_string("mail/base.txt", context),
                html=render_to_string("mail/base.html", context),
            ),
            idempotency_key=f"{settings.KEY_PREFIX}:mail:{message.id}",
        )
    except ProviderFailed as failure:
        if failure.outcome is not Outcome.DEFINITE:
            raise
        _record(message_id=message.id, state=MessageState.GIVEN_UP, provider_id="", now=now)
        return
    _record(message_id=message.id, state=MessageState.SENT, provider_id=provider_id, now=now)


@own_transaction
def sweep_messages(*, now: datetime) -> int:
    """Defer messages again that no job sends any more; answers how many. A vendor's bad hour must not swallow a mail.

    A message that could not be sent within LATEST is given up: the vendor's memory of its key ends there too.
    """
    waiting = Message.objects.filter(state=MessageState.QUEUED)
    waiting.filter(queued_at__lt=now - LATEST).update(state=MessageState.GIVEN_UP, sent_at=now, link="", secret="")
    overdue = waiting.filter(queued_at__lt=now - OVERDUE_AFTER).order_by("id").values_list("id", flat=True)
    again = list(overdue[:SWEPT_AT_ONCE_MAX])
    for message_id in again:
        jobs.defer("notifications.send", at_most_one_waiting=f"mail:{message_id}", message_id=message_id)
    return len(again)


@own_transaction
def _record(*, message_id: int, state: MessageState, provider_id: str, now: datetime) -> None:
    # The link may be somebody's way in: it is kept no longer than the mail needs it.
    Message.objects.filter(id=message_id, state=MessageState.QUEUED).update(
        state=state, provider_id=provider_id, sent_at=now, link="", secret=""
    )
