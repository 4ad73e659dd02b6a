"""The door as browsers meet it: in by password or by mail, nowhere but to our own pages, and out again."""

import re

import httpx2
import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.identity.models import MagicLink, User
from cliphaven.identity.pages import BROWSER_COOKIE
from cliphaven.notifications.models import Message
from tests.people import PASSWORD, a_user, adas_organisation, ben, dot

WRONG = "not the password"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def by_password(client: Client, email: str = "ben@example.test", password: str = PASSWORD, next_: str = ""):
    return client.post(reverse("sign_in_password"), {"email": email, "password": password, "next": next_})


def ask(client: Client, email: str = "ben@example.test"):
    return client.post(reverse("sign_in"), {"email": email})


def mailed_path() -> str:
    return str(Message.objects.order_by("id").last().link)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "way_home"), [("ben", "creator_home"), ("ada", "sponsor_home"), ("dot", "staff_overview")]
)
def test_everybody_begins_where_their_work_is(who, way_home):
    ben(), dot(), adas_organisation()
    client = Client()
    answer = by_password(client, f"{who}@example.test")

    assert answer.headers["Location"] == reverse("home")
    assert client.get(reverse("home")).headers["Location"] == reverse(way_home)


@pytest.mark.django_db
def test_home_of_a_stranger_is_the_landing_page():
    assert Client().get(reverse("home")).headers["Location"] == reverse("landing")


@pytest.mark.django_db
def test_after_signing_in_people_get_where_they_wanted_to_go():
    ben()
    client = Client()
    door = client.get(reverse("payouts")).headers["Location"]
    assert 'name="next" value="/creator/payouts/?before=7"' in client.get(f"{door}%3Fbefore%3D7").content.decode()

    assert by_password(client, next_="/creator/payouts/?before=7").headers["Location"] == "/creator/payouts/?before=7"


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "@evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "http:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "evil.example",
    "creator/",
    "home",
    "",
)


@pytest.mark.django_db
@pytest.mark.parametrize("next_", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_signing_in(next_):
    ben()

    assert by_password(Client(), next_=next_).headers["Location"] == reverse("home")


@pytest.mark.django_db
def test_a_wish_with_markup_stays_text_in_the_form():
    page = Client().get(reverse("sign_in"), {"next": '"><script>alert(1)</script>'}).content.decode()

    assert "<script>alert(1)" not in page


@pytest.mark.django_db
def test_a_wrong_password_is_refused_on_the_page_and_never_shown_again():
    ben()
    client = Client()
    answer = by_password(client, password=WRONG)

    assert (answer.status_code, is_in(client)) == (422, False)
    assert "do not belong together" in answer.content.decode()
    assert WRONG not in answer.content.decode()


@pytest.mark.django_db
def test_the_right_password_after_five_wrong_ones_must_wait():
    ben()
    client = Client()
    statuses = [by_password(client, password=WRONG).status_code for _ in range(5)]

    assert [*statuses, by_password(client).status_code] == [422] * 5 + [429]
    assert not is_in(client)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email",
    ["", "ben", "ben@example.test\nBcc: x@y.test", "a@b.test,c@d.test", "x" * 250 + "@example.test", "b\0@c.test"],
)
def test_what_is_no_address_is_refused_beside_the_field(email):
    assert ask(Client(), email).status_code == 422
    assert by_password(Client(), email).status_code == 422


@pytest.mark.django_db
def test_a_planted_session_is_not_the_one_that_gets_in():
    ben()
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    client.cookies["sid"] = planted.session_key
    by_password(client)

    assert client.cookies["sid"].value != planted.session_key
    assert not planted.exists(planted.session_key)
    assert is_in(client)


@pytest.mark.django_db
def test_a_session_of_somebody_else_does_not_go_on_under_a_new_name():
    adas_organisation()
    ben()
    client = signed_in(a_user("Ada"))
    left_behind = client.session
    left_behind["of_ada"] = True
    left_behind.save()
    by_password(client)

    assert client.session["_auth_user_id"] == str(ben().id)
    assert "of_ada" not in client.session


@pytest.mark.django_db
def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites():
    ben()
    client = Client()
    by_password(client)

    cookie = client.cookies["sid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


@pytest.mark.django_db
def test_signing_out_ends_the_session_itself():
    client = signed_in(ben())
    old = client.cookies["sid"].value
    answer = client.post(reverse("sign_out"))

    client.cookies["sid"] = old
    assert answer.headers["Location"] == reverse("landing")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert client.get(reverse("creator_home")).status_code == 302


@pytest.mark.django_db
def test_looking_at_the_way_out_signs_nobody_out():
    client = signed_in(ben())

    assert client.get(reverse("sign_out")).status_code == 405
    assert is_in(client)


@pytest.mark.django_db
def test_who_is_in_does_not_see_the_door():
    assert signed_in(ben()).get(reverse("sign_in")).headers["Location"] == reverse("home")


@pytest.mark.django_db
def test_somebody_who_is_switched_off_is_out_at_once():
    client = signed_in(ben())
    User.objects.update(is_active=False)

    assert client.get(reverse("creator_home")).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "status"), [("creator_home", 200), ("payouts", 200), ("landing", 302), ("sponsor_home", 404)]
)
def test_pages_of_people_who_are_in_are_never_stored(name, status):
    answer = signed_in(ben()).get(reverse(name))

    assert answer.status_code == status
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/link/some-token/"])
def test_the_door_is_never_stored(path):
    assert "no-store" in Client().get(path).headers["Cache-Control"]


@pytest.mark.django_db
def test_known_and_unknown_addresses_get_the_same_answer():
    ben()
    known, unknown = ask(Client()), ask(Client(), "bob@example.test")

    def told(answer):
        # What differs between any two pages: the form's own token, and the second in which it was made.
        unlike = r'"X-CSRFToken": "\w+"|name="csrfmiddlewaretoken" value="\w+"|data-now="[^"]+"'
        page = re.sub(unlike, "", answer.content.decode())
        return (
            answer.status_code,
            sorted(answer.headers),
            sorted(answer.cookies),
            page.replace("bob@", "ben@"),
        )

    assert told(known) == told(unknown)
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_the_fourth_request_for_a_link_must_wait():
    client = Client()

    assert [ask(client).status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.django_db
def test_what_the_asking_browser_keeps_is_out_of_reach_of_scripts():
    client = Client()
    ask(client)

    cookie = client.cookies[BROWSER_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_mailed_link_changes_nothing(method):
    ben()
    client = Client()
    ask(client)
    answers = [getattr(client, method)(mailed_path()) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert not is_in(client)
    assert MagicLink.objects.get().used_at is None


@pytest.mark.django_db
def test_the_address_of_a_mailed_link_is_told_to_no_other_site():
    assert Client().get("/sign-in/link/some-token/").headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_pressing_the_button_of_a_mailed_link_signs_in():
    ben()
    client = Client()
    ask(client)

    assert client.post(mailed_path()).headers["Location"] == reverse("home")
    assert client.session["_auth_user_id"] == str(ben().id)


@pytest.mark.django_db
def test_a_mailed_link_in_another_browser_signs_nobody_in_and_stays_good():
    ben()
    asking, other = Client(), Client()
    ask(asking)

    assert (other.post(mailed_path()).status_code, is_in(other)) == (422, False)
    assert asking.post(mailed_path()).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "x" * 5_000, "%00", "%ff", "..%2f..", "é"])
def test_a_made_up_link_is_refused(token):
    answer = Client().post(f"/sign-in/link/{token}/")

    assert answer.status_code in (404, 422)


def csrf_in(page: httpx2.Response) -> str:
    """The hidden token of the form on a page."""
    [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    return token


def test_the_way_in_by_mail_over_the_network(site, world, run_jobs):
    ben()
    with httpx2.Client(base_url=site) as browser:
        door = browser.get("/sign-in/")
        forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
        asked = browser.post(
            "/sign-in/", data={"email": "ben@example.test", "csrfmiddlewaretoken": csrf_in(door)}, headers=forged
        )
        run_jobs()
        [mail] = world.http.get("/resend/outbox.json", params={"to": "ben@example.test"}).json()["data"][:1]
        [link] = re.findall(r"http\S+/sign-in/link/\S+/", mail["text"])
        pressed = browser.post(link, data={"csrfmiddlewaretoken": csrf_in(browser.get(link))})
        home = browser.get("/home/", follow_redirects=True)

    assert (asked.status_code, pressed.status_code) == (200, 302)
    assert link.startswith(f"{site}/sign-in/link/")
    assert (home.status_code, home.url.path) == (200, "/creator/")
