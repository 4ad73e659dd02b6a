"""What every answer carries, and what no error tells."""

import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from cliphaven.config import urls
from tests.security.visitors import client_of

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'", "https://checkout.stripe.com", "https://connect.stripe.com"],
    "img-src": ["'self'", "data:"],
}
# One page of each kind, with the visitor who may open it.
PAGES = {
    "landing": "anonymous",
    "public_campaigns": "anonymous",
    "design": "anonymous",
    "healthz": "anonymous",
    "sign_in": "anonymous",
    "magic_confirm": "anonymous",
    "home": "anonymous",
    "sponsor_home": "owner",
    "wallet": "owner",
    "campaign_create": "owner",
    "campaign": "owner",
    "review_queue": "owner",
    "creator_home": "creator",
    "clip_submit": "creator",
    "channels": "creator",
    "payouts": "creator",
    "clip": "creator",
    "staff_overview": "staff",
}
SECRET_WORDS = "the number of the safe is 1234"  # stands in an exception's text
TELLTALES = ("Traceback", "Exception", "/cliphaven/", ".py", "DEBUG", SECRET_WORDS)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET_WORDS)


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]


def policy_of(answer: HttpResponse) -> dict[str, list[str]]:
    parts = (directive.split() for directive in answer.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def is_protected(answer: HttpResponse) -> bool:
    return (
        policy_of(answer) == POLICY
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        and answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        and answer.headers.get("Access-Control-Allow-Origin") is None
    )


def is_silent(answer: HttpResponse) -> bool:
    return not any(telltale in answer.content.decode() for telltale in TELLTALES)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_protected(name, house):
    answer = house.client_of(PAGES[name]).get(house.address(name))

    assert answer.status_code in (200, 302)
    assert is_protected(answer)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_script_or_a_style_within(name, house):
    page = house.client_of(PAGES[name]).get(house.address(name)).content.decode()

    inline = [
        tag for tag in page.split("<script")[1:] if "src=" not in tag.split(">")[0] and "json" not in tag.split(">")[0]
    ]
    assert (inline, "<style" in page, " style=" in page, " onclick=" in page, "javascript:" in page) == (
        [],
        False,
        False,
        False,
        False,
    )


ERRORS = {
    "nothing here": (404, lambda client: client.get("/nothing/<script>/")),
    "somebody else's": (404, lambda client: client.get("/sponsor/campaigns/999999/")),
    "not this role's": (404, lambda client: client.get("/staff/")),
    "only posted": (405, lambda client: client.get("/sign-out/")),
    "another method": (405, lambda client: client.delete("/sponsor/")),
    "another host": (400, lambda client: client.get("/", headers={"host": "evil.example"})),
    "no host": (400, lambda client: client.get("/", headers={"host": ""})),
    "a host with a path": (400, lambda client: client.get("/", headers={"host": "127.0.0.1/evil"})),
}


@pytest.mark.parametrize("what", ERRORS)
def test_errors_are_as_protected_as_pages_and_tell_nothing(what):
    status, ask = ERRORS[what]
    answer = ask(client_of("owner"))

    assert (answer.status_code, is_protected(answer), is_silent(answer)) == (status, True, True)


def test_a_forged_form_is_refused_without_a_word_about_why(house):
    answer = house.client_of("owner", enforce_csrf_checks=True).post(house.address("sign_out"))

    assert (answer.status_code, is_protected(answer), is_silent(answer)) == (403, True, True)
    assert "Please try again" in answer.content.decode()


def test_a_form_of_another_site_is_refused_though_it_has_a_token(house):
    client = house.client_of("owner", enforce_csrf_checks=True)
    client.get("/sponsor/")
    token = client.cookies["csrftoken"].value
    answers = [
        client.post("/sign-out/", {"csrfmiddlewaretoken": token}, headers={"origin": origin}).status_code
        for origin in ("https://evil.example", "null")
    ]

    assert answers == [403, 403]


def test_a_reviewer_is_told_that_it_is_not_theirs(house):
    answer = house.client_of("reviewer").get(house.address("campaign_create"))

    assert (answer.status_code, is_protected(answer), is_silent(answer)) == (403, True, True)


@pytest.mark.parametrize("visitor", ["anonymous", "owner"])
def test_what_breaks_tells_nothing_of_itself(visitor, settings):
    settings.ROOT_URLCONF = __name__
    answer = client_of(visitor).get("/broken/")

    assert (answer.status_code, is_protected(answer), is_silent(answer)) == (500, True, True)
    assert "Something broke on our side" in answer.content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_machine_itself_may_ask_after_the_house(host):
    answer = Client().get("/healthz/", headers={"host": host})

    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok"})


def test_files_are_not_guessed_to_be_something_else():
    answer = Client().get("/static/app.css")

    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
