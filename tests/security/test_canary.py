"""Secrets are put in at every door, and looked for in the log, the jobs, the mails and every table."""

import logging
import re
from typing import Any

import httpx2
import pyotp
import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from cliphaven.config import urls
from cliphaven.config.log_lines import Lines
from cliphaven.foundation import clock
from cliphaven.identity.models import MagicLink
from cliphaven.notifications.models import Message
from tests.people import PASSWORD, ben
from tests.rooms.identity.programs import Program

TYPED = {
    "a password": "canary-Password-1234",
    "another token": "canary-token-abcdefghijklmnop",
    "a card's number": "4242 4242 4242 4242",
    "an IBAN": "DE89 3704 0044 0532 0130 00",
    "a cookie": "canarycookie0123456789abcdef",
}


class Kept(logging.Handler):
    """Every line as the house would print it."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self.setFormatter(Lines("%(levelname)s %(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Any:
    kept, root = Kept(), logging.getLogger()
    root.addHandler(kept)
    yield kept.lines
    root.removeHandler(kept)


def everything_typed(site: str) -> None:
    """A stranger writes secrets into each field and header that there is, and into bodies that cannot be read."""
    headers = {
        "Authorization": f"Bearer {TYPED['another token']}",
        "User-Agent": TYPED["a card's number"],
        "Idempotency-Key": TYPED["another token"],
        "X-Request-ID": TYPED["an IBAN"],
        "X-Forwarded-For": TYPED["a card's number"],
        "Referer": f"{site}/?{TYPED['another token']}",
        "Cookie": f"sid={TYPED['a cookie']}; sign-in-browser={TYPED['a cookie']}",
    }
    order = {"email": "ben@example.test", "password": TYPED["a password"], "program": TYPED["a card's number"]}
    with httpx2.Client(base_url=site, timeout=120) as http:
        for where in ("/api/v1/auth/password", "/api/v1/auth/refresh", "/api/v1/auth/prove", "/api/v1/me", "/nowhere/"):
            http.post(where, json=order, headers=headers)
            http.post(where, content=f'{{"password": "{TYPED["a password"]}",', headers=headers)
            http.get(where, headers=headers, params={"token": TYPED["another token"]})
        door = http.get("/sign-in/")
        form = {"csrfmiddlewaretoken": http.cookies["csrftoken"], **order}
        assert door.status_code == 200
        http.post("/sign-in/password/", data=form, headers={"Referer": site})
        http.post("/sign-in/password/", data=order)  # without the token of the form
        http.post(f"/sign-in/link/{TYPED['another token']}/", data=form, headers={"Referer": site})
        http.post("/webhooks/stripe/", content=TYPED["a password"], headers={"Stripe-Signature": "t=1,v1=00"})


def everything_given_out(site: str) -> dict[str, str]:
    """Ben comes in by each way; what he was given that opens a door, by name."""
    program = Program(site).sign_in()
    given = {"his password": PASSWORD, "an access token": program.access, "a refresh token": program.refresh_token}
    program.refresh()
    given |= {"the next access token": program.access, "the next refresh token": program.refresh_token}
    program.post("/auth/prove", password=PASSWORD)
    key = program.post("/auth/keys", key="make-a-key", name="Robot", face="creator", scopes=["read"], days=9)[1]
    given["an API key"] = key["secret"]
    httpx2.get(f"{site}/api/v1/me", headers={"Authorization": f"Bearer {key['secret']}"}, timeout=120)
    program.http.post("/auth/link", json={"email": "ben@example.test"})
    message = Message.objects.filter(kind="access").order_by("id").last()
    assert message is not None
    [given["a mailed token"]] = re.findall(r"/link/(\S+)/", message.link)
    [given["a mailed code"]] = re.findall(r"Code: (\S+)", message.secret)
    # Wrong once, so that the address is refused while it is still good.
    with httpx2.Client(base_url=site, timeout=120) as http:
        http.get("/sign-in/")
        wrong = {"csrfmiddlewaretoken": http.cookies["csrftoken"], "code": "AAAA-AAAA"}
        refused = http.post(f"/sign-in/link/{given['a mailed token']}/", data=wrong, headers={"Referer": site})
        assert refused.status_code == 422
        assert http.put(f"/sign-in/link/{given['a mailed token']}/").status_code in (403, 405)
    assert MagicLink.objects.filter(used_at=None, expires_at__gt=clock.wall()).exists()
    app = program.post("/auth/app")[1]
    given["the secret of an app"] = app["secret"]
    codes = program.post("/auth/app/confirm", code=pyotp.TOTP(app["secret"]).at(clock.wall()))[1]
    given["a recovery code"] = codes["codes"][0]
    return given


def jobs_and_their_past() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(j)::text from procrastinate_jobs j")
        return [text for (text,) in cursor.fetchall()]


def tables_that_hold(secret: str) -> set[str]:
    """Every table with a row in which this stands, in whichever column."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"select exists (select from {connection.ops.quote_name(table)} t where t::text like %s)",
                [f"%{secret}%"],
            )
            if cursor.fetchone() == (True,):
                found.add(table)
    return found


def test_no_secret_is_kept_anywhere(site, world, log, run_jobs):
    ben()
    everything_typed(site)
    given = everything_given_out(site)
    queued = jobs_and_their_past()  # before they are done and gone
    run_jobs()
    mails = "\n".join(mail["text"] + mail["html"] for mail in world.http.get("/resend/outbox.json").json()["data"])

    secrets = TYPED | given
    lines = "\n".join(log)
    assert "authn_login_fail" in lines
    assert [name for name, secret in secrets.items() if secret in lines] == []
    assert [
        name for name, secret in secrets.items() if any(secret in job for job in queued + jobs_and_their_past())
    ] == []
    mailed = {"a mailed token", "a mailed code"}  # that is what these mails are for
    assert [name for name in secrets.keys() - mailed if secrets[name] in mails] == []
    # What a browser calls itself is kept for its person's list, as it came; nothing else is.
    told_us = {"a card's number": {"identity_tokenfamily", "identity_browsersession"}}
    kept = {name: tables_that_hold(secret) - told_us.get(name, set()) for name, secret in secrets.items()}
    assert {name: tables for name, tables in kept.items() if tables} == {}


def broken(request: HttpRequest) -> HttpResponse:
    password = request.POST["password"]
    raise RuntimeError(f"{len(password)} letters")


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]


@pytest.mark.django_db
def test_what_breaks_logs_its_place_and_not_what_was_typed(settings, log):
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.force_login(ben())
    answer = client.post(
        "/broken/?token=canary-token-abcdefghijklmnop",
        {"password": TYPED["a password"]},
        headers={"Authorization": f"Bearer {TYPED['another token']}"},
    )

    lines = "\n".join(log)
    assert (answer.status_code, "RuntimeError" in lines) == (500, True)
    assert [name for name, secret in TYPED.items() if secret in lines] == []
    assert client.cookies["sid"].value not in lines
