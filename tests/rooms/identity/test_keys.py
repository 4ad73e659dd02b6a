"""Keys for programs: shown once, good for what they say and never for more than their person, void at a word."""

from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from django.db import connection
from django.test import Client
from django.urls import resolve, reverse

from cliphaven.config.api import api
from cliphaven.foundation import clock
from cliphaven.identity.models import ApiKey, BrowserSession, Membership, SecurityEvent, User
from cliphaven.identity.operations import keys, organisations, staff
from cliphaven.identity.queries.keys import key_bearer
from cliphaven.identity.rules import scopes
from cliphaven.notifications.models import Message
from tests.people import MONDAY, a_user, adas_organisation, ben, dot, mallory, staff_in
from tests.rooms.identity.programs import Program

FOR_PEOPLE = (
    *("/api/v1/auth/", "/api/v1/staff/", "/api/v1/inbox/", "/api/v1/me/"),
    *("/api/v1/files/", "/api/v1/sponsor/campaigns/"),
)


def made(user: User, face: str = "creator", *good_for: str, days: int = 90) -> str:
    return keys.make_key(
        user_id=user.id,
        face=face,
        name="Robot",
        scopes=good_for or ("read",),
        days=days,
        origin="A test",
        now=clock.wall(),
        told_at=MONDAY,
    ).secret


def is_good(secret: str) -> bool:
    return key_bearer(token=secret, now=clock.wall()) is not None


def asked(site: str, secret: str, path: str, **order: object) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {secret}".encode(), "Idempotency-Key": b"the-request-1"}
    at = f"{site}/api/v1{path}"
    answer = httpx2.post(at, json=order, headers=headers) if order else httpx2.get(at, headers=headers)
    return answer.status_code, answer.json().get("code", "") if answer.content[:1] == b"{" else ""


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_key_is_good_for_its_scopes_and_its_face(site):
    adas_organisation()
    reads, submits = made(ben()), made(ben(), "creator", "submit")
    link = {"campaign_id": 1, "links": ["https://www.tiktok.com/@ben/video/1"]}

    assert asked(site, reads, "/balance") == (200, "")
    assert asked(site, reads, "/clips", **link) == (403, "scope_missing")
    assert asked(site, submits, "/balance") == (403, "scope_missing")
    assert asked(site, submits, "/clips", **link)[1] not in ("scope_missing", "key_not_for_this")
    assert asked(site, reads, "/sponsor/wallets") == (404, "not_found")
    assert asked(site, made(a_user("Ada"), "sponsor"), "/sponsor/wallets")[0] == 200
    assert asked(site, made(a_user("Ada"), "sponsor"), "/balance") == (404, "not_found")


def test_a_key_is_never_good_for_what_is_for_people_alone(site):
    secret = made(ben(), "creator", "read", "submit")

    assert asked(site, secret, "/auth/keys") == (403, "key_not_for_this")
    assert asked(site, secret, "/auth/sign-ins") == (403, "key_not_for_this")
    assert asked(site, secret, "/auth/own-password", password="x" * 20) == (403, "key_not_for_this")
    assert asked(site, secret, "/auth/refresh", refresh_token=secret)[0] == 401


def test_staff_keys_only_look(site):
    adas_organisation()
    secret = made(staff_in("finance"), "staff")

    assert asked(site, secret, "/staff/payday/batches")[0] == 200
    assert asked(site, secret, "/staff/payday/batches/2026-W45/stop", reason="x") == (403, "key_not_for_this")


def test_a_key_that_was_revoked_expired_or_is_of_somebody_switched_off_opens_nothing(site):
    first, second = made(ben()), made(mallory())
    key = ApiKey.objects.get(user=ben())
    assert [asked(site, one, "/me")[0] for one in (first, second)] == [200, 200]

    keys.revoke_key(key_id=key.id, user_id=ben().id, origin="A test", now=clock.wall(), told_at=MONDAY)
    staff.switch_person(user_id=mallory().id, is_on=False, staff_id=dot().id, reason="Test", now=MONDAY)

    assert [asked(site, one, "/me")[0] for one in (first, second, first[:-1] + "_", "chk_", "chk_é")] == [401] * 5


@pytest.mark.django_db
def test_a_key_ends_by_itself():
    secret = made(ben(), days=1)
    ApiKey.objects.update(expires_at=clock.wall() + timedelta(seconds=30))
    assert is_good(secret)

    ApiKey.objects.update(expires_at=clock.wall())

    assert not is_good(secret)


@pytest.mark.django_db
def test_what_its_person_may_not_do_any_more_no_key_of_theirs_does():
    organisation, ada = adas_organisation(), a_user("Ada")
    secret = made(a_user("Cleo"), "sponsor")
    assert is_good(secret)

    organisations.remove_member(
        organisation_id=organisation.id, owner_id=ada.id, member_id=a_user("Cleo").id, now=clock.wall()
    )

    assert not is_good(secret)


@pytest.mark.django_db
def test_only_the_hash_is_kept():
    secret = made(ben())
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(k)::text from identity_apikey k")
        [row] = cursor.fetchone()
        cursor.execute("select coalesce(string_agg(e::text, ''), '') from identity_securityevent e")
        [events] = cursor.fetchone()

    assert secret[12:] not in row + events
    assert secret[:12] in row


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "face", "scope"),
    [
        ("Ben", "sponsor", "read"),
        ("Ben", "creator", "money"),
        ("Ben", "staff", "read"),
        ("Cleo", "sponsor", "money"),
        ("Cleo", "sponsor", "members"),
        ("Dot", "staff", "submit"),
    ],
)
def test_nobody_makes_a_key_for_what_is_not_theirs(who, face, scope):
    adas_organisation(), dot()

    with pytest.raises(keys.KeyRefused):
        made(a_user(who), face, scope)


@pytest.mark.django_db
def test_nobody_has_more_than_twenty_keys():
    for _ in range(keys.KEYS_MAX):
        made(ben())

    with pytest.raises(keys.KeyRefused, match="20 keys"):
        made(ben())


@pytest.mark.django_db
def test_a_key_that_is_made_and_revoked_is_written_down_and_mailed():
    made(ben())
    key = ApiKey.objects.get()
    for _ in range(2):
        keys.revoke_key(key_id=key.id, user_id=ben().id, origin="A test", now=clock.wall(), told_at=MONDAY)

    assert list(SecurityEvent.objects.order_by("id").values_list("kind", flat=True)) == ["key_made", "key_revoked"]
    assert Message.objects.filter(user=ben()).count() == 2


@pytest.mark.django_db
def test_owners_revoke_keys_of_their_organisation_and_nobody_elses():
    adas_organisation()
    cleos, bens = made(a_user("Cleo"), "sponsor"), made(ben())
    for key in ApiKey.objects.all():
        keys.revoke_key(key_id=key.id, user_id=a_user("Ada").id, origin="A test", now=clock.wall(), told_at=MONDAY)

    assert [is_good(cleos), is_good(bens)] == [False, True]


@pytest.mark.django_db
def test_a_key_of_a_person_with_two_faces_has_one_of_them():
    User.objects.filter(id=ben().id).update(is_creator=True)
    Membership.objects.create(organisation=adas_organisation(), user=ben(), role="reviewer")
    creates, reviews = made(ben(), "creator"), made(ben(), "sponsor")

    faces = [key_bearer(token=one, now=clock.wall()).faces.all for one in (creates, reviews)]
    assert faces == [("creator",), ("sponsor",)]


@pytest.mark.django_db
def test_the_page_makes_a_key_shows_it_once_and_revokes_it():
    page = browser(ben())
    form = {"face": "creator", "name": "Nightly", "scopes": ["read", "submit"], "days": "30"}

    shown = page.post(reverse("key_make"), form).content.decode()
    secret = "chk_" + shown.split("chk_")[1].split("<")[0]
    listed = page.get(reverse("keys")).content.decode()

    assert is_good(secret)
    assert secret not in listed
    assert secret[:12] in listed
    page.post(reverse("key_revoke", args=[ApiKey.objects.get().id]))
    assert not is_good(secret)


@pytest.mark.django_db
def test_a_key_needs_a_fresh_proof():
    page = browser(ben())
    BrowserSession.objects.update(started_at=clock.wall() - timedelta(hours=1))
    form = {"face": "creator", "name": "Nightly", "scopes": ["read"], "days": "30"}

    answer = page.post(reverse("key_make"), form)
    by_program = page.post("/api/v1/auth/keys", {**form, "days": 30}, content_type="application/json")

    assert (answer.status_code, by_program.status_code) == (302, 403)
    assert reverse("prove") in answer.headers["Location"]
    assert by_program.json()["code"] == "step_up_needed"
    assert not ApiKey.objects.exists()


def test_a_program_makes_a_key_by_the_api(site):
    ben()
    program = Program(site).sign_in()
    status, told = program.post("/auth/keys", name="Nightly", face="creator", scopes=["read"], days=30)
    _, listed = program.get("/auth/keys")

    assert status == 201
    assert asked(site, told["secret"], "/balance")[0] == 200
    assert listed[0]["shown"] == told["secret"][:12]
    assert program.post(f"/auth/keys/{told['id']}/revoke")[0] == 204
    assert asked(site, told["secret"], "/balance")[0] == 401


@pytest.mark.django_db
def test_the_last_use_is_noted_to_the_minute():
    secret = made(ben())
    page = Client()
    for _ in range(2):
        assert page.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200

    assert ApiKey.objects.get().used_at is not None


def test_every_order_of_the_api_says_which_key_may_do_it_or_is_for_people():
    orders = set()
    for path, methods in api.get_openapi_schema()["paths"].items():
        if "post" in methods and not path.startswith(FOR_PEOPLE):
            concrete = path
            for part, value in (
                ("{sign_in_id}", "1"),
                ("{endpoint_id}", str(UUID(int=1))),
                ("{currency}", "USD"),
                ("{week}", "2026-W45"),
            ):
                concrete = concrete.replace(part, value)
            while "{" in concrete:
                concrete = concrete[: concrete.index("{")] + "1" + concrete[concrete.index("}") + 1 :]
            orders.add(resolve(concrete).url_name)

    assert orders == set(scopes.ORDERS)
