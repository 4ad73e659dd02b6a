"""What Resend tells of mails: genuine letters once, else 400, and an address that takes no mail is left alone."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from svix.webhooks import Webhook

from cliphaven.notifications import operations as notifications
from cliphaven.notifications import queries
from cliphaven.notifications.models import Message
from cliphaven.notifications.rules import Kind
from cliphaven.webhooks import operations
from cliphaven.webhooks.models import ProviderEvent
from tests.people import MONDAY, ben

PATH = "/webhooks/resend/"
SECRET = f"whsec_{base64.b64encode(b'of the tests alone, and of no one').decode()}"


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.RESEND_WEBHOOK_SECRET = SECRET


def letter(happened: str = "email.bounced", mail_id: str = "mail-1", **data: Any) -> bytes:
    said = {"type": happened, "created_at": "2026-11-02T06:00:00Z", "data": {"email_id": mail_id, **data}}
    return json.dumps(said).encode()


def post(payload: bytes, *, event_id: str = "msg_1", key: str = SECRET, ago: int = 0, **changed: str) -> int:
    """Signed by the vendor's own library."""
    sent_at = datetime.fromtimestamp(time.time() - ago, tz=UTC)
    headers = {
        "svix-id": event_id,
        "svix-timestamp": str(int(sent_at.timestamp())),
        "svix-signature": Webhook(key).sign(event_id, sent_at, payload.decode()),
        **changed,
    }
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", PATH, payload, content_type="application/json", headers=headers
    )
    return int(answer.status_code)


def a_mail(provider_id: str = "mail-1") -> Message:
    with transaction.atomic():
        notifications.queue_message(
            user_id=ben().id, key=provider_id, kind=Kind.MONEY, subject="Paid", text="So it is.", now=MONDAY
        )
    Message.objects.filter(key=provider_id).update(provider_id=provider_id, sent_to=ben().email, state="sent")
    return Message.objects.get(key=provider_id)


def deal() -> None:
    for event in ProviderEvent.objects.filter(handled_at=None):
        operations.handle_event(event_pk=event.pk, now=event.received_at)


@pytest.mark.parametrize("fate", ["bounced", "complained", "suppressed"])
def test_after_such_news_the_address_is_left_alone(committed, fate):
    a_mail()

    assert post(letter(f"email.{fate}")) == 200
    deal()

    stop = queries.stop_of(user_id=ben().id)
    assert stop is not None
    assert (stop.address, stop.because) == (ben().email, fate)


@pytest.mark.django_db
def test_a_letter_that_comes_twice_is_kept_once():
    assert [post(letter()), post(letter())] == [200, 200]
    assert ProviderEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("happened", ["email.sent", "email.delivered", "email.opened", "email.of_the_future"])
def test_news_that_change_nothing_leave_no_trace(happened):
    assert post(letter(happened)) == 200
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db
def test_a_bounce_that_may_be_over_soon_stops_nothing():
    assert post(letter(bounce={"type": "Transient", "message": "The mailbox is full"})) == 200
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spoilt",
    [
        {"svix-signature": ""},
        {"svix-signature": "v1,"},
        {"svix-signature": "v2,AAAA"},
        {"svix-signature": "v1,é"},
        {"svix-id": ""},
        {"svix-id": "msg_2"},
        {"svix-timestamp": ""},
        {"svix-timestamp": "-1"},
        {"svix-timestamp": "9" * 40},
    ],
)
def test_a_letter_with_a_spoilt_head_is_refused(spoilt):
    assert post(letter(), **spoilt) == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db
def test_somebody_elses_key_opens_nothing():
    assert post(letter(), key=f"whsec_{base64.b64encode(b'of somebody else, and of no one').decode()}") == 400


@pytest.mark.django_db
@pytest.mark.parametrize("ago", [301, -400])
def test_a_letter_of_another_time_is_refused(ago):
    assert post(letter(), ago=ago) == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b'{"type": 1}', b'{"type": "email.bounced", "data": []}', b"{" * 5_000]
)
def test_a_genuine_letter_that_cannot_be_read_is_refused(payload):
    assert post(payload) == 400


@pytest.mark.django_db
def test_where_no_secret_is_set_no_letter_is_taken(settings):
    settings.RESEND_WEBHOOK_SECRET = ""

    assert post(letter()) == 400


@pytest.mark.django_db
def test_one_of_several_signatures_is_enough():
    payload, moment = letter(), datetime.now(tz=UTC)
    good = Webhook(SECRET).sign("msg_1", moment, payload.decode())

    assert post(payload, **{"svix-timestamp": str(int(moment.timestamp())), "svix-signature": f"v1,AAAA {good}"}) == 200


def test_news_of_no_mail_of_ours_are_closed_after_a_day(committed):
    post(letter(mail_id="mail-9"))
    event = ProviderEvent.objects.get()

    with pytest.raises(notifications.NotKnownYet):
        operations.handle_event(event_pk=event.pk, now=event.received_at)
    operations.handle_event(event_pk=event.pk, now=event.received_at + timedelta(days=2))

    event.refresh_from_db()
    assert event.outcome == "no mail of ours"
