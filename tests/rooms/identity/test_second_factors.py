"""A code of an app is good once, in its minute; a recovery code once; and nobody tries them all."""

import json
from datetime import timedelta

import pyotp
import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from cliphaven.foundation import clock
from cliphaven.identity import operations
from cliphaven.identity.models import PendingSignIn, RecoveryCode, SecurityEvent, SignInAttempt, Totp, User
from cliphaven.identity.operations import attempts, factors, proving
from cliphaven.identity.queries import factors as known
from cliphaven.identity.rules import recovery, sealing, totp
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, PASSWORD, ben, dot, mallory

SECRET_OF_THE_RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
PARALLEL_USES = 16
STEP = timedelta(seconds=30)
WHERE = {"origin": "Firefox on Linux", "told_at": MONDAY}


def enrolled(user: User, *, now=MONDAY) -> tuple[pyotp.TOTP, list[str]]:
    """The person's app, which counts since `now`, and their recovery codes."""
    app = pyotp.TOTP(factors.begin_app(user_id=user.id, now=now).secret)
    codes = factors.confirm_app(user_id=user.id, code=app.at(now), keep=None, now=now, **WHERE)
    return app, codes


def proves(user: User, code: str, *, now=MONDAY) -> str:
    """By what the code proves who they are; otherwise why it does not."""
    try:
        return proving.prove_by_code(user_id=user.id, code=code, now=now, **WHERE)
    except operations.SignInRefused as refused:
        return refused.code


# --- What a code is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(seconds, code):
    now = MONDAY.fromtimestamp(seconds, tz=MONDAY.tzinfo)

    assert totp.matching_step(code, secret=SECRET_OF_THE_RFC, now=now) == seconds // 30


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_a_step_around_its_own(steps, fits):
    code = pyotp.TOTP(SECRET_OF_THE_RFC).at(MONDAY + steps * STEP)

    assert (totp.matching_step(code, secret=SECRET_OF_THE_RFC, now=MONDAY) is not None) is fits


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "１２３４５６", "12345a", "٠٠٥٩٢٤", "\x00" * 6, "1" * 100_000]
)
def test_what_is_no_code_fits_nothing(typed):
    assert totp.matching_step(typed, secret=SECRET_OF_THE_RFC, now=MONDAY) is None


def test_a_sealed_secret_opens_for_its_own_person_with_its_own_key_alone():
    keys, others = {"a" * 8: b"k" * 32}, {"b" * 8: b"k" * 32}
    kept = sealing.sealed("secret", keys=keys, about="totp:1", nonce=b"n" * 12)

    assert b"secret" not in kept
    assert sealing.opened(kept, keys={**others, **keys}, about="totp:1") == "secret"
    for wrong in (
        {"kept": kept, "keys": keys, "about": "totp:2"},
        {"kept": kept, "keys": others, "about": "totp:1"},
        {"kept": kept[:-1] + bytes([kept[-1] ^ 1]), "keys": keys, "about": "totp:1"},
        {"kept": b"", "keys": keys, "about": "totp:1"},
    ):
        with pytest.raises(sealing.NotOpened):
            sealing.opened(wrong["kept"], keys=wrong["keys"], about=wrong["about"])


def test_a_recovery_code_may_be_typed_as_people_type():
    salt = b"s" * 16

    assert recovery.code_hash("k7qf 3wma-9xtb", salt=salt) == recovery.code_hash("K7QF-3WMA-9XTB", salt=salt)


# --- Enrolling --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_app_counts_only_after_its_first_code():
    app = pyotp.TOTP(factors.begin_app(user_id=ben().id, now=MONDAY).secret)
    before = known.factors_of(user_id=ben().id).has_second
    with pytest.raises(proving.ProofRefused):
        factors.confirm_app(user_id=ben().id, code=app.at(MONDAY + 5 * STEP), keep=None, now=MONDAY, **WHERE)
    codes = factors.confirm_app(user_id=ben().id, code=app.at(MONDAY), keep=None, now=MONDAY, **WHERE)

    assert (before, known.factors_of(user_id=ben().id).has_second) == (False, True)
    assert len(set(codes)) == 10


@pytest.mark.django_db
def test_an_app_that_was_begun_half_an_hour_ago_is_begun_again():
    app, later = pyotp.TOTP(factors.begin_app(user_id=ben().id, now=MONDAY).secret), MONDAY + timedelta(minutes=30)
    with pytest.raises(factors.FactorRefused):
        factors.confirm_app(user_id=ben().id, code=app.at(later), keep=None, now=later, **WHERE)

    assert known.app_address(user_id=ben().id, since=MONDAY) is None


@pytest.mark.django_db
def test_a_second_app_is_refused_while_there_is_one():
    enrolled(ben())

    with pytest.raises(factors.FactorRefused):
        factors.begin_app(user_id=ben().id, now=MONDAY)


@pytest.mark.django_db
def test_no_secret_and_no_code_can_be_read_from_the_database():
    app, codes = enrolled(ben())
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(identity_totp)::text from identity_totp")
        [row] = cursor.fetchone()
        cursor.execute("select string_agg(row_to_json(identity_recoverycode)::text, '') from identity_recoverycode")
        [rows] = cursor.fetchone()

    assert app.secret not in row
    assert app.secret.encode().hex() not in row
    assert not any(code in rows or code.replace("-", "").encode().hex() in rows for code in codes)


@pytest.mark.django_db
def test_a_key_that_was_changed_still_opens_what_it_closed(monkeypatch):
    app, _ = enrolled(ben())
    monkeypatch.setattr(settings, "FACTOR_KEYS", {"newnewne": b"n" * 32, **settings.FACTOR_KEYS})

    assert proves(ben(), app.at(MONDAY + STEP)) == "totp"


# --- Proving ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_step_is_taken_once_and_with_it_all_before_it():
    app, _ = enrolled(ben())
    now = MONDAY + 10 * STEP

    assert [proves(ben(), app.at(now), now=now), proves(ben(), app.at(now), now=now)] == ["totp", "proof_refused"]
    assert proves(ben(), app.at(now - STEP), now=now) == "proof_refused"
    assert proves(ben(), app.at(now + STEP), now=now) == "totp"


@pytest.mark.django_db
def test_the_code_that_enrolled_the_app_is_used_up():
    app, _ = enrolled(ben())

    assert proves(ben(), app.at(MONDAY)) == "proof_refused"


@pytest.mark.django_db
def test_the_code_of_somebody_else_proves_nothing():
    app, codes = enrolled(mallory())
    enrolled(ben())

    assert [proves(ben(), app.at(MONDAY + STEP)), proves(ben(), codes[0])] == ["proof_refused"] * 2


@pytest.mark.django_db
def test_a_recovery_code_is_good_once_and_its_person_hears_of_it():
    _, codes = enrolled(ben())

    assert [proves(ben(), codes[3]), proves(ben(), codes[3]), proves(ben(), codes[4])] == [
        "recovery",
        "proof_refused",
        "recovery",
    ]
    assert "9 are left" in Message.objects.filter(subject="A recovery code was used").order_by("id").first().text


@pytest.mark.django_db
def test_new_recovery_codes_make_those_from_before_void():
    _, before = enrolled(ben())
    after = factors.renew_recovery_codes(user_id=ben().id, now=MONDAY, **WHERE)

    assert [proves(ben(), before[0]), proves(ben(), after[0])] == ["proof_refused", "recovery"]
    assert RecoveryCode.objects.filter(user=ben()).count() == 10


@pytest.mark.django_db
def test_recovery_codes_go_with_the_last_factor():
    _, codes = enrolled(ben())
    factors.remove_app(user_id=ben().id, keep=None, now=MONDAY, **WHERE)

    assert proves(ben(), codes[0]) == "proof_refused"
    with pytest.raises(factors.FactorRefused):
        factors.renew_recovery_codes(user_id=ben().id, now=MONDAY, **WHERE)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "x", "\x00", "é" * 12, "ABCDEFGHJKMN", "2" * 100_000, "' or 1=1--"])
def test_what_is_no_code_proves_nothing(code):
    enrolled(ben())

    assert proves(ben(), code) == "proof_refused"


# --- Trying -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("tries", "answer"), [(4, "totp"), (5, "too_many_attempts")])
def test_after_five_wrong_codes_the_right_one_waits_a_quarter_of_an_hour(tries, answer):
    app, codes = enrolled(ben())
    for _ in range(tries):
        assert proves(ben(), "000000") == "proof_refused"
    later = MONDAY + attempts.ATTEMPTS_WINDOW + STEP

    assert proves(ben(), app.at(MONDAY + STEP)) == answer
    assert proves(ben(), codes[0]) == "recovery"
    assert proves(ben(), app.at(later), now=later) == "totp"


@pytest.mark.django_db
def test_whose_codes_are_tried_hears_of_it_once_a_day():
    enrolled(ben())
    for _ in range(8):
        proves(ben(), "000000")

    assert Message.objects.filter(subject="Somebody tries codes").count() == 1


@pytest.mark.django_db
def test_after_a_hundred_wrong_codes_in_a_row_the_app_is_closed_and_a_recovery_code_is_not():
    app, codes = enrolled(ben())
    SignInAttempt.objects.filter(kind="totp").update(in_a_row=100)
    later = MONDAY + timedelta(days=30)

    assert proves(ben(), app.at(later), now=later) == "too_many_attempts"
    assert proves(ben(), codes[0], now=later) == "recovery"


@pytest.mark.django_db
def test_after_a_hundred_wrong_passwords_in_a_row_the_password_is_closed_and_a_link_is_not():
    ben()
    for day in range(20):
        for _ in range(5):
            operations.count_password_attempt(email="ben@example.test", now=MONDAY + timedelta(days=day))
    later = MONDAY + timedelta(days=40)

    with pytest.raises(operations.TooManyAttempts):
        operations.count_password_attempt(email="ben@example.test", now=later)
    assert operations.ask_for_link(email="ben@example.test", now=later).browser_nonce


@pytest.mark.django_db
def test_a_right_one_forgets_the_tries_before():
    app, _ = enrolled(ben())
    proves(ben(), "000000")
    proves(ben(), app.at(MONDAY + STEP))

    assert list(SignInAttempt.objects.filter(kind="totp").values_list("attempts", "in_a_row")) == [(0, 0)]


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_sixteen_uses_of_one_code_of_the_app_are_one(committed):
    app, _ = enrolled(ben())
    answers = at_once(lambda _: proves(ben(), app.at(MONDAY + STEP)), workers=PARALLEL_USES)

    assert answers["totp"] == 1
    assert sum(answers.values()) == PARALLEL_USES


def test_sixteen_uses_of_one_recovery_code_are_one(committed):
    _, codes = enrolled(ben())
    answers = at_once(lambda _: proves(ben(), codes[0]), workers=PARALLEL_USES)

    assert answers["recovery"] == 1
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 1
    assert SecurityEvent.objects.filter(kind="recovery_code_used").count() == 1


def test_sixteen_first_codes_enrol_an_app_once(committed):
    app = pyotp.TOTP(factors.begin_app(user_id=ben().id, now=MONDAY).secret)

    def confirm(_: int) -> str:
        try:
            return str(len(factors.confirm_app(user_id=ben().id, code=app.at(MONDAY), keep=None, now=MONDAY, **WHERE)))
        except (operations.SignInRefused, factors.FactorRefused):
            return "refused"

    assert at_once(confirm, workers=PARALLEL_USES) == {"10": 1, "refused": PARALLEL_USES - 1}
    assert SecurityEvent.objects.filter(kind="app_added").count() == 1


def test_sixteen_wrong_codes_at_once_are_five_tries(committed):
    enrolled(ben())
    answers = at_once(lambda _: proves(ben(), "000000"), workers=PARALLEL_USES)

    assert answers == {"proof_refused": 5, "too_many_attempts": PARALLEL_USES - 5}


def test_sixteen_second_steps_with_one_ticket_and_one_code_are_one(committed):
    app, _ = enrolled(ben())
    ticket = proving.begin_second_step(user_id=ben().id, method="password", now=MONDAY)

    def step(_: int) -> str:
        try:
            code = app.at(MONDAY + STEP)
            return proving.finish_second_step(ticket=ticket, code=code, now=MONDAY, **WHERE).second
        except operations.SignInRefused:
            return "refused"

    assert at_once(step, workers=PARALLEL_USES) == {"totp": 1, "refused": PARALLEL_USES - 1}


# --- The second step --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_ticket_lives_ten_minutes_and_is_good_once():
    _, codes = enrolled(ben())
    ticket = proving.begin_second_step(user_id=ben().id, method="password", now=MONDAY)

    def step(code: str, *, after: timedelta = timedelta()) -> str:
        try:
            now = MONDAY + after
            return proving.finish_second_step(ticket=ticket, code=code, now=now, **WHERE).second
        except operations.SignInRefused as refused:
            return refused.code

    assert step(codes[0], after=timedelta(minutes=10)) == "sign_in_refused"
    assert step("000000") == "proof_refused"
    assert step(codes[0]) == "recovery"
    assert step(codes[1]) == "sign_in_refused"
    assert ticket not in json.dumps(list(PendingSignIn.objects.values_list("ticket_sha256", flat=True)), default=str)


@pytest.mark.django_db
def test_nobody_with_an_app_comes_in_by_password_alone():
    app, _ = enrolled(ben(), now=clock.wall())
    client = Client()
    answer = client.post(reverse("sign_in_password"), {"email": ben().email, "password": PASSWORD, "next": "/creator/"})

    assert answer.headers["Location"] == f"{reverse('second_factor')}?next=%2Fcreator%2F"
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("account")).status_code == 302
    code = app.at(clock.wall() + STEP)
    assert client.post(answer.headers["Location"], {"code": code}).headers["Location"] == "/creator/"
    assert client.get(reverse("account")).status_code == 200


@pytest.mark.django_db
def test_nor_by_a_mailed_code():
    enrolled(ben(), now=clock.wall())
    client = Client()
    client.post(reverse("sign_in"), {"email": ben().email})
    secret = str(Message.objects.filter(key__startswith="magic-link").last().secret)
    client.post(reverse("sign_in_code"), {"code": secret.removeprefix("Code: ")})

    assert client.get(reverse("account")).status_code == 302


@pytest.mark.django_db
def test_a_ticket_of_somebody_who_was_switched_off_opens_nothing():
    _, codes = enrolled(ben())
    ticket = proving.begin_second_step(user_id=ben().id, method="password", now=MONDAY)
    User.objects.filter(id=ben().id).update(is_active=False)

    with pytest.raises(operations.SignInRefused):
        proving.finish_second_step(ticket=ticket, code=codes[0], now=MONDAY, **WHERE)


# --- The record -------------------------------------------------------------------------------------------------------


def test_what_was_changed_stays_written_down(committed):
    enrolled(ben())
    for words in (
        "update identity_securityevent set detail = 'nothing'",
        "delete from identity_securityevent",
        "truncate identity_securityevent",
    ):
        with pytest.raises(DatabaseError, match="stays as it was written down"), connection.cursor() as cursor:
            cursor.execute(words)

    assert SecurityEvent.objects.filter(kind="app_added", detail="").count() == 1


@pytest.mark.django_db
def test_whoever_runs_the_house_takes_lost_factors_away():
    app, _ = enrolled(dot())
    factors.reset_factors(user_id=dot().id, origin="The house's command", now=MONDAY, told_at=MONDAY)

    assert not known.factors_of(user_id=dot().id).has_second
    assert not Totp.objects.exists()
    assert Message.objects.filter(subject="Your second factors were removed").exists()
    assert proves(dot(), app.at(MONDAY + STEP)) == "proof_refused"
