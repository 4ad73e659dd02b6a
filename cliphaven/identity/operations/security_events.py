"""What changes about how a person comes in is written down for good, and told to them."""

import logging
from datetime import datetime

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity.models import SecurityEvent
from cliphaven.identity.rules.security_news import NEWS, mail_of
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

log = logging.getLogger(__name__)


@joined_transaction
def record_change(*, user_id: int, kind: str, detail: str = "", origin: str, now: datetime, told_at: datetime) -> None:
    """Write down what was changed, and mail it where it matters; `kind` is one of NEWS, `origin` says from where.

    `now` is the wall's moment, `told_at` the product's, of the mail.
    """
    log.warning("sensitive_update user=%s what=%s", user_id, kind)
    event = SecurityEvent.objects.create(user_id=user_id, kind=kind, detail=detail, origin=origin, noted_at=now)
    if NEWS[kind].subject:
        notifications.queue_message(
            user_id=user_id,
            key=f"security:{event.id}",
            kind=Kind.SECURITY,
            subject=NEWS[kind].subject,
            text=mail_of(kind, detail=detail, origin=origin),
            link="/account/security/",
            now=told_at,
        )
