"""Signatures of letters, as Standard Webhooks has them: HMAC-SHA256 over id, moment and body."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

SECRET_BYTES = 32
BEGINNING = "whsec_"


def secret_of(key: bytes) -> str:
    """The secret as people copy it."""
    return BEGINNING + base64.b64encode(key).decode()


def headers(*, message_id: str, body: bytes, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """What a letter says beside its body: which one it is, when it was sent, and a signature under each secret.

    `at` is the wall's moment of this try, to the second. Of several signatures one has to fit, so that a receiver may
    change its secret whenever it likes while two of them hold.
    """
    moment = str(int(at.timestamp()))
    signed = f"{message_id}.{moment}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(BEGINNING), validate=True)
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
