"""Who may make, see and steer endpoints; what is dear; what stays written."""

import base64
import json
import re
import threading
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from django.db import DatabaseError, IntegrityError, connection, connections
from django.test import Client
from django.urls import reverse

from cliphaven.config.api import api
from cliphaven.config.environment import Environment
from cliphaven.deliveries import operations as deliveries
from cliphaven.deliveries.models import Delivery, Endpoint, EndpointAct, Event
from cliphaven.deliveries.operations import endpoints, replaying, switching
from cliphaven.deliveries.operations.endpoints import EndpointRefused, KeyUsedBefore
from cliphaven.deliveries.queries import secrets
from cliphaven.deliveries.rules import catalogue, pace, signing
from cliphaven.deliveries.rules.addresses import AddressRefused
from cliphaven.deliveries.rules.catalogue import KINDS, EventType
from cliphaven.foundation import clock
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import BrowserSession
from cliphaven.identity.operations import keys
from cliphaven.identity.queries import NotAnOwner, faces_of
from cliphaven.identity.rules.sealing import NotOpened
from cliphaven.notifications.models import Message
from tests.people import MONDAY, a_user, adas_organisation, ben, dot, mallory
from tests.rooms.deliveries.hooks import adas_endpoint, an_endpoint, here, kept, paid_out, sent
from tests.rooms.identity.programs import Program

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()
URL = "https://hooks.example.com/clips"
FORM = {"url": URL, "description": "Books", "events": ["payout.paid"], "request_key": "the-form-that-was-shown"}


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def secret_in(page: bytes) -> str:
    return re.search(r"whsec_[A-Za-z0-9+/=]{44}", page.decode())[0]


# the documents


def test_the_check_in_the_docs_takes_our_letters_and_no_others():
    told: dict = {}
    exec(re.search(r"```python\n(.+?)```", DOCS, re.DOTALL)[1], told)  # what integrators copy
    is_ours = told["is_ours"]
    old, new = (signing.secret_of(bytes([number]) * 32) for number in (1, 2))
    body, at = b'{"type":"payout.paid"}', clock.wall()
    headers = signing.headers(message_id="one", body=body, secrets=[new, old], at=at)

    assert is_ours(headers, body, old)
    assert is_ours(headers, body, new)
    assert not is_ours(headers, body + b" ", new)
    assert not is_ours({**headers, "webhook-id": "two"}, body, new)
    assert not is_ours(headers, body, signing.secret_of(bytes(32)))
    late = signing.headers(message_id="one", body=body, secrets=[new], at=at - timedelta(minutes=6))
    assert not is_ours(late, body, new)
    assert not is_ours({**late, "webhook-timestamp": headers["webhook-timestamp"]}, body, new)


def test_signatures_are_those_of_the_published_example():
    headers = signing.headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        at=MONDAY.fromtimestamp(1614265330, MONDAY.tzinfo),
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_docs_list_every_kind_with_its_fields():
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \| (.+?) \| (.+?) \|$", DOCS, re.MULTILINE)

    assert rows == [
        (str(type_), ", ".join(kind.faces) or "whoever asks", kind.says, ", ".join(f"`{name}`" for name in kind.fields))
        for type_, kind in KINDS.items()
    ]


def test_the_document_of_the_api_has_the_letters():
    document = api.get_openapi_schema()

    assert set(document["webhooks"]) == {str(one) for one in EventType}
    letter = document["webhooks"]["payout.paid"]["post"]["requestBody"]["content"]["application/json"]
    assert letter["schema"]["properties"]["data"]["properties"]["amount"]["$ref"] == "#/components/schemas/Money"
    assert letter["example"]["data"]["amount"] == {"amount": 48_210, "currency": "USD"}


def test_a_letter_says_what_the_catalogue_says_and_nothing_else():
    with pytest.raises(ValueError, match="campaign_id"):
        catalogue.body(event_id="1", type_=EventType.CAMPAIGN_PAUSED, data={"email": "a@b.c"}, happened_at=MONDAY)


def test_pauses_make_three_days():
    plain = [pace.pause(tries=number, spread_percent=0) for number in range(1, pace.TRIES_MAX + 1)]

    assert [one / timedelta(minutes=1) for one in plain[:6]] == [1, 4, 16, 64, 256, 720]
    assert plain[-1] is None
    assert timedelta(days=3) < sum(plain[:-1], timedelta()) < timedelta(days=3.5)
    assert pace.pause(tries=1, spread_percent=-20) == timedelta(seconds=48)


# whose they are


@pytest.mark.django_db
def test_strangers_find_no_endpoint_no_log_and_no_letter():
    made = adas_endpoint(URL)
    adas_organisation()
    test = replaying.send_test(
        faces=faces_of(a_user("Ada")), endpoint_id=made.id, origin="A test", now=clock.wall(), told_at=MONDAY
    )
    mine = an_endpoint(URL)

    for who in (mallory(), ben()):
        page = browser(who)
        for path in (reverse("webhook", args=[made.id]), reverse("webhook_delivery", args=[made.id, test])):
            assert page.get(path).status_code == 404
        for name in ("test", "switch", "remove", "secret"):
            answer = page.post(f"/api/v1/webhooks/endpoints/{made.id}/{name}", {"on": False}, "application/json")
            assert answer.status_code in (404, 422), name
    # A letter of another endpoint is not in the log of one's own.
    assert browser(ben()).get(reverse("webhook_delivery", args=[mine.id, test])).status_code == 404
    assert kept(made).is_on
    assert browser(dot()).get(reverse("webhooks")).status_code == 404


@pytest.mark.django_db
def test_members_who_are_no_owners_look_and_steer_nothing():
    made, cleo = adas_endpoint(URL), faces_of(a_user("Cleo"))

    with pytest.raises(NotAnOwner):
        switching.switch_off(faces=cleo, endpoint_id=made.id, **here())
    with pytest.raises(NotAnOwner):
        an_endpoint(URL, user=a_user("Cleo"), face="sponsor")
    assert browser(a_user("Cleo")).get(reverse("webhook", args=[made.id])).status_code == 200
    assert browser(a_user("Cleo")).post(reverse("webhook_test", args=[made.id])).status_code == 403


@pytest.mark.django_db
def test_who_is_no_owner_any_more_steers_nothing_any_more():
    made, ada = adas_endpoint(URL), a_user("Ada")
    ada.memberships.update(role="reviewer")

    with pytest.raises(NotAnOwner):
        endpoints.remove_endpoint(faces=faces_of(ada), endpoint_id=made.id, **here())


@pytest.mark.django_db
def test_nobody_has_more_than_ten_endpoints():
    for _ in range(endpoints.ENDPOINTS_MAX):
        an_endpoint(URL)

    with pytest.raises(EndpointRefused, match="10 endpoints"):
        an_endpoint(URL)
    assert Endpoint.objects.count() == 10


@pytest.mark.django_db
@pytest.mark.parametrize("events", [(), ("campaign.paused",), ("clip.exploded",), ("endpoint.test",)])
def test_only_what_there_is_for_a_face_can_be_asked_for(events):
    with pytest.raises(EndpointRefused):
        endpoints.make_endpoint(
            faces=faces_of(ben()),
            face="creator",
            url=URL,
            description="",
            subscriptions=events,
            request_key="the-request",
            told_at=MONDAY,
            **here(),
        )


@pytest.mark.django_db
def test_outside_the_sandbox_no_letter_goes_to_this_machine():
    with pytest.raises(AddressRefused):
        an_endpoint("http://127.0.0.1:9/hooks")


def test_a_production_that_would_post_to_itself_does_not_start(monkeypatch):
    monkeypatch.setenv("CLIPHAVEN_WEBHOOK_LOOPBACK", "true")

    with pytest.raises(ValueError, match="for the sandbox alone"):
        Environment()


# secrets


def test_one_request_sixteen_times_at_once_makes_one_endpoint(committed):
    ben()
    found, ready = [], threading.Barrier(16)

    def make() -> None:
        ready.wait()
        try:
            found.append(an_endpoint(URL, key="the-same-request"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert Endpoint.objects.count() == 1
    assert len({(one.id, one.secret) for one in found}) == 1
    assert len(found) == 16


@pytest.mark.django_db
def test_a_key_of_a_request_is_for_that_request():
    an_endpoint(URL, key="the-same-request")

    with pytest.raises(KeyUsedBefore):
        an_endpoint("https://other.example.com/", key="the-same-request")


@pytest.mark.django_db
def test_no_secret_can_be_read_from_the_database_nor_moved_to_another_row():
    first, second = an_endpoint(URL), an_endpoint(URL)
    raw = base64.b64decode(first.secret.removeprefix("whsec_"))
    with connection.cursor() as cursor:
        for table in ("deliveries_endpoint", "deliveries_endpointact", "notifications_message", "procrastinate_jobs"):
            cursor.execute(f"select coalesce(string_agg(t::text, ''), '') from {table} t")
            [text] = cursor.fetchone()
            assert first.secret.removeprefix("whsec_") not in text
            assert raw.hex() not in text

    one, other = kept(first), kept(second)
    assert secrets.newest(one) == first.secret
    other.sealed_secret = one.sealed_secret
    with pytest.raises(NotOpened):
        secrets.newest(other)


@pytest.mark.django_db
def test_what_is_dear_needs_a_fresh_proof():
    made = an_endpoint(URL)
    page = browser(ben())
    BrowserSession.objects.update(started_at=clock.wall() - timedelta(hours=1))
    before = kept(made)
    at = f"/api/v1/webhooks/endpoints/{made.id}"
    moved = {"url": "https://evil.example.com/", "events": ["*"]}

    def by_api(path: str, order: dict) -> tuple[int, str]:
        answer = page.post(path, order, "application/json", headers={"Idempotency-Key": "the-request-1"})
        return answer.status_code, answer.json().get("code", "")

    assert by_api("/api/v1/webhooks/endpoints", moved) == (403, "step_up_needed")
    assert by_api(f"{at}/secret", {}) == (403, "step_up_needed")
    assert by_api(f"{at}/change", moved) == (403, "step_up_needed")
    for name, form in (
        ("webhook_secret", {"overlap_hours": 24}),
        ("webhook_change", {**FORM, "url": "https://evil.example.com/"}),
    ):
        answer = page.post(reverse(name, args=[made.id]), form)
        assert answer.headers["Location"].startswith(reverse("prove")), name
    assert page.post(reverse("webhook_make"), FORM).headers["Location"].startswith(reverse("prove"))
    after = kept(made)
    assert (after.url, bytes(after.sealed_secret)) == (before.url, bytes(before.sealed_secret))
    assert Endpoint.objects.count() == 1
    # What is not dear goes on.
    assert by_api(f"{at}/change", {"url": URL, "events": ["payout.paid"]})[0] == 200


def test_no_key_makes_moves_or_renews_and_one_with_the_scope_steers(site, receiver):
    made = an_endpoint(receiver.url)

    def key(*scopes: str) -> str:
        order = {"face": "creator", "name": "Robot", "scopes": scopes, "days": 30, "told_at": MONDAY}
        return keys.make_key(user_id=ben().id, **order, **here()).secret

    def asked(secret: str, path: str, **order: object) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "the-request-1"}
        answer = httpx2.post(f"{site}/api/v1/webhooks/endpoints{path}", json=order, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    reads, steers = key("read"), key("read", "webhooks")
    assert asked(reads, f"/{made.id}/test") == (403, "scope_missing")
    assert asked(steers, f"/{made.id}/test") == (202, "")
    assert asked(steers, f"/{made.id}/switch", on=False) == (200, "")
    assert asked(steers, "", url=receiver.url, events=["*"]) == (403, "step_up_needed")
    assert asked(steers, f"/{made.id}/secret") == (403, "step_up_needed")
    assert asked(steers, f"/{made.id}/change", url="https://evil.example.com/", events=["*"]) == (403, "step_up_needed")


@pytest.mark.django_db
def test_a_key_for_an_organisations_webhooks_is_its_owners():
    adas_organisation()
    with pytest.raises(keys.KeyRefused):
        keys.make_key(
            user_id=a_user("Cleo").id,
            face="sponsor",
            name="Robot",
            scopes=["webhooks"],
            days=30,
            told_at=MONDAY,
            **here(),
        )


@pytest.mark.django_db
def test_owners_are_told_of_a_new_endpoint_another_address_and_a_new_secret():
    made, ada = adas_endpoint(URL), faces_of(a_user("Ada"))
    endpoints.change_endpoint(
        faces=ada,
        endpoint_id=made.id,
        url="https://new.example.com/",
        description="",
        subscriptions=["*"],
        told_at=MONDAY,
        **here(),
    )
    endpoints.renew_secret(faces=ada, endpoint_id=made.id, overlap_hours=0, told_at=MONDAY, **here())

    told = Message.objects.order_by("id")
    assert [(one.user.name, one.kind, one.subject) for one in told] == [
        ("Ada", "security", "A webhook was added"),
        ("Ada", "security", "A webhook goes to another address"),
        ("Ada", "security", "A webhook has a new secret"),
    ]
    assert not any("whsec_" in one.text for one in told)
    assert list(EndpointAct.objects.order_by("id").values_list("deed", flat=True)) == [
        "made",
        "changed",
        "secret_renewed",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "update deliveries_endpointact set detail = 'x'",
        "delete from deliveries_endpointact",
        "truncate deliveries_endpointact cascade",
        "update deliveries_event set body = '{}'",
    ],
)
def test_what_was_done_stays_written_and_letters_stay_as_they_are(change, loopback):
    an_endpoint("http://127.0.0.1:9/")
    paid_out()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        with pytest.raises(DatabaseError, match="stays as it was written"):
            cursor.execute(change)


@pytest.mark.django_db
def test_a_fact_is_of_one_organisation_or_one_creator():
    with pytest.raises(IntegrityError):
        Endpoint.objects.create(made_by=ben(), url=URL, sealed_secret=b"", secret_made_at=MONDAY, made_at=MONDAY)


# pages


def test_the_pages_make_an_endpoint_show_its_secret_once_and_steer_it(committed, receiver, loopback):
    page = browser(ben())
    form = {**FORM, "url": receiver.url, "face": "creator"}

    made = page.post(reverse("webhook_make"), form)
    [row] = Endpoint.objects.all()
    at = reverse("webhook", args=[row.id])
    secret = secret_in(made.content)
    assert f"{at}?state=failed" in made.content.decode()  # what is shown at another address leads to the page itself
    assert "whsec_" not in page.get(at).content.decode()
    assert secrets.newest(row) == secret

    test = page.post(reverse("webhook_test", args=[row.id])).headers["Location"]
    assert "Under way" in page.get(test).content.decode() or "goes out in a moment" in page.get(test).content.decode()
    paid_out()
    made_endpoint = endpoints.MadeEndpoint(id=row.id, secret=secret)
    assert sent(made_endpoint) == 2
    receiver.letters[-1].checked(secret)
    shown = page.get(at).content.decode()
    assert shown.count("200 OK") == 2
    assert "200 OK" in page.get(test, headers={"HX-Request": "true"}).content.decode()

    renewed = secret_in(page.post(reverse("webhook_secret", args=[row.id]), {"overlap_hours": "24"}).content)
    assert renewed != secret
    page.post(reverse("webhook_switch", args=[row.id, "off"]))
    paid_out("2")
    page.post(reverse("webhook_switch", args=[row.id, "on"]))
    page.post(reverse("webhook_send_again", args=[row.id]), {"hours": "1", "which": "undelivered"})
    assert sent(made_endpoint) == 1
    assert len(receiver.letters[-1].signatures) == 2
    page.post(reverse("webhook_remove", args=[row.id]))
    assert page.get(at).status_code == 404
    assert "No endpoints" in page.get(reverse("webhooks")).content.decode()


@pytest.mark.django_db
def test_a_form_that_was_sent_twice_makes_one_and_bad_addresses_are_said_at_the_field():
    page = browser(ben())
    for _ in range(2):
        assert page.post(reverse("webhook_make"), FORM).status_code == 200
    bad = page.post(reverse("webhook_make"), {**FORM, "request_key": "another-form", "url": "https://10.0.0.1/"})

    assert Endpoint.objects.count() == 1
    assert bad.status_code == 422
    assert "Give a full name" in bad.content.decode()


@pytest.mark.django_db
def test_what_a_receiver_answers_is_shown_as_text(loopback):
    made = an_endpoint("http://127.0.0.1:9/")
    paid_out()
    delivery = Delivery.objects.get()
    delivery.log.create(
        number=1, began_at=MONDAY, result="refused", status=500, took_ms=3, answer="<script>alert(1)</script>"
    )
    shown = browser(ben()).get(reverse("webhook_delivery", args=[made.id, delivery.id])).content.decode()

    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.django_db
def test_a_log_goes_on_by_keyset_and_narrows(loopback):
    made = an_endpoint("http://127.0.0.1:9/")
    for number in range(55):
        paid_out(str(number))
    Delivery.objects.filter(id__in=Delivery.objects.order_by("id").values("id")[:3]).update(
        state="failed", next_try_at=None
    )
    page = browser(ben())
    at = f"/api/v1/webhooks/endpoints/{made.id}/deliveries"

    first = page.get(at).json()
    rest = page.get(at, {"before": first["next_before"]}).json()
    assert (len(first["deliveries"]), len(rest["deliveries"]), rest["next_before"]) == (50, 5, None)
    assert len(page.get(at, {"state": "failed"}).json()["deliveries"]) == 3
    assert page.get(at, {"type": "clip.approved"}).json()["deliveries"] == []
    assert page.get(at, {"state": "lost"}).status_code == 422
    assert page.get(at, {"type": "a\x00b"}).status_code == 400
    assert page.get(at, {"before": 2**63}).status_code == 422
    assert page.get(reverse("webhook", args=[made.id]), {"state": "failed"}).content.decode().count("Given up") >= 3
    again = at.replace("deliveries", "send-again")
    for since, status in (
        ("0001-01-01T00:00:00+23:59", 202),
        ("9999-12-31T23:59:59-23:59", 202),
        ("2026-11-23T00:00:00", 422),
        ("soon", 422),
    ):
        assert page.post(again, {"since": since}, "application/json").status_code == status, since


@own_transaction
def announced(*facts: deliveries.Fact) -> None:
    deliveries.announce(facts=facts, now=MONDAY)


@pytest.mark.django_db
def test_each_hears_of_their_own(loopback):
    an_endpoint("http://127.0.0.1:9/")
    an_endpoint("http://127.0.0.1:9/", user=mallory())
    adas_endpoint("http://127.0.0.1:9/")
    data = {"clip_id": 1, "campaign_id": 1, "platform": "tiktok", "by": "clock"}
    kind = EventType.CLIP_APPROVED
    announced(
        deliveries.Fact(type=kind, key="k", data=data, user_id=ben().id),
        deliveries.Fact(type=kind, key="k", data=data, organisation_id=adas_organisation().id),
    )

    assert sorted((one.user_id, one.organisation_id) for one in Event.objects.all() if one.user_id) == [
        (ben().id, None)
    ]
    assert Event.objects.count() == Delivery.objects.count() == 2


def test_orders_that_are_not_whole_are_refused(site):
    adas_organisation()
    program = Program(site, email="ada@example.test").sign_in()
    order = {"url": URL, "events": ["*"]}
    for wrong in (
        {**order, "url": "https://10.0.0.1/"},
        {**order, "url": None},
        {**order, "url": ["https://hooks.example.com/"]},
        {**order, "events": []},
        {**order, "events": ["payout.paid"]},
        {**order, "events": "*"},
        {**order, "organisation_id": 7},
        {**order, "face": "staff"},
        {**order, "description": "x" * 200},
        {**order, "description": "a\u0000b"},
    ):
        status, told = program.post("/webhooks/endpoints", key=f"request-{uuid4()}", **wrong)
        assert status in (400, 422), (wrong, told)
    assert program.post("/webhooks/endpoints", **order)[0] == 422  # without a key
    assert program.post("/webhooks/endpoints", key="a-request", **{**order, "face": "creator"})[0] == 404
    assert not Endpoint.objects.exists()
    assert json.loads(json.dumps(program.get("/webhooks/events")[1]))[0]["type"] == "clip.submitted"
