"""Letters from Resend: believed to be from it only when the signature says so (Standard Webhooks, as Svix sends)."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from cliphaven.foundation.errors import Refused

TOLERANCE_SECONDS = 300
TRANSIENT = "transient"
_WORD = re.compile(r"[\x21-\x7e]{1,120}")
_MOMENT = re.compile(r"\d{1,12}")


class LetterRefused(Refused):
    """The letter is not from Resend, is too old, or cannot be read."""

    code = "event_refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class MailNews:
    """What became of a mail: `happened` is Resend's word (`email.bounced`), and `mail_id` its id of the mail.

    A bounce that may be over soon is not `for_good`.
    """

    event_id: str
    happened: str
    mail_id: str
    for_good: bool


def verified_letter(payload: bytes, headers: Mapping[str, str]) -> MailNews:
    """What a letter says, if it is genuine. Raises LetterRefused, always where no secret is set.

    Signed is `{id}.{timestamp}.{body}` with HMAC-SHA256 under the bytes that the secret has after `whsec_` in base64;
    of several signatures one must fit. The timestamp is the wall's.
    """
    event_id, sent_at = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
    if not _WORD.fullmatch(event_id) or not _MOMENT.fullmatch(sent_at):
        raise LetterRefused("The letter does not say which it is, or when it was sent")
    if abs(time.time() - int(sent_at)) > TOLERANCE_SECONDS:
        raise LetterRefused("The letter is too old, or dated in the future")
    expected = _signature(f"{event_id}.{sent_at}.".encode() + payload)
    shown = [one.partition(",") for one in headers.get("svix-signature", "").split(" ")[:10]]
    if not any(
        version == "v1" and hmac.compare_digest(value.encode(errors="replace"), expected) for version, _, value in shown
    ):
        raise LetterRefused("The signature does not fit the letter")
    try:
        return _news(event_id, json.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LetterRefused("The letter is not an event that can be read") from error


def _signature(signed: bytes) -> bytes:
    secret = settings.RESEND_WEBHOOK_SECRET
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise LetterRefused("RESEND_WEBHOOK_SECRET is not one of Resend's") from error
    if not key:
        raise LetterRefused("No letters of Resend are taken: RESEND_WEBHOOK_SECRET is not set")
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _news(event_id: str, event: dict[str, object]) -> MailNews:
    data = event["data"]
    if not isinstance(data, dict):
        raise TypeError("no data")
    happened, mail_id, bounce = event["type"], data["email_id"], data.get("bounce")
    if not all(isinstance(word, str) and _WORD.fullmatch(word) for word in (happened, mail_id)):
        raise ValueError("A part of the letter is of another shape than it should be")
    kind = bounce.get("type", "") if isinstance(bounce, dict) else ""
    return MailNews(
        event_id=event_id, happened=str(happened), mail_id=str(mail_id), for_good=str(kind).lower() != TRANSIENT
    )
