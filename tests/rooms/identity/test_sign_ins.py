"""Where somebody is signed in: seen in a list, ended one by one or all at once, and over after silence."""

from datetime import timedelta

import httpx2
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cliphaven.foundation import clock
from cliphaven.identity.models import BrowserSession, User
from cliphaven.identity.operations import tokens
from cliphaven.identity.rules.browsers import browser_name
from tests.people import PASSWORD, ben, dot, mallory
from tests.rooms.identity.programs import Program
from tests.rooms.identity.test_pages import csrf_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)


def browser_of(user: User, *, agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent})
    client.post(reverse("sign_in_password"), {"email": user.email, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def silent_for(pause: timedelta) -> None:
    for session in BrowserSession.objects.all():
        BrowserSession.objects.filter(name=session.name).update(used_at=session.used_at - pause)


def page_of(client: Client) -> str:
    return client.get(reverse("account")).content.decode()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("", "A browser"),
        ("<script>alert(1)</script>", "A browser"),
    ],
)
def test_a_browser_is_named_in_words_and_never_in_its_own(agent, name):
    assert browser_name(agent) == name


@pytest.mark.django_db
def test_the_list_names_each_browser_and_program_and_this_one():
    here, _ = browser_of(ben()), browser_of(ben(), agent=PHONE)
    for program, ago in (("Clip robot", timedelta()), ("Old robot", timedelta(days=30))):
        tokens.sign_program_in(user_id=ben().id, method="password", program=program, now=clock.wall() - ago)
    page = page_of(here)

    assert [name in page for name in ("Firefox on Linux", "Safari on iPhone", "Clip robot")] == [True] * 3
    assert "Old robot" not in page
    assert page.count("This browser") == 1


@pytest.mark.django_db
def test_nobody_sees_or_ends_the_sign_ins_of_somebody_else():
    bens, mallorys = browser_of(ben()), browser_of(mallory(), agent=PHONE)
    mine = BrowserSession.objects.get(user=ben())

    assert "Firefox" not in page_of(mallorys)
    assert mallorys.post(reverse("sign_in_end", args=[mine.name])).status_code == 302
    assert is_in(bens)


@pytest.mark.django_db
def test_a_sign_in_that_is_ended_in_the_list_is_out_at_once():
    here, elsewhere = browser_of(ben()), browser_of(ben(), agent=PHONE)
    other = BrowserSession.objects.get(browser=PHONE)
    here.post(reverse("sign_in_end", args=[other.name]))

    assert [is_in(here), is_in(elsewhere)] == [True, False]


@pytest.mark.django_db
def test_signing_out_everywhere_ends_every_browser():
    here, elsewhere, mallorys = browser_of(ben()), browser_of(ben(), agent=PHONE), browser_of(mallory())
    answer = here.post(reverse("sign_out_everywhere"), follow=True)

    assert "signed out everywhere" in answer.content.decode()
    assert [is_in(here), is_in(elsewhere), is_in(mallorys)] == [False, False, True]


@pytest.mark.django_db
def test_a_session_cannot_be_taken_over_by_who_reads_the_table():
    client = browser_of(ben())
    key = client.cookies["sid"].value
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(row_to_json(s)::text, '') from identity_browsersession s")
        [kept] = cursor.fetchone()
    thief = Client()
    thief.cookies["sid"] = BrowserSession.objects.get().key_sha256

    assert key not in kept
    assert not is_in(thief)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "silence", "still_in"),
    [
        (ben, timedelta(hours=11, minutes=59), True),
        (ben, timedelta(hours=12), False),
        (dot, timedelta(minutes=29), True),
        (dot, timedelta(minutes=30), False),
    ],
)
def test_silence_ends_a_session_and_that_of_staff_sooner(who, silence, still_in):
    client = browser_of(who())
    silent_for(silence)

    assert is_in(client) is still_in


@pytest.mark.django_db
def test_each_look_begins_the_silence_anew():
    client = browser_of(ben())
    for _ in range(3):
        silent_for(timedelta(hours=11))
        assert is_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "life"), [(ben, timedelta(days=14)), (dot, timedelta(hours=12))])
def test_a_session_ends_at_last_however_much_it_is_used(who, life):
    client = browser_of(who())
    session = BrowserSession.objects.get()
    lasts = session.ends_at - session.started_at
    client.get(reverse("account"))

    assert abs(lasts - life) < timedelta(seconds=10)
    assert BrowserSession.objects.get().ends_at == session.ends_at


@pytest.mark.django_db
def test_a_password_that_was_changed_ends_the_sessions_that_it_opened():
    client = browser_of(ben())
    user = ben()
    user.set_password("another long password")
    user.save()

    assert not is_in(client)


def test_sign_ins_over_the_network(site):
    ben()
    program, other = Program(site).sign_in(), Program(site).sign_in()
    headers = {"Authorization": f"Bearer {program.access}"}
    with httpx2.Client(base_url=site, headers={"User-Agent": FIREFOX}) as browser:
        form = {"email": "ben@example.test", "password": PASSWORD, "csrfmiddlewaretoken": ""}
        form["csrfmiddlewaretoken"] = csrf_in(browser.get("/sign-in/"))
        assert browser.post("/sign-in/password/", data=form).status_code == 302
        listed = program.http.get("/auth/sign-ins", headers=headers).json()
        [its_browser] = [one["id"] for one in listed if one["kind"] == "browser"]
        ended = program.post(f"/auth/sign-ins/{its_browser}/end")[0]
        afterwards = browser.get("/account/").status_code
        [another] = [one["id"] for one in listed if one["kind"] == "program" and not one["is_this_one"]]
        program.post(f"/auth/sign-ins/{another}/end")

    assert sorted(one["name"] for one in listed) == ["Clip robot", "Clip robot", "Firefox on Linux"]
    assert [one["is_this_one"] for one in listed].count(True) == 1
    assert (ended, afterwards) == (204, 302)
    assert [program.me(), other.me(), other.refresh()[0]] == [200, 401, 401]
