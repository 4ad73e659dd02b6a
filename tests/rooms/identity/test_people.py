"""Entering people and organisations, and the passwords of those who have one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import RequestFactory

from cliphaven.config import settings as house_settings
from cliphaven.identity import operations, queries
from cliphaven.identity.models import Role, User
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, PASSWORD, a_user, ben

WINDOW = timedelta(minutes=15)


def enter(email: str, *, name: str = "Ben", password: str | None = None) -> int:
    return operations.enter_person(email=email, name=name, password=password, now=MONDAY)


def person(email: str, password: str) -> User:
    return operations.person_by_password(request=RequestFactory().post("/"), email=email, password=password)


@pytest.mark.django_db
def test_an_address_that_is_there_keeps_its_person():
    first = enter("Ben@Example.test")

    assert enter(" ben@example.TEST", name="Somebody else") == first
    assert queries.names([first]) == {first: "Ben"}


def test_twenty_entries_of_one_address_at_once_make_one_person(committed):
    ids = at_once(lambda number: str(enter("ben@example.test" if number % 2 else "BEN@example.test")))

    assert User.objects.count() == 1
    assert list(ids.values()) == [20]


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_person_at_an_address():
    ben()

    with pytest.raises(IntegrityError):
        User.objects.bulk_create([User(email="Ben@example.test", name="Double", created_at=MONDAY)])


@pytest.mark.django_db
def test_whoever_founds_an_organisation_owns_it():
    organisation_id = operations.found_organisation(name="Ada Ltd", owner_id=a_user("Ada").id, now=MONDAY)
    belonging = queries.belonging(user_id=a_user("Ada").id)

    assert (belonging.organisation.id, belonging.role) == (organisation_id, Role.OWNER)
    assert queries.members(organisation_id=organisation_id) == [a_user("Ada").id]


@pytest.mark.django_db
def test_a_password_is_kept_as_an_argon2_hash(settings):
    settings.PASSWORD_HASHERS = house_settings.PASSWORD_HASHERS
    enter("ben@example.test", password=PASSWORD)

    assert person("ben@example.test", PASSWORD).email == "ben@example.test"
    assert User.objects.get().password.startswith("argon2$argon2id$")
    assert PASSWORD not in User.objects.get().password


@pytest.mark.django_db
def test_the_right_password_tells_who_it_is():
    creator = ben()

    assert person(" BEN@example.test", PASSWORD) == creator


@pytest.mark.django_db
def test_every_character_of_a_long_password_counts():
    enter("ben@example.test", password="x" * 199 + "y")

    assert person("ben@example.test", "x" * 199 + "y").email == "ben@example.test"
    with pytest.raises(operations.SignInRefused):
        person("ben@example.test", "x" * 200)


@pytest.mark.django_db
def test_a_person_without_a_password_has_none_that_fits():
    enter("ben@example.test")

    for guess in ("", "None", "!"):
        with pytest.raises(operations.SignInRefused):
            person("ben@example.test", guess)


@pytest.mark.django_db
def test_the_refusal_does_not_tell_which_part_was_wrong():
    ben()
    sentences = set()
    for email, password in (("ben@example.test", "wrong"), ("nobody@example.test", PASSWORD)):
        with pytest.raises(operations.SignInRefused) as refusal:
            person(email, password)
        sentences.add(refusal.value.sentence)

    assert len(sentences) == 1


@pytest.mark.django_db
def test_the_sixth_try_within_a_quarter_of_an_hour_is_refused():
    for _ in range(operations.PASSWORDS_PER_ADDRESS_MAX):
        operations.count_password_attempt(email="ben@example.test", now=MONDAY)

    with pytest.raises(operations.TooManyAttempts):
        operations.count_password_attempt(email="BEN@example.test", now=MONDAY + WINDOW - timedelta(seconds=1))
    operations.count_password_attempt(email="ben@example.test", now=MONDAY + WINDOW)


@pytest.mark.django_db
def test_mailed_links_go_on_working_while_passwords_are_refused():
    ben()
    for _ in range(operations.PASSWORDS_PER_ADDRESS_MAX):
        operations.count_password_attempt(email="ben@example.test", now=MONDAY)

    assert operations.ask_for_link(email="ben@example.test", now=MONDAY)


@pytest.mark.django_db
def test_tries_before_the_right_password_are_forgotten():
    ben()
    for _ in range(operations.PASSWORDS_PER_ADDRESS_MAX):
        operations.count_password_attempt(email="ben@example.test", now=MONDAY)
    person("ben@example.test", PASSWORD)

    operations.count_password_attempt(email="ben@example.test", now=MONDAY)
