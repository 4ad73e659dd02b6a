"""The pretend mail vendor tells of bounces by letters that its own library takes for genuine."""

import json
from datetime import UTC, datetime

import pytest
from svix.webhooks import Webhook, WebhookVerificationError

from sandbox.resend.news import signature

SECRET = "whsec_SANDBOX0" + "0" * 48
BODY = json.dumps({"type": "email.bounced"}).encode()


def headers(signed: str, moment: int) -> dict[str, str]:
    return {"svix-id": "msg_1", "svix-timestamp": str(moment), "svix-signature": signed}


def test_its_signature_is_the_vendors():
    moment = int(datetime.now(tz=UTC).timestamp())
    signed = signature(event_id="msg_1", moment=moment, body=BODY, secret=SECRET)

    Webhook(SECRET).verify(BODY, headers(signed, moment))


def test_another_body_does_not_fit_it():
    moment = int(datetime.now(tz=UTC).timestamp())
    signed = signature(event_id="msg_1", moment=moment, body=BODY, secret=SECRET)

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", headers(signed, moment))
