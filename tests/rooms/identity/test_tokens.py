"""Programs come in with a pair of tokens: each refresh token is good once, and all of it is void at a word."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import httpx2
import jwt
import pytest
from django.db import connection, connections, transaction

from cliphaven.foundation import clock
from cliphaven.identity.models import RefreshToken, RevokedToken, TokenFamily, User
from cliphaven.identity.operations import tokens
from cliphaven.identity.queries.tokens import bearer
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_user, adas_organisation, ben, mallory
from tests.rooms.identity.programs import Program
from tests.rooms.identity.test_magic_links import waiting_for_locks

PARALLEL_USES = 16


def signed_in(*, at=MONDAY) -> tokens.Tokens:
    return tokens.sign_program_in(user_id=ben().id, method="password", program="Clip robot", now=at)


def refreshed(token: str, *, at=MONDAY) -> str:
    try:
        tokens.refresh(token=token, now=at, told_at=MONDAY)
    except tokens.RefreshedElsewhere:
        return "elsewhere"
    except tokens.NotRefreshed:
        return "refused"
    return "refreshed"


def lets_in(pair: tokens.Tokens, *, at=MONDAY) -> bool:
    return bearer(token=pair.access_token, now=at) is not None


# ---- in time


@pytest.mark.django_db
def test_the_access_token_tells_who_comes():
    pair = signed_in()

    assert bearer(token=pair.access_token, now=MONDAY).user == ben()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "answer"),
    [(timedelta(days=13, hours=23), "refreshed"), (timedelta(days=14), "refused"), (timedelta(days=40), "refused")],
)
def test_a_refresh_token_that_lies_there_for_two_weeks_is_over(after, answer):
    assert refreshed(signed_in().refresh_token, at=MONDAY + after) == answer


@pytest.mark.django_db
def test_a_sign_in_ends_after_thirty_days_however_often_it_was_refreshed():
    pair = signed_in()
    for day in (10, 20, 29):
        pair = tokens.refresh(token=pair.refresh_token, now=MONDAY + timedelta(days=day), told_at=MONDAY)

    assert pair.refresh_expires_at == MONDAY + timedelta(days=30)
    assert refreshed(pair.refresh_token, at=MONDAY + timedelta(days=30)) == "refused"
    assert not lets_in(pair, at=MONDAY + timedelta(days=30))


@pytest.mark.django_db
def test_an_access_token_never_outlives_its_sign_in():
    pair = signed_in()
    for day in (10, 20, 29):
        pair = tokens.refresh(token=pair.refresh_token, now=MONDAY + timedelta(days=day), told_at=MONDAY)
    late = MONDAY + timedelta(days=30) - timedelta(minutes=5)
    pair = tokens.refresh(token=pair.refresh_token, now=late, told_at=MONDAY)

    assert pair.access_expires_at == MONDAY + timedelta(days=30)


# ---- what is kept


@pytest.mark.django_db
def test_neither_token_can_be_read_from_the_tables():
    pair = signed_in()
    kept = ""
    with connection.cursor() as cursor:
        for table in ("identity_refreshtoken", "identity_tokenfamily", "identity_revokedtoken"):
            cursor.execute(f"select coalesce(string_agg(row_to_json(t)::text, ''), '') from {table} t")
            kept += cursor.fetchone()[0]
    kept += "".join(str(bytes(token.token_sha256)) for token in RefreshToken.objects.all())

    assert pair.refresh_token not in kept
    assert pair.access_token not in kept
    assert len(bytes(RefreshToken.objects.get().token_sha256)) == 32


@pytest.mark.django_db
def test_each_token_has_one_child_at_most_by_the_database_itself():
    parent = RefreshToken.objects.get(family__user=signed_in() and ben())
    told = {"family": parent.family, "parent": parent, "issued_at": MONDAY, "expires_at": MONDAY}
    RefreshToken.objects.create(token_sha256=b"1", **told)

    with pytest.raises(Exception, match="parent_id"), transaction.atomic():
        RefreshToken.objects.create(token_sha256=b"2", **told)


@pytest.mark.django_db
def test_what_is_over_is_forgotten_only_when_no_token_of_it_could_still_come():
    signed_in()
    RevokedToken.objects.create(jti="x", expires_at=MONDAY + timedelta(minutes=15))

    assert tokens.forget_spent(now=MONDAY + timedelta(minutes=30)) == 0
    assert tokens.forget_spent(now=MONDAY + timedelta(minutes=31)) == 1  # the revocation
    assert tokens.forget_spent(now=MONDAY + timedelta(days=30 + 30)) == 2  # the family and its token


# ---- void at a word


@pytest.mark.django_db
def test_signing_out_everywhere_ends_every_program_and_session():
    first, second = signed_in(), signed_in()
    before = ben().get_session_auth_hash()
    tokens.sign_out_everywhere(user_id=ben().id, now=MONDAY)

    assert [lets_in(first), lets_in(second)] == [False, False]
    assert [refreshed(first.refresh_token), refreshed(second.refresh_token)] == ["refused", "refused"]
    assert User.objects.get(name="Ben").get_session_auth_hash() != before


@pytest.mark.django_db
def test_other_people_stay_in_when_one_signs_out_everywhere():
    pair = signed_in()
    tokens.sign_out_everywhere(user_id=mallory().id, now=MONDAY)

    assert lets_in(pair)


@pytest.mark.django_db
def test_nobody_ends_the_sign_in_of_somebody_else():
    pair = signed_in()
    tokens.sign_program_out(family_id=str(TokenFamily.objects.get().id), user_id=mallory().id, now=MONDAY)

    assert lets_in(pair)


@pytest.mark.django_db
def test_a_revoked_access_token_is_void_and_its_sign_in_goes_on():
    pair = signed_in()
    tokens.revoke(token=pair.access_token, now=MONDAY)

    assert not lets_in(pair)
    assert refreshed(pair.refresh_token) == "refreshed"


@pytest.mark.django_db
def test_a_revoked_refresh_token_ends_its_sign_in():
    pair = signed_in()
    tokens.revoke(token=pair.refresh_token, now=MONDAY)

    assert (lets_in(pair), refreshed(pair.refresh_token)) == (False, "refused")


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "x" * 2_000, "\x00", "a.b.c"])
def test_revoking_what_is_no_token_does_nothing(token):
    pair = signed_in()
    tokens.revoke(token=token, now=MONDAY)

    assert lets_in(pair)


@pytest.mark.django_db
def test_somebody_who_is_switched_off_is_out_at_once_with_programs_too():
    pair = signed_in()
    User.objects.update(is_active=False)

    assert (lets_in(pair), refreshed(pair.refresh_token)) == (False, "refused")


# ---- once


def test_a_refresh_token_that_comes_again_ends_everything_and_its_person_is_told(committed):
    first = signed_in()
    second = tokens.refresh(token=first.refresh_token, now=MONDAY, told_at=MONDAY)
    elsewhere = signed_in()

    assert refreshed(first.refresh_token) == "refused"
    assert [refreshed(second.refresh_token), refreshed(elsewhere.refresh_token)] == ["refused", "refused"]
    assert [lets_in(pair) for pair in (first, second, elsewhere)] == [False, False, False]
    assert [message.subject for message in Message.objects.all()] == ["We have signed you out everywhere"]


def test_a_copy_that_comes_a_third_time_voids_nothing_that_came_after(committed):
    first = signed_in()
    tokens.refresh(token=first.refresh_token, now=MONDAY, told_at=MONDAY)
    refreshed(first.refresh_token)
    anew = signed_in()

    assert refreshed(first.refresh_token) == "refused"
    assert lets_in(anew)
    assert Message.objects.count() == 1


def test_sixteen_uses_at_once_make_one_pair_and_void_nothing(committed):
    pair = signed_in()
    family = TokenFamily.objects.get()
    is_held = threading.Event()

    def hold() -> None:
        # Until all of them wait: each has then begun before the first of them is done.
        with transaction.atomic():
            TokenFamily.objects.select_for_update().get(id=family.id)
            is_held.set()
            while waiting_for_locks() < PARALLEL_USES:
                pass
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(20)
    answers = at_once(lambda _: refreshed(pair.refresh_token), workers=PARALLEL_USES)
    holder.join(30)

    assert answers == {"refreshed": 1, "elsewhere": PARALLEL_USES - 1}
    assert RefreshToken.objects.count() == 2
    assert TokenFamily.objects.get().ended_at is None


# ---- over the network


def test_the_life_of_a_program_over_the_network(site):
    ben()
    program = Program(site).sign_in()
    first = program.access

    assert program.me() == 200
    assert program.refresh()[0] == 200
    assert [program.me(first), program.me()] == [200, 200]  # the first lives out its fifteen minutes
    assert program.post("/auth/logout")[0] == 204
    assert [program.me(first), program.me(), program.refresh()[0]] == [401, 401, 401]


def test_sixteen_uses_of_one_refresh_token_over_the_network_have_one_effect(site):
    ben()
    program = Program(site).sign_in()
    token = program.refresh_token

    answers = at_once(lambda _: str(Program(site).refresh(token)[0]), workers=PARALLEL_USES)

    # Who came while the first was at work gets 409; who came after it is taken for a thief.
    assert answers["200"] == 1
    assert answers["409"] + answers["401"] == PARALLEL_USES - 1
    assert RefreshToken.objects.filter(parent__isnull=False).count() == 1


def test_the_replay_of_a_refresh_token_over_the_network_shuts_the_new_one_too(site):
    ben()
    program = Program(site).sign_in()
    stolen = program.refresh_token
    program.refresh()

    assert Program(site).refresh(stolen)[0] == 401
    assert [program.refresh()[0], program.me()] == [401, 401]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer x")],
        [("Authorization", "Basic YWRhOngK")],
        [("Authorization", "")],
        [("Authorization", "Bearer é".encode())],
        [("Authorization", "Bearer " + "x" * 7_000)],
    ],
)
def test_without_a_good_token_nobody_is_let_in_and_is_told_how(site, headers):
    answer = httpx2.get(f"{site}/api/v1/me", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_two_tokens_at_once_and_a_token_in_the_address_let_nobody_in(site):
    ben()
    program = Program(site).sign_in()
    good = ("Authorization", f"Bearer {program.access}")

    assert httpx2.get(f"{site}/api/v1/me", headers=[good, good]).status_code == 401
    assert httpx2.get(f"{site}/api/v1/me", params={"access_token": program.access}).status_code == 401


def test_one_kind_of_token_does_not_do_for_the_other(site):
    ben()
    program = Program(site).sign_in()

    assert program.me(program.refresh_token) == 401
    assert program.refresh(program.access)[0] in (401, 422)


def test_a_token_beside_a_cookie_counts_alone(site, client):
    ben()
    client.force_login(ben())
    cookies = {"sid": client.cookies["sid"].value}

    assert httpx2.get(f"{site}/api/v1/me", cookies=cookies).status_code == 200
    bad = {"Authorization": "Bearer x"}
    assert httpx2.get(f"{site}/api/v1/me", cookies=cookies, headers=bad).status_code == 401


def test_a_token_needs_no_csrf_header_and_reaches_what_its_person_may_and_no_more(site):
    ben(), adas_organisation()
    creator, owner = Program(site).sign_in(), Program(site, email="ada@example.test").sign_in()
    headers = {"Authorization": f"Bearer {creator.access}"}

    assert creator.http.get("/balance", headers=headers).status_code == 200
    assert creator.http.get("/sponsor/wallets", headers=headers).status_code == 404
    assert owner.http.get("/sponsor/wallets", headers={"Authorization": f"Bearer {owner.access}"}).status_code == 200
    assert creator.post("/auth/logout-everywhere")[0] == 204


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(site):
    ben()
    answers = [
        httpx2.post(f"{site}/api/v1/auth/password", json={"email": email, "password": "not the password"})
        for email in ("ben@example.test", "nobody@example.test")
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    "order",
    [
        {"email": "ben@example.test", "password": "x", "is_staff": True},
        {"email": ["ben@example.test"], "password": "x"},
        {"email": "ben@example.test"},
        {"email": "ben@example.test", "password": 1},
    ],
)
def test_a_sign_in_of_another_shape_is_refused(site, order):
    assert httpx2.post(f"{site}/api/v1/auth/password", json=order).status_code == 422


@pytest.mark.parametrize(("body", "status"), [(b"[]", 400), (b"null", 400), (b"", 422)])
def test_a_sign_in_that_is_no_object_is_refused(site, body, status):
    headers = {"Content-Type": "application/json"}

    assert httpx2.post(f"{site}/api/v1/auth/password", content=body, headers=headers).status_code == status


def test_nothing_that_tells_of_tokens_is_stored_on_the_way(site):
    ben()
    program = Program(site)
    order = {"email": "ben@example.test", "password": "a long enough password"}
    answer = program.http.post("/auth/password", json=order)
    me = program.http.get("/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})

    assert (answer.headers["Cache-Control"], me.headers["Cache-Control"]) == ("no-store", "no-store")
    assert answer.json()["expires_in"] == 900
    assert me.json()["role"] == "creator"


# ---- Redis


@pytest.fixture
def with_redis(settings, monkeypatch):
    """The denylist in use, over a cache that can be made to fail."""
    settings.HAS_REDIS = True
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    from django.core.cache import cache  # noqa: PLC0415

    cache.clear()
    yield SimpleNamespace(cache=cache)
    cache.clear()


@pytest.mark.django_db
def test_what_redis_remembers_as_revoked_is_void_without_asking_further(with_redis, django_assert_num_queries):
    pair = signed_in()
    tokens.revoke(token=pair.access_token, now=MONDAY)

    with django_assert_num_queries(0):
        assert not lets_in(pair)


@pytest.mark.django_db
def test_what_redis_forgot_is_void_all_the_same(with_redis):
    access, whole = signed_in(), signed_in()
    tokens.revoke(token=access.access_token, now=MONDAY)
    tokens.revoke(token=whole.refresh_token, now=MONDAY)
    with_redis.cache.clear()

    assert [lets_in(access), lets_in(whole)] == [False, False]


@pytest.mark.django_db
def test_nothing_that_redis_says_lets_anybody_in(with_redis):
    pair = signed_in()
    User.objects.update(is_active=False)
    claims = jwt.decode(pair.access_token, options={"verify_signature": False})
    for name in (claims["jti"], claims["sid"]):
        with_redis.cache.set(f"revoked:{name}", 0)

    assert not lets_in(pair)


def test_the_wall_tells_how_old_a_token_is_whatever_the_products_time_does(site, world):
    ben()
    program = Program(site).sign_in()
    world.clock.set(virtual=clock.now() + timedelta(days=365), speed=0)

    assert program.me() == 200
    assert a_user("Ben") == ben()
