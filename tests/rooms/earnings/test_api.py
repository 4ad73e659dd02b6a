"""The staff's programs see and do what its pages do about held and doubtful earnings."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cliphaven.earnings.models import EarningAct, Hold
from tests.people import dot
from tests.rooms.earnings.earners import LATER, broken, earned, money_of
from tests.rooms.earnings.test_staff_pages import a_clip_with_two_entries, a_paid_entry, hold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later")]

STAFF = "/api/v1/staff/earnings"
UNTIL = (LATER + timedelta(days=14)).isoformat()


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def get(path: str) -> tuple[int, Any]:
    client = Client()
    client.force_login(dot())
    answer = client.get(f"{STAFF}{path}")
    return answer.status_code, answer.json()


def post(path: str, body: dict[str, Any], *, key: str = "key-of-a-request") -> tuple[int, Any]:
    client = Client()
    client.force_login(dot())
    answer = client.post(
        f"{STAFF}{path}", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
    )
    return answer.status_code, answer.json()


def test_what_is_held_is_listed():
    accrual = earned(1_000, at=LATER)
    held = hold(accrual)

    status, page = get("/holds")

    [case] = page["held"]
    assert (status, page["next_after"]) == (200, "")
    assert (case["clip_id"], case["holds"], case["entries"], case["amount"]) == (
        accrual.clip_id,
        [held.id],
        [accrual.id],
        usd(900),
    )
    assert (case["reason"], case["views_counted"], case["views_standing"]) == ("suspicious_views", 1_000, 1_000)


def test_a_clips_money_names_readings_and_entries_of_the_books():
    first, second = a_clip_with_two_entries()

    status, money = get(f"/clips/{first.clip_id}")

    newest, oldest = money["entries"]
    assert (status, money["counting"], money["next_before"]) == (200, usd(2_700), None)
    assert newest["from_reading"]["observation_id"] == first.to_observation_id
    assert newest["in_the_books"] == [{"kind": "accrual", "external_id": second.name}]
    assert (oldest["number"], oldest["net"], oldest["left"], oldest["stage"]) == (1, usd(900), usd(900), "clearing")
    assert get("/clips/987654")[0] == 404


def test_entries_are_held_kept_longer_and_let_go():
    first, second = a_clip_with_two_entries()
    order = {"entries": [first.id, second.id], "reason": "disputed", "note": "Somebody wrote.", "until": UNTIL}
    clip = f"/clips/{first.clip_id}"

    assert post(f"{clip}/hold", order) == (200, {"amount": usd(2_700)})
    assert post(f"{clip}/hold", order) == (200, {"amount": usd(2_700)})  # the same request once more
    holds = list(Hold.objects.values_list("id", flat=True))
    longer = {"holds": holds, "note": "Slow.", "until": (LATER + timedelta(days=20)).isoformat()}
    assert post(f"{clip}/extend", longer, key="another-request") == (200, {"amount": usd(2_700)})
    done = post(f"{clip}/release", {"holds": holds, "note": "Fine."}, key="the-last-request")
    assert done == (200, {"amount": usd(2_700)})
    assert list(EarningAct.objects.order_by("id").values_list("deed", flat=True)) == ["held", "extended", "released"]
    assert money_of() == {"clearing": 2_700}


def test_a_preview_is_sent_along_and_then_done():
    accrual = a_paid_entry()
    clip = f"/clips/{accrual.clip_id}"
    status, preview = get(f"{clip}/reversal?entries={accrual.id}")
    assert (status, preview["comes_to"]) == (200, {"voided": 0, "clawed_back": 900, "owed": 900})
    assert (preview["returned_to"], preview["returned"], preview["paid_entries"]) == ("campaign", usd(1_000), 1)
    order = {
        "entries": preview["entries"],
        "reason": "bought_views",
        "note": "They came from one place.",
        "expected": preview["comes_to"],
    }

    status, problem = post(f"{clip}/reverse", order)
    assert (status, problem["code"]) == (409, "paid_already")
    stale = {**order, "claw_back": True, "expected": {"voided": 900, "clawed_back": 0, "owed": 0}}
    assert post(f"{clip}/reverse", stale)[1]["code"] == "preview_out_of_date"
    assert post(f"{clip}/reverse", {**order, "claw_back": True}) == (200, preview["comes_to"])
    assert money_of() == {"reserved": 900, "owed": 900}
    assert get(f"{clip}/reversal")[0] == 404  # nothing is left to reverse
    assert broken() == {}


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("hold", {"entries": [], "reason": "disputed", "note": "x", "until": UNTIL}),
        ("hold", {"entries": [1], "reason": "because", "note": "x", "until": UNTIL}),
        ("hold", {"entries": [1], "reason": "disputed", "note": "x", "until": "2026-11-20T00:00:00"}),
        ("release", {"holds": [2**63], "note": "x"}),
        ("reverse", {"entries": [1], "reason": "bought_views", "note": ""}),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(act, body):
    accrual = earned(1_000, at=LATER)

    assert post(f"/clips/{accrual.clip_id}/{act}", body)[0] == 422
