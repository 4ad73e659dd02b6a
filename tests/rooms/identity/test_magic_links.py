"""Mailed links: one use, ten minutes, the newest only, and only in the browser that asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from cliphaven.identity import operations
from cliphaven.identity.models import MagicLink, User
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, ben, mallory

PARALLEL_USES = 16


def asked(email: str = "ben@example.test", *, at: datetime = MONDAY) -> tuple[str, str]:
    """Ask for a link: the token that is mailed, and what the browser keeps."""
    nonce = operations.ask_for_link(email=email, now=at).browser_nonce
    link = Message.objects.order_by("id").last().link
    return link.removeprefix("/sign-in/link/").removesuffix("/"), nonce


def opens(token: str, nonce: str, *, at: datetime = MONDAY) -> bool:
    try:
        operations.use_link(token=token, browser_nonce=nonce, now=at)
    except operations.SignInRefused:
        return False
    return True


@contextmanager
def the_link_held_until_everybody_waits() -> Iterator[None]:
    """All uses have then seen an unused link before the first of them writes: the worst moment there is."""
    is_held = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                MagicLink.objects.select_for_update().get()
                is_held.set()
                deadline = time.monotonic() + 20
                while waiting_for_locks() < PARALLEL_USES and time.monotonic() < deadline:
                    time.sleep(0.02)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(20)
    yield
    holder.join(30)


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_clear_snapshot()")
        cursor.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_link_lets_its_person_in():
    creator = ben()
    token, nonce = asked()

    assert operations.use_link(token=token, browser_nonce=nonce, now=MONDAY) == creator.id


@pytest.mark.django_db
def test_a_link_opens_the_door_once():
    ben()
    token, nonce = asked()

    assert [opens(token, nonce), opens(token, nonce)] == [True, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "still_opens"),
    [(timedelta(minutes=9, seconds=59), True), (timedelta(minutes=10), False), (timedelta(days=1), False)],
)
def test_a_link_lives_ten_minutes(age, still_opens):
    ben()
    token, nonce = asked()

    assert opens(token, nonce, at=MONDAY + age) is still_opens


@pytest.mark.django_db
def test_only_the_newest_link_opens():
    ben()
    older, newer = asked(), asked()

    assert [opens(*older), opens(*newer)] == [False, True]


@pytest.mark.django_db
def test_asking_again_does_not_close_somebody_elses_link():
    ben()
    bens = asked()
    mallory()
    asked("mallory@example.test")

    assert opens(*bens)


@pytest.mark.django_db
@pytest.mark.parametrize("nonce", ["", "guessed", "\x00"])
def test_a_link_opens_only_in_the_browser_that_asked(nonce):
    ben()
    token, own_nonce = asked()

    assert [opens(token, nonce), opens(token, own_nonce)] == [False, True]


@pytest.mark.django_db
def test_the_browser_of_one_request_cannot_use_the_link_of_another():
    ben()
    mallory()
    bens_token, _ = asked()
    _, mallorys_nonce = asked("mallory@example.test")

    assert not opens(bens_token, mallorys_nonce)


@pytest.mark.django_db
def test_nobody_comes_in_who_was_switched_off_after_asking():
    ben()
    token, nonce = asked()
    User.objects.update(is_active=False)

    assert not opens(token, nonce)


def test_sixteen_uses_at_once_open_the_door_once(committed):
    ben()
    token, nonce = asked()

    with the_link_held_until_everybody_waits():
        answers = at_once(lambda _: str(opens(token, nonce)), workers=PARALLEL_USES)

    assert answers == {"True": 1, "False": PARALLEL_USES - 1}


@pytest.mark.django_db
def test_neither_token_nor_nonce_can_be_read_from_the_links_table():
    ben()
    token, nonce = asked()

    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(identity_magiclink)::text from identity_magiclink")
        [row] = cursor.fetchone()
    kept = row + "".join(str(bytes(link.token_sha256) + bytes(link.browser_sha256)) for link in MagicLink.objects.all())
    assert token not in kept
    assert nonce not in kept


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["nobody@example.test", "ben@example.test.", "ben@example"])
def test_an_unknown_address_gets_an_answer_and_no_mail(email):
    ben()

    assert operations.ask_for_link(email=email, now=MONDAY).browser_nonce
    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_a_person_who_was_switched_off_gets_no_mail():
    ben()
    User.objects.update(is_active=False)
    operations.ask_for_link(email="ben@example.test", now=MONDAY)

    assert Message.objects.count() == 0


@pytest.mark.django_db
def test_an_address_is_the_same_however_it_is_written():
    creator = ben()
    token, nonce = asked(" BEN@Example.Test ")

    assert operations.use_link(token=token, browser_nonce=nonce, now=MONDAY) == creator.id


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["ben@example.test", "nobody@example.test"])
def test_the_fourth_link_within_a_quarter_of_an_hour_is_refused_whoever_lives_there(email):
    ben()
    for minute in (0, 5, 14):
        operations.ask_for_link(email=email, now=MONDAY + timedelta(minutes=minute))

    with pytest.raises(operations.TooManyAttempts):
        operations.ask_for_link(email=email.upper(), now=MONDAY + timedelta(minutes=14, seconds=59))
    assert operations.ask_for_link(email=email, now=MONDAY + timedelta(minutes=15))


@pytest.mark.django_db
def test_one_addresss_tries_do_not_count_for_another():
    for _ in range(operations.LINKS_PER_ADDRESS_MAX):
        operations.ask_for_link(email="ben@example.test", now=MONDAY)

    assert operations.ask_for_link(email="mallory@example.test", now=MONDAY)


def test_twenty_requests_at_once_mail_three_links(committed):
    ben()

    def ask(_: int) -> str:
        try:
            operations.ask_for_link(email="ben@example.test", now=MONDAY)
        except operations.TooManyAttempts:
            return "refused"
        return "mailed"

    assert at_once(ask) == {"mailed": 3, "refused": 20 - 3}
    assert MagicLink.objects.filter(expires_at__gt=MONDAY).count() == 1
