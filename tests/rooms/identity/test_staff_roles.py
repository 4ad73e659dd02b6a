"""Roles of the staff: an admin gives and takes them with a reason, never their own, and there is always an admin."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from cliphaven.foundation import clock
from cliphaven.identity import operations, queries
from cliphaven.identity.models import PersonAct, StaffGrant, User
from cliphaven.identity.operations import staff, tokens
from cliphaven.identity.queries.tokens import bearer
from cliphaven.tracking.operations import acts, canaries
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, ben, dot, mallory, staff_in
from tests.rooms.identity.programs import Program

LATER = MONDAY + timedelta(hours=1)
WHY = "They take over the desk on Mondays"


def gives(admin: User, user: User, role: str, **more: object) -> None:
    staff.grant_role(user_id=user.id, role=role, admin_id=admin.id, reason=WHY, now=MONDAY, **more)


def takes(admin: User, user: User, role: str, **more: object) -> None:
    staff.withdraw_role(user_id=user.id, role=role, admin_id=admin.id, reason=WHY, now=MONDAY, **more)


def roles_of(user: User) -> set[str]:
    return set(user.staff_grants.values_list("role", flat=True))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_an_admin_gives_and_takes_roles_and_both_are_kept_with_the_reason():
    admin, user = dot(), staff_in("support")

    gives(admin, user, "risk")
    takes(admin, user, "support")

    acts = PersonAct.objects.filter(person=user).order_by("id").values_list("deed", "role", "staff_id", "reason")
    assert roles_of(user) == {"risk"}
    assert list(acts) == [("granted", "risk", admin.id, WHY), ("withdrawn", "support", admin.id, WHY)]


@pytest.mark.django_db
def test_what_was_done_cannot_be_changed_afterwards():
    gives(dot(), staff_in("support"), "risk")

    for change in (lambda: PersonAct.objects.update(reason="Nothing"), lambda: PersonAct.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["support", "risk", "finance"])
def test_only_admins_give_roles(role):
    user = staff_in("support", "risk")

    with pytest.raises(staff.NotStaff, match="needs the role admin"):
        gives(staff_in(role), user, "finance")


@pytest.mark.django_db
def test_nobody_changes_what_they_may_do_themselves():
    admin = staff_in("admin")
    dot()

    with pytest.raises(staff.OwnStanding):
        gives(admin, admin, "finance")
    with pytest.raises(staff.OwnStanding):
        takes(admin, admin, "admin")


@pytest.mark.django_db
def test_a_reason_is_asked_for():
    with pytest.raises(staff.ReasonMissing):
        staff.grant_role(user_id=staff_in("risk").id, role="support", admin_id=dot().id, reason="  ", now=MONDAY)


@pytest.mark.django_db
def test_creators_and_members_get_no_role():
    with pytest.raises(staff.NoSuchPerson):
        gives(dot(), ben(), "support")


@pytest.mark.django_db
def test_an_order_with_the_same_key_is_carried_out_once():
    admin, user = dot(), staff_in("support")

    gives(admin, user, "risk", request_key="the-same-key")
    gives(admin, user, "risk", request_key="the-same-key")
    with pytest.raises(staff.KeyUsedBefore):
        gives(admin, user, "finance", request_key="the-same-key")

    assert PersonAct.objects.count() == 1


@pytest.mark.django_db
def test_there_is_always_an_admin_who_can_come_in():
    first, second = staff_in("admin"), dot()
    staff.switch_person(user_id=second.id, is_on=False, staff_id=first.id, reason=WHY, now=MONDAY)

    assert not queries.staff_refusal(first.id, queries.StaffRole.ADMIN)
    assert queries.staff_refusal(second.id, queries.StaffRole.ADMIN)
    with pytest.raises(staff.NotStaff):
        takes(second, first, "admin")


def test_two_admins_who_take_each_others_role_at_once_leave_one(committed):
    first, second = staff_in("admin"), dot()

    def duel(pair: tuple[User, User]) -> str:
        try:
            takes(*pair, "admin")
        except (staff.LastAdmin, staff.NotStaff) as refused:
            return type(refused).__name__
        return "taken"

    answers = at_once(lambda number: duel([(first, second), (second, first)][number]), workers=2)

    assert answers["taken"] == 1
    assert StaffGrant.objects.filter(role="admin").count() == 1


@pytest.mark.django_db
def test_the_first_of_the_staff_is_an_admin_and_the_next_waits_for_a_role():
    first = operations.enter_staff(email="ann@example.test", name="Ann", roles=(), now=MONDAY)
    second = operations.enter_staff(email="bob@example.test", name="Bob", roles=(), now=MONDAY)
    third = operations.enter_staff(email="cat@example.test", name="Cat", roles=("risk", "finance"), now=MONDAY)

    found = {one: roles_of(User.objects.get(id=one)) for one in (first, second, third)}
    assert found == {first: {"admin"}, second: set(), third: {"risk", "finance"}}
    assert PersonAct.objects.filter(staff=None, deed="granted").count() == 3


@pytest.mark.django_db
def test_who_is_switched_off_is_out_at_once_with_every_token():
    pair = tokens.sign_program_in(user_id=mallory().id, method="test", program="", now=clock.wall())
    page = browser(mallory())

    staff.switch_person(user_id=mallory().id, is_on=False, staff_id=staff_in("support").id, reason=WHY, now=MONDAY)

    assert bearer(token=pair.access_token, now=clock.wall()) is None
    assert page.get(reverse("account")).status_code == 302
    with pytest.raises(tokens.NotRefreshed):
        tokens.refresh(token=pair.refresh_token, now=clock.wall(), told_at=MONDAY)


@pytest.mark.django_db
def test_support_looks_after_people_and_not_after_staff():
    support = staff_in("support")

    staff.sign_person_out(user_id=ben().id, staff_id=support.id, reason=WHY, now=MONDAY)
    with pytest.raises(staff.NotStaff, match="needs the role admin"):
        staff.switch_person(user_id=dot().id, is_on=False, staff_id=support.id, reason=WHY, now=MONDAY)


@pytest.mark.django_db
def test_a_page_says_which_role_is_missing():
    page = browser(staff_in("support")).post(reverse("canary_add"))

    assert page.status_code == 403
    assert "This needs the role risk" in page.content.decode()


def test_the_api_says_which_role_is_missing(committed, site):
    program = Program(site, email=staff_in("risk").email).sign_in()
    status, problem = program.post("/staff/payday/batches/2026-W45/stop", key="stop-it-now", reason="x")

    assert (status, problem["code"]) == (403, "not_staff")
    assert "This needs the role finance" in problem["detail"]


@pytest.mark.django_db
def test_an_operation_asks_for_the_role_whatever_door_was_used():
    with pytest.raises(acts.NotStaff, match="needs the role risk"):
        canaries.retire(canary_id=1, staff_id=staff_in("finance", "admin").id, why="It is gone", now=MONDAY)


def test_an_admin_enters_somebody_by_the_page_and_gives_a_second_role_by_the_api(committed, site):
    form = {"email": "new@example.test", "name": "New", "role": "risk", "reason": WHY, "request_key": "k" * 12}
    assert browser(dot()).post(reverse("staff_employ"), form).status_code == 302
    new = User.objects.get(email="new@example.test")

    program = Program(site, email=dot().email).sign_in()
    path = f"/staff/people/{new.id}/roles/give"
    answers = [program.post(path, key="the-same-key", role="support", reason=WHY) for _ in range(2)]

    assert [status for status, _ in answers] == [200, 200]
    assert answers[1][1]["staff_roles"] == ["risk", "support"]
    assert [act["deed"] for act in answers[1][1]["acts"]] == ["granted", "granted"]


@pytest.mark.django_db
def test_people_are_found_by_address_name_and_number():
    ben()
    page = browser(staff_in("support"))

    for text in ("ben@exam", "Ben", str(ben().id), "BEN@"):
        assert "ben@example.test" in page.get(reverse("staff_people"), {"q": text}).content.decode()
    assert "ben@example.test" not in page.get(reverse("staff_people"), {"q": "en@"}).content.decode()
    assert page.get(reverse("staff_people"), {"q": "\x00"}).status_code == 200
    assert page.get("/api/v1/staff/people", {"q": "9" * 30}).status_code == 200
    assert json.loads(page.get("/api/v1/staff/people", {"q": "Ben"}).content)[0]["name"] == "Ben"
