"""Every address of the staff × every role: one table of what needs which, and an order without a role fails."""

import pytest
from django.test import Client

from tests.people import staff_in
from tests.security.test_route_matrix import FORMS, ROUTES
from tests.security.visitors import House

pytestmark = pytest.mark.django_db

ROLES = ("support", "risk", "finance", "admin")
RISK, FINANCE, ADMIN = ("risk",), ("finance",), ("admin",)
PAUSES, PEOPLE = ("risk", "finance"), ("support", "admin")

# What changes something, by page and by the API. Looking is for every role.
ORDERS = {
    "staff_employ": ADMIN,
    "role_grant": ADMIN,
    "role_withdraw": ADMIN,
    "person_sign_out": PEOPLE,
    "person_switch": PEOPLE,
    "risk_release": RISK,
    "risk_void": RISK,
    "risk_extend": RISK,
    "risk_ask": RISK,
    "risk_note": RISK,
    "risk_appeal_answer": RISK,
    "staff_risk_policy": ADMIN,
    "money_in_letters": FINANCE,
    "money_in_lift": FINANCE,
    "money_in_look_again": FINANCE,
    "money_in_settle": FINANCE,
    "staff_reconciliation_run": FINANCE,
    "staff_corrections": FINANCE,
    "correction_book": FINANCE,
    "correction_decline": FINANCE,
    "correction_reverse": FINANCE,
    "entry_reverse": FINANCE,
    "call_clear": RISK,
    "canary_add": RISK,
    "canary_retire": RISK,
    "clip_read_again": RISK,
    "campaign_read_again": RISK,
    "staff_clip_hold": RISK,
    "staff_clip_reversal": RISK,
    "staff_clip_release": RISK,
    "staff_clip_extend": RISK,
    "creator_payouts_pause": PAUSES,
    "creator_payouts_resume": PAUSES,
    "creator_hold_lift": FINANCE,
    "batch_release": FINANCE,
    "batch_send_back": FINANCE,
    "batch_plan_again": FINANCE,
    "batch_stop": FINANCE,
    "batch_resume": FINANCE,
    "look_again": FINANCE,
    "transfer_take_back": FINANCE,
    "reversal_look_again": FINANCE,
    "reversal_settle": FINANCE,
    "api:api_employ": ADMIN,
    "api:api_role_grant": ADMIN,
    "api:api_role_withdraw": ADMIN,
    "api:api_person_sign_out": PEOPLE,
    "api:api_person_switch": PEOPLE,
    "api:api_hold": RISK,
    "api:api_release_holds": RISK,
    "api:api_extend_holds": RISK,
    "api:api_reverse": RISK,
    "api:api_release": FINANCE,
    "api:api_send_back": FINANCE,
    "api:api_plan_again": FINANCE,
    "api:api_stop": FINANCE,
    "api:api_resume": FINANCE,
    "api:api_take_back": FINANCE,
    "api:api_look_again": FINANCE,
    "api:api_settle": FINANCE,
    "api:api_pause": PAUSES,
    "api:api_unpause": PAUSES,
    "api:api_hold_lift": FINANCE,
    "api:api_read_clip": RISK,
    "api:api_read_all": RISK,
    "api:api_canary_add": RISK,
    "api:api_retire": RISK,
    "api:api_clear_call": RISK,
    "api:api_risk_release": RISK,
    "api:api_risk_against": RISK,
    "api:api_risk_extend": RISK,
    "api:api_risk_note": RISK,
    "api:api_risk_ask": RISK,
    "api:api_appeal_answer": RISK,
    "api:api_risk_policy_preview": ROLES,  # only reckons
    "api:api_risk_policy_save": ADMIN,
}


def staff_routes(house: House) -> list[str]:
    return [name for name in ROUTES if house.address(name).startswith(("/staff/", "/api/v1/staff/"))]


def knock(house: House, name: str, *roles: str, method: str) -> int:
    client = Client(raise_request_exception=False)
    client.force_login(staff_in(*roles))
    kind = {"content_type": "application/json"} if name.startswith("api:") and method == "POST" else {}
    return int(getattr(client, method.lower())(house.address(name), FORMS.get(name, {}), **kind).status_code)


def test_every_order_of_the_staff_has_a_row_and_nothing_else_has(house):
    both = {"staff_risk_policy", "staff_corrections", "staff_clip_hold", "staff_clip_reversal"}

    assert {name for name in staff_routes(house) if ROUTES[name].is_post_only} | both == set(ORDERS)


@pytest.mark.parametrize("role", ROLES)
def test_an_order_is_for_the_roles_of_the_table(role, house):
    others = [name for name, roles in ORDERS.items() if role not in roles]
    mine = [name for name, roles in ORDERS.items() if role in roles]

    assert {knock(house, name, role, method="POST") for name in others} == {403}
    assert 403 not in {knock(house, name, role, method="POST") for name in mine}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_look_at_everything(role, house):
    looks = [name for name in staff_routes(house) if not ROUTES[name].is_post_only]
    answers = {name: knock(house, name, role, method="GET") for name in looks}

    assert answers == {name: ROUTES[name].statuses[3] for name in looks}


def test_staff_without_a_role_see_nothing(house):
    answers = {name: knock(house, name, method=ROUTES[name].method) for name in staff_routes(house)}

    assert set(answers.values()) == {403}
