"""Resend: e-mail, each message once however often it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.vendor_calls import VendorCalls

_QUOTA_WORDS = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_MAX_KEY = 256


class QuotaExhausted(ProviderFailed):
    """The day's or month's allowance of messages is used up: sending again soon is useless."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One e-mail to one person. `sender` may carry a name: `ClipHaven <no-reply@…>`."""

    sender: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Resend:
    """One Resend team."""

    def __init__(self, *, api_key: str, base: str) -> None:
        """`base` is the address that `/emails` is appended to."""
        self._calls = VendorCalls("Resend", f"{base.rstrip('/')}/", {"Authorization": f"Bearer {api_key}"})

    def send(self, message: Message, *, idempotency_key: str) -> str:
        """Send the message and return Resend's id of it; the same key within a day sends nothing twice.

        Raises QuotaExhausted or another ProviderFailed. After `unknown` and `not_executed` send again with the same key
        and the same message; `definite` means that this message will never be taken.
        """
        if not 1 <= len(idempotency_key) <= _MAX_KEY:
            raise ValueError(f"An idempotency key has 1 to {_MAX_KEY} characters")
        content: dict[str, object] = {
            "from": message.sender,
            "to": [message.to],
            "subject": message.subject,
            "text": message.text,
        }
        if message.html:
            content["html"] = message.html
        if message.headers:
            content["headers"] = dict(message.headers)
        key = {"Idempotency-Key": idempotency_key}
        try:
            answer = self._calls.send("emails", content, params={}, headers=key, timeout=15)
        except ProviderFailed as failure:
            raise _in_our_words(failure) from failure
        message_id = answer.field("id")
        if not isinstance(message_id, str) or not message_id:
            raise ProviderFailed("Resend's answer is unreadable.", outcome=Outcome.UNKNOWN, code="unreadable")
        return message_id


def _in_our_words(failure: ProviderFailed) -> ProviderFailed:
    if failure.code in _QUOTA_WORDS:
        return QuotaExhausted(
            "Resend's allowance is used up.", outcome=Outcome.NOT_EXECUTED, code=failure.code, status=failure.status
        )
    if failure.code == "concurrent_idempotent_requests":
        # Another try with this key is still under way; whether it succeeds is not known yet.
        return ProviderFailed(failure.sentence, outcome=Outcome.UNKNOWN, code=failure.code, status=failure.status)
    return failure


def send(message: Message, *, idempotency_key: str) -> str:
    """`Resend.send` with this installation's team."""
    return _team(settings.RESEND_API_KEY, settings.RESEND_API_BASE).send(message, idempotency_key=idempotency_key)


@lru_cache(maxsize=4)
def _team(api_key: str, base: str) -> Resend:
    return Resend(api_key=api_key, base=base)
