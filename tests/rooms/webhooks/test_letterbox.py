"""The letterbox: genuine letters once, everything else 400, and nothing believed without asking."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from stripe import WebhookSignature

from cliphaven.campaigns.models import Deposit
from cliphaven.campaigns.operations import wallet
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts.models import BankPayout
from cliphaven.webhooks import operations, queries
from cliphaven.webhooks.models import ProviderEvent
from tests.people import MONDAY, a_user, adas_organisation
from tests.rooms.payouts.conftest import Payday, account_of, balance

PLATFORM, CONNECT = "/webhooks/stripe/", "/webhooks/stripe/connect/"
SECRETS = {PLATFORM: "whsec_platform", CONNECT: "whsec_connect"}


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRETS[PLATFORM]
    settings.STRIPE_CONNECT_WEBHOOK_SECRET = SECRETS[CONNECT]


def letter(type_: str = "payout.paid", object_id: str = "po_1", account: str = "acct_1", **changes: Any) -> bytes:
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": type_,
        "livemode": False,
        "data": {"object": {"id": object_id}},
        **({"account": account} if account else {}),
        **changes,
    }
    return json.dumps(event).encode()


def post(payload: bytes, *, path: str = CONNECT, secret: str | None = None, ago: int = 0, method: str = "POST") -> int:
    signature = WebhookSignature.generate_signature_header(
        payload.decode(errors="replace"), secret or SECRETS[path], int(time.time()) - ago
    )
    answer = Client(enforce_csrf_checks=True).generic(
        method, path, payload, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return int(answer.status_code)


def stored() -> list[ProviderEvent]:
    return list(ProviderEvent.objects.order_by("id"))


def deal_with_all(now: Any) -> list[str]:
    for event in stored():
        operations.handle_event(event_pk=event.id, now=now)
    return [event.outcome for event in stored()]


@pytest.mark.django_db
def test_a_genuine_letter_is_stored():
    assert post(letter("payout.paid", "po_7", "acct_7")) == 200

    [event] = stored()
    assert (event.event_type, event.object_id, event.connected_account) == ("payout.paid", "po_7", "acct_7")
    assert event.handled_at is None


@pytest.mark.django_db
def test_the_same_letter_again_is_taken_and_changes_nothing():
    payload = letter()

    assert [post(payload), post(payload), post(payload)] == [200, 200, 200]
    assert len(stored()) == 1


@pytest.mark.django_db
def test_letters_of_the_platform_come_to_the_other_box():
    assert post(letter("checkout.session.completed", "cs_1", account=""), path=PLATFORM) == 200


UNSOUND: dict[str, Callable[[], int]] = {
    "forged": lambda: post(letter(), secret="whsec_mallory"),
    "late": lambda: post(letter(), ago=301),
    "from the future": lambda: post(letter(), ago=-302),
    "of the other endpoint": lambda: post(letter(), secret=SECRETS[PLATFORM]),
    "a connected account's in the platform's box": lambda: post(letter(), path=PLATFORM),
    "the platform's in the connected accounts' box": lambda: post(letter(account="")),
    "not JSON": lambda: post(b"hello"),
    "not text": lambda: post(b"\xff\xfe\x00"),
    "empty": lambda: post(b""),
    "too long": lambda: post(letter(padding="x" * 512_000)),
    "thin": lambda: post(letter(object="v2.core.event")),
}


@pytest.mark.django_db
@pytest.mark.parametrize("how", UNSOUND)
def test_an_unsound_letter_is_refused_and_leaves_no_trace(how: str):
    assert UNSOUND[how]() == 400
    assert stored() == []


@pytest.mark.django_db
def test_a_genuine_letter_of_the_other_mode_is_taken_and_leaves_no_trace():
    assert post(letter(livemode=True)) == 200
    assert post(letter("checkout.session.completed", "cs_1", account="", livemode=True), path=PLATFORM) == 200
    assert stored() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "how",
    [
        lambda: post(letter(livemode=True), secret="whsec_mallory"),
        lambda: post(letter(livemode=True), path=PLATFORM),
    ],
)
def test_a_letter_of_the_other_mode_is_refused_like_any_other_when_it_is_not_for_us(how: Callable[[], int]):
    assert how() == 400


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "t=1,v1=00", "\xff", "t=,v1=", "t=1" * 2000])
def test_a_header_that_is_none_is_refused(header: str):
    answer = Client().post(CONNECT, letter(), content_type="application/json", headers={"Stripe-Signature": header})

    assert answer.status_code == 400


@pytest.mark.django_db
def test_no_signature_at_all_is_refused():
    assert Client().post(CONNECT, letter(), content_type="application/json").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_letters_are_only_posted(method: str):
    assert post(letter(), method=method) == 405


@pytest.mark.django_db
def test_a_type_nobody_waits_for_is_noted_and_done():
    post(letter("topup.created", "tu_1", account=""), path=PLATFORM)

    assert deal_with_all(MONDAY) == ["noted"]
    assert queries.letterbox_health(now=MONDAY).waiting == 0


def test_the_same_letter_at_once_is_stored_once(committed: str):
    payload, answers = letter(), []
    start = threading.Barrier(6)

    def deliver() -> None:
        try:
            start.wait(20)
            answers.append(post(payload))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert answers == [200] * 6
    assert len(stored()) == 1
    with connections["default"].cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'webhooks.handle'")
        assert cursor.fetchone() == (1,)


def news_of(payout: BankPayout, type_: str) -> bytes:
    return letter(type_, str(payout.stripe_id), payout.connected_account)


@pytest.mark.django_db
def test_a_letter_makes_us_look_and_is_not_believed(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    post(news_of(payout, "payout.paid"))

    assert deal_with_all(payday.now) == ["payout is pending"]
    payout.refresh_from_db()
    assert payout.state == "pending"


@pytest.mark.django_db
def test_duplicate_and_reordered_letters_have_one_effect(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    for type_ in ("payout.paid", "payout.paid", "payout.updated", "payout.created"):
        post(news_of(payout, type_))

    assert deal_with_all(payday.now) == ["payout is paid"] * 4
    payout.refresh_from_db()
    assert payout.state == "paid"
    assert balance(AccountKind.CREATOR_IN_TRANSIT, payout.creator_id) == 0


@pytest.mark.django_db
def test_the_letter_about_a_transfer_brings_its_lost_answer(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500_with_effect", path_prefix="v1/transfers")
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)
    post(letter("transfer.created", made.stripe_id, account=""), path=PLATFORM)

    assert deal_with_all(payday.now) == ["transfer is sent"]
    transfer.refresh_from_db()
    assert transfer.state == "sent"


@pytest.mark.django_db
def test_news_of_an_account_make_us_read_it(payday: Payday):
    ben = payday.creator()
    account = account_of(ben)
    type(account).objects.update(transfers_active=False)
    post(letter("capability.updated", "transfers", str(account.stripe_id)))

    assert deal_with_all(payday.now) == ["read the connected account"]
    assert account_of(ben).transfers_active


@pytest.mark.django_db
def test_a_payout_that_stripe_does_not_know_is_closed_with_its_words(payday: Payday):
    post(letter("payout.paid", "po_unheard", str(account_of(payday.creator()).stripe_id)))

    assert deal_with_all(payday.now) == ["the vendor says no: resource_missing"]


@pytest.mark.django_db
def test_a_letter_stays_open_while_stripe_does_not_answer(payday: Payday, settings: Any):
    post(letter("payout.paid", "po_1", "acct_1"))
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(ProviderFailed):
        deal_with_all(payday.now)

    assert queries.letterbox_health(now=payday.now).waiting == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "taken_up"),
    [(timedelta(minutes=2), 0), (timedelta(minutes=3), 1), (timedelta(days=2), 1), (timedelta(days=3), 0)],
)
def test_letters_that_lie_there_are_taken_up_for_three_days(age: timedelta, taken_up: int):
    ProviderEvent.objects.create(provider="stripe", event_id="evt_1", event_type="x", received_at=MONDAY - age)

    assert operations.sweep(now=MONDAY) == taken_up


@pytest.mark.django_db
def test_letters_that_nothing_takes_up_any_more_are_told_apart_and_taken_up_by_a_person():
    for number, age in enumerate((timedelta(days=4), timedelta(days=3), timedelta(hours=1))):
        received_at = MONDAY - age
        ProviderEvent.objects.create(
            provider="stripe", event_id=f"evt_{number}", event_type="x", received_at=received_at
        )
    health = queries.letterbox_health(now=MONDAY)

    assert (health.waiting, health.oldest_waiting_since) == (1, MONDAY - timedelta(hours=1))
    assert (health.given_up, health.given_up_at) == (2, MONDAY - timedelta(days=3))
    assert operations.take_up_given_up(now=MONDAY) == 2


@pytest.mark.django_db
def test_a_deposit_is_settled_by_its_letter_once(payday: Payday):
    organisation = adas_organisation()
    started = wallet.start_deposit(
        organisation_id=organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=100_00,
        currency="USD",
        return_url="http://127.0.0.1:1/",
        now=payday.now,
    )
    session_id = Deposit.objects.get(id=started.deposit_id).checkout_session_id
    payday.world.http.post(started.pay_url, data={"method": "card", "card": "4242"})
    for _ in range(2):
        post(letter("checkout.session.completed", str(session_id), account=""), path=PLATFORM)

    assert deal_with_all(payday.now) == ["looked the payment up"] * 2
    assert balance(AccountKind.SPONSOR_WALLET, organisation.id) == 100_00
