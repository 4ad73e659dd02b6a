"""Another mail address: asked for with a fresh proof, confirmed from the new mailbox, undone from the old one."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.foundation import clock
from cliphaven.identity import operations
from cliphaven.identity.models import (
    AddressChange,
    ApiKey,
    BrowserSession,
    MagicLink,
    Passkey,
    SecurityEvent,
    SignInAttempt,
    Totp,
    User,
)
from cliphaven.identity.operations import addresses, keys, passwords
from cliphaven.identity.rules.scopes import Scope
from cliphaven.notifications.models import Message
from cliphaven.notifications.operations import send_message
from tests.concurrency.test_one_budget import at_once
from tests.people import PASSWORD, a_user, ben, mallory
from tests.rooms.identity.programs import Program
from tests.rooms.identity.test_second_factors import enrolled
from tests.rooms.identity.test_step_up import CHOSEN, Caller, signed_in

NEW = "ben@elsewhere.test"
WHERE = {"origin": "A browser"}


def moment() -> dict:
    return {"now": clock.wall(), "told_at": clock.now()}


def ask(user: User, email: str = NEW) -> None:
    addresses.ask_for_address(user_id=user.id, email=email, **moment())


def token_to(address: str, *, subject: str = "Is this your new address?") -> str:
    """What the newest such mail to this address carries."""
    message = Message.objects.filter(address=address, subject=subject).order_by("id").last()
    [token] = re.findall(r"/account/address/(?:undo/)?([^/]+)/", message.link)
    return token


def confirm(user: User, token: str) -> str:
    return addresses.confirm_address(token=token, user_id=user.id, keep=None, **WHERE, **moment())


def moved(user: User, email: str = NEW) -> str:
    """Move somebody; answers the token by which the mailbox of before undoes it."""
    before = user.email
    ask(user, email)
    confirm(user, token_to(email))
    user.refresh_from_db()
    return token_to(before, subject="Your account has another address now")


def undo(token: str) -> str:
    return addresses.undo_address(token=token, **WHERE, **moment())


# --- Asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_from_the_page_to_the_new_address():
    browser, other = signed_in(ben()), signed_in(ben())
    key_before = browser.cookies["sessionid"].value if "sessionid" in browser.cookies else None
    browser.post(reverse("address_ask"), {"email": " Ben@Elsewhere.test "})
    where = reverse("address_confirm", args=[token_to(NEW)])

    for _ in range(5):  # scanners look, too
        assert "Yes, move there" in browser.get(where).content.decode()
        assert Client().head(where).status_code == 302
    assert ben().email == "ben@example.test"

    answer = browser.post(where, follow=True)

    assert f"Your address is {NEW} now" in answer.content.decode()
    assert User.objects.get(name="Ben").email == NEW
    assert other.get(reverse("account")).status_code == 302
    assert browser.get(reverse("account")).status_code == 200
    assert key_before is None or browser.cookies["sessionid"].value != key_before
    assert browser.get(where).content.decode().count("Nothing was changed") > 0


@pytest.mark.django_db
def test_in_an_old_session_it_is_proved_first():
    browser = signed_in(ben(), ago=timedelta(minutes=20))

    answer = browser.post(reverse("address_ask"), {"email": NEW})

    assert answer.url.startswith(reverse("prove"))
    assert not AddressChange.objects.exists()
    assert Caller(ben(), ago=timedelta(minutes=20)).post("/auth/address", {"email": NEW}) == (403, "step_up_needed")


@pytest.mark.django_db
def test_the_link_is_good_for_whoever_asked_and_for_nobody_else():
    ask(mallory(), NEW)
    token = token_to(NEW)

    with pytest.raises(addresses.AddressRefused):
        confirm(ben(), token)
    assert "Nothing was changed" in signed_in(ben()).get(reverse("address_confirm", args=[token])).content.decode()
    assert Client().get(reverse("address_confirm", args=[token])).status_code == 302
    assert ben().email == "ben@example.test"
    assert confirm(mallory(), token) == NEW


@pytest.mark.django_db
def test_the_link_is_good_for_ten_minutes_and_only_the_newest_is():
    ask(ben(), "first@elsewhere.test")
    first = token_to("first@elsewhere.test")
    ask(ben())
    with pytest.raises(addresses.AddressRefused):
        confirm(ben(), first)
    AddressChange.objects.filter(new_address=NEW).update(expires_at=clock.wall())
    with pytest.raises(addresses.AddressRefused):
        confirm(ben(), token_to(NEW))


@pytest.mark.django_db
def test_a_taken_address_is_answered_like_any_other():
    browser = signed_in(ben())
    free = browser.post(reverse("address_ask"), {"email": "nobody@elsewhere.test"}, follow=True).content.decode()
    taken = browser.post(reverse("address_ask"), {"email": mallory().email}, follow=True).content.decode()

    assert "We have mailed a link to nobody@elsewhere.test" in free
    assert f"We have mailed a link to {mallory().email}" in taken
    told = Message.objects.get(user=mallory())
    assert (told.subject, "/account/address/" in told.link) == ("Somebody wanted your address", False)
    assert not Message.objects.filter(user=ben(), address=mallory().email).exists()
    program = Caller(ben())
    assert program.post("/auth/address", {"email": "nobody@elsewhere.test"}) == (202, "")
    assert program.post("/auth/address", {"email": mallory().email}) == (202, "")


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["a@b.c\nBcc: x@y.test", "a@b.test,d@e.test", "", "ben", "b" * 300 + "@e.test"])
def test_what_is_no_address_is_not_asked_for(email: str):
    signed_in(ben()).post(reverse("address_ask"), {"email": email})

    status, _ = Caller(ben()).post("/auth/address", {"email": email})
    assert status in (409, 422)
    assert not AddressChange.objects.exists()


@pytest.mark.django_db
def test_five_times_a_day_and_three_times_for_one_address():
    for _ in range(addresses.ASKED_PER_ADDRESS_MAX):
        ask(ben())
    with pytest.raises(operations.TooManyAttempts):
        ask(ben())
    ask(ben(), "second@elsewhere.test")
    with pytest.raises(operations.TooOften):
        ask(ben(), "third@elsewhere.test")


@pytest.mark.django_db
def test_asking_for_ones_own_address_is_refused_in_any_letters():
    with pytest.raises(addresses.AddressRefused):
        ask(ben(), "BEN@example.test")


# --- What follows -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_both_addresses_are_told_and_it_stays_written_down():
    moved(ben())

    event = SecurityEvent.objects.get()
    assert (event.kind, event.detail) == ("address_changed", NEW)
    assert Message.objects.filter(subject="Your mail address was changed", address="").count() == 1
    old = Message.objects.get(address="ben@example.test")
    assert NEW in old.text
    assert "seven days" in old.text


@pytest.mark.django_db
def test_programs_mailed_links_and_other_sign_ins_are_void():
    program = Caller(ben())
    operations.ask_for_link(email="ben@example.test", now=clock.wall())

    moved(ben())

    assert program.post("/auth/address", {"email": NEW})[0] == 401
    assert not MagicLink.objects.filter(expires_at__gt=clock.wall()).exists()
    assert not BrowserSession.objects.filter(user__name="Ben").exists()
    operations.ask_for_link(email="ben@example.test", now=clock.wall())
    assert MagicLink.objects.count() == 1  # nobody lives at the old address any more


@pytest.mark.django_db
def test_for_seven_days_the_old_address_hears_what_the_new_one_hears_for_their_safety(world):
    user = ben()
    moved(user)
    security_events_before = Message.objects.filter(address="ben@example.test").count()
    passwords.choose_password(user_id=user.id, password=CHOSEN, keep=None, **WHERE, **moment())

    [copy] = Message.objects.filter(address="ben@example.test").order_by("id")[security_events_before:]
    assert copy.subject == "Your password was changed"
    send_message(message_id=copy.id, now=clock.now(), read_clock=clock.now)
    copy.refresh_from_db()
    assert copy.sent_to == "ben@example.test"
    late = clock.now() + timedelta(days=7, seconds=1)
    passwords.give_password_up(user_id=user.id, keep=None, **WHERE, now=clock.wall(), told_at=late)
    assert Message.objects.filter(address="ben@example.test").count() == security_events_before + 1


# --- Undoing ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_old_mailbox_undoes_it_without_signing_in():
    thief = signed_in(ben())
    token = moved(ben())
    where = reverse("address_undo", args=[token])
    stranger = Client()

    for _ in range(3):
        page = stranger.get(where)
        assert "It was not me" in page.content.decode()
        assert page.headers["Referrer-Policy"] == "same-origin"
    assert User.objects.get(name="Ben").email == NEW
    answer = stranger.post(where)

    assert "It is your account again" in answer.content.decode()
    assert ben().email == "ben@example.test"
    assert thief.get(reverse("account")).status_code == 302
    assert SecurityEvent.objects.filter(kind="address_restored").exists()
    assert Message.objects.filter(address=NEW, subject="This address has no account any more").exists()
    assert stranger.post(where).status_code == 422


@pytest.mark.django_db
def test_what_a_thief_added_is_void_and_what_was_there_before_stays():
    user = ben()
    early = Passkey.objects.create(
        user=user, credential_id=b"early", public_key=b"k", name="Mine", added_at=clock.wall() - timedelta(days=9)
    )
    token = moved(user)
    Passkey.objects.create(user=user, credential_id=b"late", public_key=b"k", name="Theirs", added_at=clock.wall())
    enrolled(user, now=clock.wall())
    passwords.choose_password(user_id=user.id, password=CHOSEN, keep=None, **WHERE, **moment())
    keys.make_key(user_id=user.id, face="creator", name="theirs", scopes=[Scope.READ], days=9, **WHERE, **moment())

    undo(token)

    assert list(Passkey.objects.filter(user=user)) == [early]
    assert not Totp.objects.filter(user=user).exists()
    assert ApiKey.objects.get().revoked_at is not None
    assert not User.objects.get(id=user.id).has_usable_password()


@pytest.mark.django_db
def test_a_password_of_before_stays():
    user = ben()
    undo(moved(user))

    assert User.objects.get(id=user.id).check_password(PASSWORD)


@pytest.mark.django_db
def test_the_first_mailbox_undoes_a_chain_of_changes_and_later_ones_are_void():
    user = ben()
    first = moved(user, "one@elsewhere.test")
    second = moved(user, "two@elsewhere.test")

    assert undo(first) == "ben@example.test"

    with pytest.raises(addresses.AddressRefused):
        undo(second)
    assert ben().email == "ben@example.test"


@pytest.mark.django_db
def test_after_seven_days_it_stays_as_it_is():
    token = moved(ben())
    AddressChange.objects.update(undo_until=clock.wall())

    with pytest.raises(addresses.AddressRefused):
        undo(token)
    assert "Nothing was changed" in Client().get(reverse("address_undo", args=[token])).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "..%2f", "ü"])
def test_a_made_up_link_opens_nothing(token: str):
    assert Client().get(f"/account/address/undo/{token}/").status_code in (200, 404)
    assert Client().post(f"/account/address/undo/{token}/").status_code in (404, 422)


@pytest.mark.django_db
def test_while_it_can_be_undone_nobody_else_gets_the_old_address():
    token = moved(ben())
    ask(mallory(), "ben@example.test")

    with pytest.raises(addresses.AddressRefused):
        confirm(mallory(), token_to("ben@example.test"))
    assert undo(token) == "ben@example.test"


@pytest.mark.django_db
def test_no_token_can_be_read_from_the_database_once_it_was_mailed(world):
    ask(ben())
    message = Message.objects.get(address=NEW)
    token = token_to(NEW)
    send_message(message_id=message.id, now=clock.now(), read_clock=clock.now)

    message.refresh_from_db()
    kept = [bytes(row.token_sha256) for row in AddressChange.objects.all()]
    assert (message.link, message.sent_to) == ("", NEW)
    assert token.encode() not in kept


# --- At once ----------------------------------------------------------------------------------------------------------


def test_sixteen_people_confirm_one_address_at_once_and_one_has_it(committed):
    people = [a_user(f"Nova{number}") for number in range(16)]
    tokens = {}
    for user in people:
        SignInAttempt.objects.all().delete()
        ask(user)
        tokens[user.id] = token_to(NEW)

    def use(number: int) -> str:
        try:
            confirm(people[number], tokens[people[number].id])
        except addresses.AddressRefused:
            return "refused"
        return "moved"

    assert at_once(use, workers=16) == {"moved": 1, "refused": 15}
    assert User.objects.filter(email=NEW).count() == 1


def test_one_link_sixteen_times_at_once_moves_once(site):
    program = Program(site).sign_in() if ben() else None
    assert program is not None
    assert program.post("/auth/prove", key="prove-it-once", password=PASSWORD)[0] == 200
    assert program.post("/auth/address", key="ask-for-it", email=NEW)[0] == 202
    token = token_to(NEW)

    answers = at_once(
        lambda one: str(program.post("/auth/address/confirm", key=f"confirm-{one}", token=token)[0]), workers=16
    )

    assert answers == {"200": 1, "409": 15}
    assert SecurityEvent.objects.filter(kind="address_changed").count() == 1


def test_undone_sixteen_times_at_once_it_is_undone_once(committed):
    token = moved(ben())

    def use(_: int) -> str:
        try:
            undo(token)
        except addresses.AddressRefused:
            return "refused"
        return "undone"

    assert at_once(use, workers=16) == {"undone": 1, "refused": 15}
