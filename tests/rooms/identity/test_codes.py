"""The code of a mail: for another browser than the one that asked, and for programs. Five tries, once."""

import re
from datetime import timedelta

import httpx2
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cliphaven.identity import operations
from cliphaven.identity.models import MagicLink
from cliphaven.identity.operations import links
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, ben, mallory
from tests.rooms.identity.programs import Program
from tests.rooms.identity.test_magic_links import PARALLEL_USES, the_link_held_until_everybody_waits
from tests.rooms.identity.test_pages import ask, csrf_in, is_in, mailed_path

WRONG = "2222-2222"


def mailed_code() -> str:
    return str(Message.objects.order_by("id").last().secret).removeprefix("Code: ")


def asked(email: str = "ben@example.test") -> str:
    """What the asking browser keeps."""
    return operations.ask_for_link(email=email, now=MONDAY).browser_nonce


def opens(nonce: str, code: str, *, after: timedelta = timedelta()) -> bool:
    try:
        operations.use_code(browser_nonce=nonce, code=code, now=MONDAY + after)
    except operations.SignInRefused:
        return False
    return True


@pytest.mark.django_db
def test_the_code_opens_the_door_once_where_it_was_asked_for():
    ben()
    nonce = asked()

    assert [opens("another", mailed_code()), opens(nonce, mailed_code()), opens(nonce, mailed_code())] == [
        False,
        True,
        False,
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["{0}-{1}", "{0}{1}", " {0} {1} ", "{0}–{1}"])
def test_a_code_may_be_typed_as_people_type(typed):
    ben()
    nonce = asked()
    first, second = mailed_code().lower().split("-")

    assert opens(nonce, typed.format(first, second))


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "-", "x", "0" * 8, "é" * 8, "\x00", "2" * 100_000])
def test_what_is_no_code_opens_nothing(code):
    ben()

    assert not opens(asked(), code)


@pytest.mark.django_db
@pytest.mark.parametrize(("tries", "still_opens"), [(4, True), (5, False)])
def test_after_five_wrong_codes_the_right_one_does_not_help(tries, still_opens):
    ben()
    nonce = asked()
    for _ in range(tries):
        assert not opens(nonce, WRONG)

    assert opens(nonce, mailed_code()) is still_opens


@pytest.mark.django_db
def test_a_code_lives_ten_minutes():
    ben()
    nonce = asked()

    assert not opens(nonce, mailed_code(), after=timedelta(minutes=10))


@pytest.mark.django_db
def test_the_code_of_somebody_else_opens_nothing():
    ben(), mallory()
    bens = asked()
    asked("mallory@example.test")

    assert not opens(bens, mailed_code())


@pytest.mark.django_db
def test_a_code_cannot_be_read_from_the_links_table():
    ben()
    asked()
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(identity_magiclink)::text from identity_magiclink")
        [row] = cursor.fetchone()

    assert mailed_code().replace("-", "") not in row
    assert len(bytes(MagicLink.objects.get().code_sha256)) == 32


def test_sixteen_right_codes_at_once_open_the_door_once(committed):
    ben()
    nonce = asked()
    code = mailed_code()

    with the_link_held_until_everybody_waits():
        answers = at_once(lambda _: str(opens(nonce, code)), workers=PARALLEL_USES)

    assert answers == {"True": 1, "False": PARALLEL_USES - 1}


def test_sixteen_wrong_codes_at_once_are_five_tries(committed):
    ben()
    nonce = asked()
    at_once(lambda _: str(opens(nonce, WRONG)), workers=PARALLEL_USES)

    assert MagicLink.objects.get().code_tries == links.CODE_TRIES_MAX


@pytest.mark.django_db
def test_another_browser_is_asked_for_the_code_and_then_let_in():
    ben()
    asking, other = Client(), Client()
    ask(asking)
    page = other.get(mailed_path()).content.decode()
    refused = other.post(mailed_path(), {"code": WRONG})

    assert "Code from the mail" in page
    assert (refused.status_code, is_in(other)) == (422, False)
    assert other.post(mailed_path(), {"code": mailed_code()}).status_code == 302
    assert is_in(other)


@pytest.mark.django_db
def test_the_asking_browser_may_type_the_code_instead_of_opening_the_link():
    ben()
    client = Client()
    assert "Code from the mail" in ask(client).content.decode()
    wrong = client.post(reverse("sign_in_code"), {"code": WRONG})
    right = client.post(reverse("sign_in_code"), {"code": mailed_code(), "next": "/creator/payouts/"})

    assert (wrong.status_code, right.status_code, right.headers["Location"]) == (422, 302, "/creator/payouts/")


def test_a_program_comes_in_by_mail_over_the_network(site, world, run_jobs):
    ben()
    program = Program(site)
    known = program.http.post("/auth/link", json={"email": "ben@example.test"})
    unknown = program.http.post("/auth/link", json={"email": "nobody@example.test"})
    run_jobs()
    [mail] = world.http.get("/resend/outbox.json", params={"to": "ben@example.test"}).json()["data"][:1]
    [code] = re.findall(r"Code: (\S+)", mail["text"])
    order = {"request": known.json()["request"], "code": code, "program": "Clip robot"}

    assert (known.status_code, unknown.status_code) == (202, 202)
    assert len(known.json()["request"]) == len(unknown.json()["request"])
    assert code in mail["html"]
    assert Message.objects.get().secret == ""
    assert program.keep(program.http.post("/auth/link/confirm", json=order))[0] == 200
    assert program.me() == 200
    assert program.http.post("/auth/link/confirm", json=order).status_code == 401


def test_sixteen_confirmations_of_one_link_over_the_network_open_one_session(site):
    ben()
    client = Client()
    ask(client)
    nonce = client.cookies["sign-in-browser"].value

    def press(_: int) -> str:
        with httpx2.Client(base_url=site, cookies={"sign-in-browser": nonce}, timeout=60) as browser:
            token = csrf_in(browser.get("/sign-in/"))
            return str(browser.post(mailed_path(), data={"csrfmiddlewaretoken": token}).status_code)

    assert at_once(press, workers=PARALLEL_USES) == {"302": 1, "422": PARALLEL_USES - 1}
