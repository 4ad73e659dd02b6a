"""Before what is dear whoever is in proves again that it is they: at each door, by each way in."""

import json
from datetime import timedelta

import pyotp
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cliphaven.foundation import clock
from cliphaven.identity.models import BrowserSession, SecurityEvent, TokenFamily, User
from cliphaven.identity.operations import tokens
from cliphaven.identity.rules.addresses import path_of_ours
from cliphaven.identity.rules.proofs import PROOF_LIFE, Standing
from cliphaven.notifications.models import Message
from tests.people import MONDAY, PASSWORD, a_user, adas_organisation, ben, dot
from tests.rooms.identity.test_second_factors import STEP, enrolled

CHOSEN = "seven purple gondolas at noon"
DEAR_PAGES = [
    ("payouts_onboarding", [], "Ben"),
    ("wallet_refund", [], "Ada"),
    ("batch_release", ["2026-W45"], "Dot"),
    ("correction_book", [1], "Dot"),
    ("creator_hold_lift", [1], "Dot"),
    ("address_ask", [], "Ben"),
    ("address_confirm", ["a-token"], "Ben"),
    ("password_set", [], "Ben"),
    ("password_remove", [], "Ben"),
    ("app_begin", [], "Ben"),
    ("app_enrol", [], "Ben"),
    ("app_remove", [], "Ben"),
    ("recovery_renew", [], "Ben"),
    ("passkey_begin", [], "Ben"),
    ("passkey_add", [], "Ben"),
    ("passkey_remove", ["00000000-0000-0000-0000-000000000001"], "Ben"),
]
DEAR_ORDERS = [
    ("/sponsor/wallets/refund", {"amount": {"amount": 100, "currency": "USD"}}, "Ada"),
    ("/staff/payday/batches/2026-W45/release", {}, "Dot"),
    ("/staff/payday/creators/1/lift-hold", {"bank_id": "ba_1", "reason": "He called"}, "Dot"),
    ("/auth/address", {"email": "ben@elsewhere.test"}, "Ben"),
    ("/auth/address/confirm", {"token": "a-token"}, "Ben"),
    ("/auth/own-password", {"password": CHOSEN}, "Ben"),
    ("/auth/own-password/remove", {}, "Ben"),
    ("/auth/app", {}, "Ben"),
    ("/auth/app/confirm", {"code": "123456"}, "Ben"),
    ("/auth/app/remove", {}, "Ben"),
    ("/auth/recovery-codes", {}, "Ben"),
    ("/auth/passkeys/00000000-0000-0000-0000-000000000001/remove", {}, "Ben"),
]


def person(name: str) -> User:
    adas_organisation()
    return {"Ben": ben, "Dot": dot, "Ada": lambda: a_user("Ada")}[name]()


def signed_in(user: User, *, ago: timedelta = timedelta()) -> Client:
    """A browser that came in by password so long ago."""
    client = Client()
    client.post(reverse("sign_in_password"), {"email": user.email, "password": PASSWORD})
    for session in BrowserSession.objects.filter(user=user):
        BrowserSession.objects.filter(name=session.name).update(started_at=session.started_at - ago)
    return client


class Caller:
    """A program of a person's, which came in so long ago."""

    def __init__(self, user: User, *, ago: timedelta = timedelta(), proved_by: str = "") -> None:
        now = clock.wall()
        pair = tokens.sign_program_in(user_id=user.id, method="password", program="", proved_by=proved_by, now=now)
        TokenFamily.objects.filter(user=user).update(started_at=now - ago)
        self.headers = {"authorization": f"Bearer {pair.access_token}", "idempotency-key": "a-key-of-this-order"}

    def post(self, path: str, order: dict) -> tuple[int, str]:
        answer = Client().post(
            f"/api/v1{path}", json.dumps(order), content_type="application/json", headers=self.headers
        )
        return answer.status_code, answer.json().get("code", "") if answer.content else ""


# --- What counts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_in_s", "proved_s", "by", "has_second", "fresh"),
    [
        (0, None, "", False, True),
        (599, None, "", False, True),
        (600, None, "", False, False),
        (5_000, 599, "password", False, True),
        (5_000, 600, "password", False, False),
        (0, None, "", True, False),
        (0, 0, "password", True, False),
        (5_000, 599, "totp", True, True),
        (0, 600, "passkey", True, False),
        (-9, None, "", False, True),
        (-11, None, "", False, False),
    ],
)
def test_a_proof_holds_for_ten_minutes_and_a_second_factor_is_proved_by_itself(
    signed_in_s, proved_s, by, has_second, fresh
):
    standing = Standing(
        signed_in_at=MONDAY - timedelta(seconds=signed_in_s),
        proved_at=None if proved_s is None else MONDAY - timedelta(seconds=proved_s),
        proved_by=by,
        has_second_factor=has_second,
    )

    assert standing.is_fresh(now=MONDAY) is fresh


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/creator/?a=1#b", "/creator/?a=1"),
        ("http://clips.example/creator/", "/creator/"),
        ("https://evil.example/creator/", ""),
        ("//evil.example/", ""),
        ("/\\evil.example", ""),
        ("///evil.example", ""),
        ("javascript:alert(1)", ""),
        ("http://clips.example@evil.example/", ""),
        ("http://clips.example//evil.example", ""),
        ("http://[", ""),
        ("/a\r\nSet-Cookie:x", "/aSet-Cookie:x"),
        ("@evil.example", ""),
        ("", ""),
    ],
)
def test_people_are_led_back_to_a_page_of_ours_alone(address, path):
    assert path_of_ours(address, host="clips.example") == path


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "where", "who"), DEAR_PAGES, ids=[name for name, _, _ in DEAR_PAGES])
def test_after_ten_minutes_every_dear_page_asks_first_and_does_nothing(name, where, who):
    client = signed_in(person(who), ago=PROOF_LIFE)
    address = reverse(name, args=where)
    answer = client.post(address, {"password": CHOSEN}, headers={"referer": "http://testserver/account/?a=b"})

    assert answer.headers["Location"] == f"{reverse('prove')}?next=%2Faccount%2F%3Fa%3Db"
    assert "nothing was done yet" in client.get(answer.headers["Location"]).content.decode()
    assert not SecurityEvent.objects.exists()
    assert person(who).check_password(PASSWORD)


@pytest.mark.django_db
def test_what_is_asked_for_inside_a_page_is_led_there_as_a_whole():
    answer = signed_in(ben(), ago=PROOF_LIFE).post(reverse("passkey_begin"), headers={"hx-request": "true"})

    assert answer.headers["HX-Redirect"].startswith(reverse("prove"))


@pytest.mark.django_db
def test_the_password_proves_it_for_ten_minutes():
    client = signed_in(ben(), ago=PROOF_LIFE)
    wrong = client.post(reverse("prove"), {"way": "password", "password": "wrong"})
    right = client.post(reverse("prove"), {"way": "password", "password": PASSWORD, "next": "/creator/payouts/"})

    assert (wrong.status_code, right.headers["Location"]) == (422, "/creator/payouts/")
    assert client.post(reverse("app_begin")).headers["Location"] == reverse("app_enrol")
    BrowserSession.objects.update(proved_at=clock.wall() - PROOF_LIFE)
    assert client.post(reverse("app_begin")).headers["Location"].startswith(reverse("prove"))


@pytest.mark.django_db
def test_a_proof_counts_in_its_own_browser_alone():
    here, elsewhere = signed_in(ben(), ago=PROOF_LIFE), signed_in(ben(), ago=PROOF_LIFE)
    here.post(reverse("prove"), {"way": "password", "password": PASSWORD})

    assert elsewhere.post(reverse("app_begin")).headers["Location"].startswith(reverse("prove"))


@pytest.mark.django_db
def test_who_has_an_app_does_not_prove_it_by_password():
    client = signed_in(ben(), ago=PROOF_LIFE)
    app, _ = enrolled(ben(), now=clock.wall())
    client = Client()
    door = client.post(reverse("sign_in_password"), {"email": ben().email, "password": PASSWORD})
    client.post(door.headers["Location"], {"code": app.at(clock.wall() + STEP)})
    BrowserSession.objects.update(proved_at=clock.wall() - PROOF_LIFE)
    refused = client.post(reverse("prove"), {"way": "password", "password": PASSWORD})

    assert refused.status_code == 422
    assert client.post(reverse("app_remove")).headers["Location"].startswith(reverse("prove"))


@pytest.mark.django_db
def test_the_mailed_code_of_somebody_else_proves_nothing():
    client = signed_in(ben(), ago=PROOF_LIFE)
    a_user("Mallory")
    client.post(reverse("prove_mail"))
    nonce = Client()
    nonce.post(reverse("sign_in"), {"email": "mallory@example.test"})
    code = str(Message.objects.order_by("id").last().secret).removeprefix("Code: ")
    client.cookies["proof-browser"] = nonce.cookies["sign-in-browser"].value

    assert client.post(reverse("prove"), {"way": "mail", "code": code}).status_code == 422
    assert client.post(reverse("app_begin")).headers["Location"].startswith(reverse("prove"))


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["", "nothing", "code", "mail", "password"])
def test_an_empty_proof_proves_nothing(way):
    client = signed_in(ben(), ago=PROOF_LIFE)
    client.post(reverse("prove"), {"way": way})

    assert client.post(reverse("app_begin")).headers["Location"].startswith(reverse("prove"))


# --- Own passwords ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_new_password_ends_the_other_sign_ins_and_keeps_this_one():
    here, elsewhere, program = signed_in(ben()), signed_in(ben()), Caller(ben())
    before = here.session.session_key
    here.post(reverse("password_set"), {"password": CHOSEN})

    assert [one.get(reverse("account")).status_code for one in (here, elsewhere)] == [200, 302]
    assert here.session.session_key != before
    assert program.post("/auth/logout", {})[0] == 401
    assert ben().check_password(CHOSEN)
    assert Message.objects.filter(subject="Your password was changed", user=ben()).count() == 1


@pytest.mark.django_db
def test_a_new_password_makes_no_old_proof_young():
    client = signed_in(ben(), ago=timedelta(minutes=9))
    client.post(reverse("password_set"), {"password": CHOSEN})
    [session] = BrowserSession.objects.filter(user=ben())

    assert clock.wall() - session.started_at >= timedelta(minutes=9)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 12 characters"),
        ("1q2w3e4r5t6y", "too common"),
        ("ben@example.test", "too similar"),
        ("x" * 201, "at most 200"),
        ("", "required"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password, said):
    answer = signed_in(ben()).post(reverse("password_set"), {"password": password})

    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert ben().check_password(PASSWORD)


@pytest.mark.django_db
def test_a_password_counts_whole_however_long_it_is():
    signed_in(ben()).post(reverse("password_set"), {"password": "long " * 35 + "a"})

    assert [ben().check_password("long " * 35 + end) for end in ("a", "b")] == [True, False]


@pytest.mark.django_db
def test_without_a_password_nobody_comes_in_by_one():
    client = signed_in(ben())
    client.post(reverse("password_remove"))

    assert client.get(reverse("account")).status_code == 200
    answer = Client().post(reverse("sign_in_password"), {"email": ben().email, "password": PASSWORD})
    assert answer.status_code == 422


# --- Programs ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "order", "who"), DEAR_ORDERS, ids=[path for path, _, _ in DEAR_ORDERS])
def test_a_program_is_asked_first_with_a_code_that_does_not_change(path, order, who):
    assert Caller(person(who), ago=PROOF_LIFE).post(path, order) == (403, "step_up_needed")
    assert not SecurityEvent.objects.exists()


@pytest.mark.django_db
def test_a_program_proves_it_and_goes_on():
    caller = Caller(ben(), ago=PROOF_LIFE)

    assert caller.post("/auth/prove", {"password": "wrong"}) == (403, "proof_refused")
    assert caller.post("/auth/prove", {"password": PASSWORD}) == (200, "")
    assert caller.post("/auth/own-password", {"password": "short"}) == (422, "not_valid")
    assert caller.post("/auth/own-password", {"password": "1q2w3e4r5t6y"}) == (422, "password_refused")
    assert caller.post("/auth/own-password", {"password": CHOSEN}) == (204, "")
    assert caller.post("/auth/prove", {"password": CHOSEN}) == (200, "")


@pytest.mark.django_db
@pytest.mark.parametrize("order", [{}, {"password": PASSWORD, "code": "123456"}, {"code": None}, {"way": "code"}])
def test_a_program_gives_one_proof(order):
    assert Caller(ben()).post("/auth/prove", order) == (422, "not_valid")


@pytest.mark.django_db
def test_a_program_comes_in_with_both_factors_and_enrols_them_before():
    caller = Caller(ben())
    begun = Client().post("/api/v1/auth/app", headers=caller.headers).json()
    app, now = pyotp.TOTP(begun["secret"]), clock.wall()
    confirmed = Client().post(
        "/api/v1/auth/app/confirm", {"code": app.at(now)}, content_type="application/json", headers=caller.headers
    )
    login = {"email": ben().email, "password": PASSWORD}
    first = Client().post("/api/v1/auth/password", login, content_type="application/json")
    order = {"ticket": first.json()["ticket"], "code": "000000", "program": "Clip robot"}
    wrong = Client().post("/api/v1/auth/second-factor", order, content_type="application/json")
    order["code"] = app.at(now + STEP)
    right = Client().post("/api/v1/auth/second-factor", order, content_type="application/json")

    assert (confirmed.status_code, len(confirmed.json()["codes"])) == (200, 10)
    assert (first.status_code, wrong.status_code, right.status_code) == (202, 403, 200)
    assert "access_token" not in first.json()
    shown = {"authorization": f"Bearer {right.json()['access_token']}"}
    assert Client().get("/api/v1/auth/factors", headers=shown).json()["recovery_codes"] == 10
    assert Client().post("/api/v1/auth/app/remove", headers=shown).status_code == 204
    lines = [event["line"] for event in Client().get("/api/v1/auth/events", headers=shown).json()]
    assert lines == ["Authenticator app removed", "Authenticator app added"]


# --- Staff ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(monkeypatch):
    """As in production."""
    monkeypatch.setattr(settings, "STAFF_SECOND_FACTOR", True)


@pytest.mark.django_db
def test_staff_without_a_second_factor_get_to_its_enrolment_and_nowhere_else(strict):
    client = signed_in(dot())

    assert client.get(reverse("staff_overview")).headers["Location"] == reverse("account_security")
    assert client.get(reverse("home")).headers["Location"] == reverse("account_security")
    assert client.post(reverse("batch_release", args=["2026-W45"])).headers["Location"] == reverse("account_security")
    assert client.get(reverse("account_security")).status_code == 200


@pytest.mark.django_db
def test_staff_prove_it_once_in_a_session_that_began_without(strict):
    client = signed_in(dot())
    _, codes = enrolled(dot(), now=clock.wall())
    client.force_login(dot())

    assert client.get(reverse("staff_overview")).headers["Location"] == f"{reverse('prove')}?next=%2Fstaff%2F"
    assert client.post(reverse("prove"), {"way": "code", "code": codes[0], "next": "/staff/"}).status_code == 302
    assert client.get(reverse("staff_overview")).status_code == 200


@pytest.mark.django_db
def test_programs_of_staff_without_a_second_factor_are_told_so(strict):
    dot()

    assert Client().get("/api/v1/staff/payday/alarms", headers=Caller(dot()).headers).json()["code"] == "mfa_required"
    enrolled(dot(), now=clock.wall())
    strong = Caller(dot(), proved_by="totp")
    assert Client().get("/api/v1/staff/payday/alarms", headers=strong.headers).status_code == 200


@pytest.mark.django_db
def test_nobody_else_is_asked_for_it(strict):
    assert signed_in(ben()).get(reverse("creator_home")).status_code == 200
