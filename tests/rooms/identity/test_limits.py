"""Who asks too often is told when to go on: callers by what they show, strangers by their address."""

import json
import re
import statistics
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.config import limiting
from cliphaven.foundation import clock
from cliphaven.identity.models import RateWindow
from cliphaven.identity.operations import limits, tokens
from cliphaven.identity.rules.limits import Limit, Standing, client_address
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import PASSWORD, a_user, adas_organisation, ben, mallory
from tests.rooms.identity.programs import Program
from tests.rooms.identity.test_keys import made
from tests.security.test_route_matrix import ROUTES
from tests.security.visitors import routes

NOON = datetime(2026, 11, 2, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def few(settings, monkeypatch):
    """So few of everything that a test comes to the end of it, in windows that do not end in its middle."""
    for kind in limits.WINDOWS:
        monkeypatch.setitem(limits.WINDOWS, kind, limits.HOUR)
    settings.RATE_LIMITS = {
        "caller": 5,
        "stranger": 5,
        "refused": 5,
        "address": 100,
        "links": 3,
        "failures": 4,
        "money": 3,
        "exports": 2,
    }


def me(site: str, secret: str) -> httpx2.Response:
    return httpx2.get(f"{site}/api/v1/me", headers={"Authorization": f"Bearer {secret}"})


def test_each_answer_says_what_is_left_and_the_last_when_to_go_on(site, few):
    secret = made(ben())
    answers = [me(site, secret) for _ in range(6)]

    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["4", "3", "2", "1", "0", "0"]
    last = answers[-1]
    assert last.headers["RateLimit-Limit"] == "5"
    assert 1 <= int(last.headers["RateLimit-Reset"]) <= 3_600
    assert int(last.headers["Retry-After"]) <= 3_600
    assert (last.headers["Content-Type"], last.json()["code"]) == ("application/problem+json", "too_often")


def test_one_caller_does_not_use_up_what_another_has(site, few):
    first, second = made(ben()), made(mallory())
    for _ in range(6):
        me(site, first)

    assert [me(site, first).status_code, me(site, second).status_code] == [429, 200]


def test_a_new_access_token_of_the_same_sign_in_is_the_same_caller(site, few, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "stranger": 100}
    ben()
    program = Program(site).sign_in()
    for _ in range(5):
        program.me()
    program.refresh()

    assert program.me() == 429


def test_strangers_are_counted_by_their_address(site, few):
    answers = [httpx2.get(f"{site}/api/v1/fairness").status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]


def test_who_shows_what_opens_nothing_is_stopped_before_anybody_looks(site, few):
    good = made(ben())
    answers = [me(site, f"chk_{number}").status_code for number in range(7)]

    assert answers == [401] * 6 + [429]
    assert me(site, good).status_code == 429  # from the same address


def test_what_is_shown_at_the_door_makes_nobody_a_caller(site, few):
    headers = {"Authorization": "Bearer chk_x"}
    answers = [
        httpx2.post(f"{site}/api/v1/auth/refresh", json={"refresh_token": "x"}, headers=headers) for _ in range(6)
    ]

    assert [one.status_code for one in answers][-1] == 429


@pytest.mark.django_db
def test_one_password_on_many_accounts_is_stopped(few):
    """As somebody with a list of leaked passwords does it: each account once."""
    door = Client()
    names = [f"nobody{number}@example.test" for number in range(5)]
    answers = [
        door.post(reverse("sign_in_password"), {"email": name, "password": "x" * 12}).status_code for name in names
    ]
    ben()
    right = door.post(reverse("sign_in_password"), {"email": "ben@example.test", "password": PASSWORD})

    assert answers == [422] * 4 + [429]
    assert right.status_code == 429


@pytest.mark.django_db
def test_mails_for_many_addresses_are_stopped(few):
    door = Client()
    answers = [
        door.post(reverse("sign_in"), {"email": f"nobody{number}@example.test"}).status_code for number in range(4)
    ]

    assert answers == [200] * 3 + [429]


@pytest.mark.django_db
def test_an_address_that_somebody_wrote_themselves_is_not_believed(few, settings):
    asks = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{number}"}).get("/api/v1/fairness").status_code
        for number in range(6)
    ]
    settings.PROXIES = 1
    behind = [
        Client(headers={"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}"}).get("/api/v1/fairness").status_code
        for number in range(6)
    ]

    assert asks == [200] * 5 + [429]
    assert behind == [200] * 6


@pytest.mark.parametrize(
    ("forwarded", "proxies", "seen"),
    [
        ("", 0, "192.0.2.1"),
        ("198.51.100.7", 0, "192.0.2.1"),
        ("198.51.100.7", 1, "198.51.100.7"),
        ("6.6.6.6, 198.51.100.7", 1, "198.51.100.7"),
        ("198.51.100.7, 10.0.0.1", 2, "198.51.100.7"),
        ("", 1, "192.0.2.1"),
        ("x, ,", 1, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::"),
        ("::ffff:198.51.100.7", 1, "198.51.100.7"),
    ],
)
def test_whose_address_is_counted(forwarded, proxies, seen):
    assert client_address(remote="192.0.2.1", forwarded=forwarded, proxies=proxies) == seen


def test_windows_begin_at_the_same_moments_for_everybody():
    limit = Limit(kind="caller", most=5, window=timedelta(minutes=1))

    assert limit.window_ends_at(NOON) == NOON + timedelta(seconds=30)
    assert Standing(limit=limit, used=9, resets_at=NOON + timedelta(seconds=30)).headers(NOON) == {
        "RateLimit-Limit": "5",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "30",
    }


@pytest.mark.django_db
def test_a_window_that_is_over_counts_no_more_and_is_forgotten():
    for _ in range(3):
        limits.count_surely(uses={limits.CALLER: ("key:1", 1)}, now=NOON)
    [later] = limits.count_surely(uses={limits.CALLER: ("key:1", 1)}, now=NOON + timedelta(minutes=1))

    assert later.used == 1
    assert limits.forget_windows(now=NOON + timedelta(minutes=5)) == 1
    assert not RateWindow.objects.exists()


def test_two_who_count_at_once_lose_nothing(committed):
    uses = {limits.CALLER: ("key:1", 1), limits.ADDRESS: ("192.0.2.1", 1), limits.REFUSED: ("192.0.2.1", 1)}

    def many(_: int) -> str:
        for _ in range(25):
            limits.count_surely(uses=uses, now=NOON)
        return "done"

    assert at_once(many, workers=8) == {"done": 8}
    assert [one.used for one in limits.count_surely(uses=dict.fromkeys(uses, ("x", 0)) | uses, now=NOON)] == [201] * 3


def test_a_mail_takes_as_long_for_an_address_that_nobody_lives_at(site):
    """Medians of fifty, one beside the other: the difference tells nothing."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    answers = set()
    for number in range(50):
        a_user(f"Known{number}")
        for kind, times in took.items():
            began = time.perf_counter()
            answer = httpx2.post(f"{site}/api/v1/auth/link", json={"email": f"{kind}{number}@example.test"})
            times.append(time.perf_counter() - began)
            answers.add((answer.status_code, tuple(answer.json()), len(answer.content)))

    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    assert len(answers) == 1
    assert abs(known - unknown) < max(0.02, 0.1 * unknown), (known, unknown)
    assert Message.objects.count() == 50


# --- What is dear, by person ------------------------------------------------------------------------------------------


def sponsor_page(name: str) -> Client:
    adas_organisation()
    client = Client()
    client.force_login(a_user(name))
    return client


@pytest.mark.django_db
def test_orders_about_money_are_counted_by_person_on_pages_and_of_the_api_together(few):
    order = {"amount": {"amount": 100, "currency": "USD"}}
    pages = [sponsor_page("Ada").post(reverse("wallet_top_up"), {"amount": "x"}) for _ in range(2)]
    program = tokens.sign_program_in(user_id=a_user("Ada").id, method="password", program="", now=clock.wall())
    api = [
        Client().post(
            "/api/v1/sponsor/wallets/refund",
            json.dumps(order),
            content_type="application/json",
            headers={"authorization": f"Bearer {program.access_token}", "idempotency-key": f"refund-{number}"},
        )
        for number in range(2)
    ]
    page = sponsor_page("Ada").post(reverse("campaign_fund", args=[1]), {"amount": "1"})

    assert [one.headers["RateLimit-Remaining"] for one in (*pages, *api, page)] == ["2", "1", "0", "0", "0"]
    assert 429 not in {one.status_code for one in (*pages, api[0])}
    assert (api[1].status_code, api[1].json()["code"]) == (429, "too_often")
    assert (page.status_code, page.headers["RateLimit-Limit"]) == (429, "3")
    assert 1 <= int(page.headers["Retry-After"]) <= 3_600
    assert "Nothing was done this time" in page.content.decode()
    assert sponsor_page("Ada").get(reverse("wallet")).status_code == 200  # looking is free


@pytest.mark.django_db
def test_another_person_of_the_same_organisation_has_their_own(few):
    for _ in range(5):
        sponsor_page("Ada").post(reverse("wallet_top_up"), {"amount": "x"})

    assert sponsor_page("Cleo").post(reverse("wallet_top_up"), {"amount": "x"}).status_code == 403


@pytest.mark.django_db
def test_files_are_counted_by_the_hour(few):
    client = sponsor_page("Ada")
    answers = [client.get(reverse("credit_notes_csv")) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]


def test_every_file_and_every_order_about_money_is_counted():
    """A route that moves money has a name that says so, or stands here with the reason why it moves none."""
    moves_none = {
        "correction_decline",  # takes a proposal off the desk
        "api_clip_money",
        *("money_in_letters", "money_in_lift", "money_in_look_again", "reversal_look_again"),
        *("batch_send_back", "batch_plan_again", "batch_stop", "batch_resume"),  # sends nothing
        *("risk_release", "risk_void", "staff_clip_release"),  # one by one, by keyboard, with an undo of its own
        *("api_release_holds", "api_risk_release"),
    }
    both = ("staff_corrections", "staff_clip_reversal")
    orders = [name for name, row in ROUTES.items() if row.is_post_only or name in both]
    sounds = re.compile(r"fund|top_up|release|reverse|reversal|settle|correction|take_back|money|onboarding|lift|close")
    dear = {name.removeprefix("api:") for name in orders if sounds.search(name)}
    files = {
        name
        for name, route in routes().items()
        if str(route.pattern).endswith((".csv", ".pdf", "evidence.json", "answer.json"))
    }

    assert dear - limiting.MONEY - moves_none == set()
    assert {name.removeprefix("api:") for name in routes()} >= limiting.MONEY | limiting.EXPORTS
    assert files == set(limiting.EXPORTS)
