"""The API says what the pages say, does what they do, and tells every no as a problem."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cliphaven.config.commands.api import document
from cliphaven.identity.models import User
from cliphaven.payouts.models import Act, Batch, BatchState, PayoutPause, StaffAct, Transfer, TransferReversal
from cliphaven.payouts.operations import batches
from tests.people import a_user, ben, dot, mallory
from tests.rooms.payouts.conftest import CLOSED_BANK, Payday, net
from tests.rooms.payouts.test_reversals import hint, reverse_at_stripe

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
STAFF = "/api/v1/staff/payday"


class Caller:
    """Somebody's program, with the cookie of their session."""

    def __init__(self, user: User | None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(path)
        return answer.status_code, answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "key-of-a-request") -> tuple[int, Any]:
        answer = self.client.post(
            path, json.dumps(body or {}), content_type="application/json", headers={"Idempotency-Key": key}
        )
        return answer.status_code, answer.json()


def large_batch(payday: Payday, settings: Any) -> Batch:
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    return payday.planned_transfer().batch


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def test_the_document_that_is_kept_is_what_the_api_is_now():
    assert DOCUMENT.read_text() == document(), "run: .venv/bin/cliphaven openapi > docs/openapi.json"


def test_the_document_is_served():
    status, served = Caller(None).get("/api/v1/openapi.json")

    assert (status, served["info"]["title"], served["openapi"][:2]) == (200, "ClipHaven", "3.")


def test_every_address_that_is_not_for_everybody_says_how_it_is_refused():
    paths = json.loads(document())["paths"]
    silent = [
        path
        for path, methods in paths.items()
        for method in methods.values()
        if "security" in method and not {"401", "403", "404", "422"} <= set(method["responses"])
    ]
    open_to_all = [path for path, methods in paths.items() for method in methods.values() if "security" not in method]

    assert (silent, len(paths) >= 20) == ([], True)
    ways_in = ["link", "link/confirm", "password", "refresh", "revoke", "second-factor"]
    assert open_to_all == [*(f"/api/v1/auth/{way}" for way in ways_in), "/api/v1/fairness"]


def test_a_creator_reads_their_balance_as_the_page_shows_it(payday: Payday):
    payday.owe(payday.creator(), 20_00)

    status, [balance] = Caller(ben()).get("/api/v1/balance")

    assert (status, balance["payable"], balance["owed"]) == (200, usd(net(20_00)), usd(net(20_00)))
    assert balance["next_payday"]["amount"] == usd(net(20_00))


def test_amounts_are_whole_numbers_with_a_currency_and_nothing_else(payday: Payday):
    payday.owe(payday.creator(), 20_01)
    raw = Caller(ben()).client.get("/api/v1/balance").content.decode()

    def amounts(value: Any) -> list[Any]:
        if isinstance(value, dict):
            own = [value["amount"]] if isinstance(value.get("amount"), int) else []
            return own + [found for inner in value.values() for found in amounts(inner)]
        return [found for inner in value for found in amounts(inner)] if isinstance(value, list) else []

    found = json.loads(raw, parse_float=lambda text: pytest.fail(f"{text} is not a whole number"))
    assert net(20_01) in amounts(found)


def test_nobody_elses_payout_is_there(payday: Payday):
    transfer = payday.planned_transfer()
    path = f"/api/v1/payouts/{transfer.batch_id}-USD"

    assert Caller(ben()).get(path)[0] == 200
    assert Caller(mallory()).get(path) == (404, problem(404, "not_found", "There is nothing here for you."))


def problem(status: int, code: str, detail: str) -> dict[str, Any]:
    titles = {401: "Unauthorized", 404: "Not Found", 409: "Conflict"}
    return {"type": "about:blank", "title": titles[status], "status": status, "detail": detail, "code": code}


def test_a_payout_tells_its_way_with_reasons(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    payday.advance(days=2)
    payday.settle(payout)
    payday.advance(days=1)
    payday.settle(payout)

    status, found = Caller(ben()).get(f"/api/v1/payouts/{payout.batch_id}-USD")

    assert (status, found["amount"], found["state"]) == (200, usd(net(20_00)), "returned")
    assert [step["title"] for step in found["timeline"]][-1] == "Sent back by the bank"
    assert found["timeline"][-1]["sentence"] == "Your bank says the account is closed. Add another bank account."


def test_payouts_come_page_by_page(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cliphaven.payouts.queries.history.BATCHES_SHOWN", 1)
    payday.owe(payday.creator(), 20_00)
    payday.plan()
    payday.advance(days=7)
    payday.owe(ben(), 30_00)
    payday.plan()

    _, first = Caller(ben()).get("/api/v1/payouts")
    _, second = Caller(ben()).get(f"/api/v1/payouts?before={first['next_before']}")

    amounts = [payout["amount"] for page in (first, second) for payout in page["payouts"]]
    assert (amounts, second["next_before"]) == ([usd(net(30_00)), usd(net(20_00))], None)


def test_strangers_are_told_to_sign_in():
    answer = Client().get("/api/v1/balance")

    assert (answer.status_code, answer.json()) == (401, problem(401, "not_signed_in", "Sign in first."))
    assert answer["Content-Type"] == "application/problem+json"


def test_what_changes_something_needs_the_csrf_header(payday: Payday, settings: Any):
    batch = large_batch(payday, settings)
    client = Client(enforce_csrf_checks=True)
    client.force_login(dot())
    path, headers = f"{STAFF}/batches/{batch.iso_week}/release", {"Idempotency-Key": "key-of-a-request"}

    refused = client.post(path, content_type="application/json", headers=headers)
    assert (refused.status_code, refused.json()["code"], StaffAct.objects.count()) == (403, "csrf", 0)
    client.get("/staff/payday/")
    token = client.cookies["csrftoken"].value
    done = client.post(path, content_type="application/json", headers={**headers, "X-CSRFToken": token})

    assert (done.status_code, StaffAct.objects.count()) == (200, 1)


def test_two_people_release_by_the_api(payday: Payday, settings: Any):
    batch = large_batch(payday, settings)
    path = f"{STAFF}/batches/{batch.iso_week}/release"

    assert Caller(dot()).post(path)[0] == 200
    assert Caller(a_user("Eli", is_staff=True)).post(path)[0] == 200
    batch.refresh_from_db()
    assert batch.state == BatchState.PLANNED


def test_a_request_that_is_sent_again_is_done_once(payday: Payday, settings: Any):
    batch = large_batch(payday, settings)
    path, caller = f"{STAFF}/batches/{batch.iso_week}/release", Caller(dot())

    assert caller.post(path, key="the-same-key") == caller.post(path, key="the-same-key")
    assert caller.post(path, key="another-key") == (
        409,
        problem(409, "released_before", "You have released this batch already. Somebody else has to, too."),
    )
    assert StaffAct.objects.filter(act=Act.RELEASED).count() == 1


def test_one_key_is_not_good_for_two_things(payday: Payday, settings: Any):
    week, caller = large_batch(payday, settings).iso_week, Caller(dot())
    caller.post(f"{STAFF}/batches/{week}/release", key="the-same-key")

    status, told = caller.post(f"{STAFF}/batches/{week}/send-back", {"reason": "No"}, key="the-same-key")

    assert (status, told["code"]) == (422, "idempotency_key_used")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with a space in it", "\u00e9" * 8])
def test_a_key_that_is_none_is_not_taken(payday: Payday, settings: Any, key: str):
    week = large_batch(payday, settings).iso_week

    assert Caller(dot()).post(f"{STAFF}/batches/{week}/release", key=key)[0] == 422
    assert StaffAct.objects.count() == 0


def test_sent_back_and_planned_again_by_the_api(payday: Payday, settings: Any):
    week, caller = large_batch(payday, settings).iso_week, Caller(dot())

    assert caller.post(f"{STAFF}/batches/{week}/send-back", {"reason": "Look again"}, key="first-key")[0] == 200
    assert caller.post(f"{STAFF}/batches/{week}/plan-again", key="second-key")[0] == 200
    batches.plan_weekly_batch(now=payday.now)
    assert [batch.state for batch in Batch.objects.order_by("id")] == ["sent_back", "awaiting_release"]


def test_stopped_and_let_go_on_by_the_api(payday: Payday):
    week, caller = payday.planned_transfer().batch.iso_week, Caller(dot())

    assert caller.post(f"{STAFF}/batches/{week}/stop", {"reason": "Wait"}, key="first-key")[0] == 200
    assert caller.get(f"{STAFF}/batches/{week}")[1]["batch"]["state"] == "stopped"
    assert caller.post(f"{STAFF}/batches/{week}/resume", key="second-key")[0] == 200


def test_paused_and_let_go_on_by_the_api(payday: Payday):
    caller, base = Caller(dot()), f"{STAFF}/creators/{ben().id}"
    order = {"reason": "identity", "note": "Two names"}

    assert caller.post(f"{base}/pause", order, key="first-key")[0] == 200
    assert PayoutPause.objects.filter(resumed_at=None).count() == 1
    assert caller.post(f"{base}/resume", key="second-key")[0] == 200
    assert PayoutPause.objects.filter(resumed_at=None).count() == 0


@pytest.mark.parametrize(
    "body", [{}, {"reason": "because"}, {"reason": "identity", "note": ""}, {"reason": "identity", "note": "x" * 301}]
)
def test_a_pause_without_a_proper_reason_is_not_taken(payday: Payday, body: dict[str, str]):
    status, told = Caller(dot()).post(f"{STAFF}/creators/{ben().id}/pause", body)

    assert (status, told["code"], PayoutPause.objects.count()) == (422, "not_valid", 0)


def test_nobody_to_pause_is_not_found(payday: Payday):
    order = {"reason": "identity", "note": "Why"}

    assert Caller(dot()).post(f"{STAFF}/creators/999999/pause", order)[0] == 404


def test_the_staff_reads_the_rehearsal_the_runs_and_their_items(payday: Payday):
    transfer = payday.planned_transfer()
    week, caller = transfer.batch.iso_week, Caller(dot())

    _, rehearsal = caller.get(f"{STAFF}/rehearsal")
    assert rehearsal["compared_with"] == week
    _, runs = caller.get(f"{STAFF}/batches")
    assert runs["batches"][0]["sums"][0]["planned"] == usd(net(20_00))
    _, items = caller.get(f"{STAFF}/batches/{week}/transfers?state=reserved")
    assert [item["name"] for item in items["items"]] == [f"transfer:{transfer.id}"]
    assert caller.get(f"{STAFF}/batches/{week}/payouts")[1]["items"] == []
    _, proof = caller.get(f"{STAFF}/batches/{week}/proof")
    assert (proof["week"], proof["holds"], proof["is_whole"]) == (week, True, False)  # nothing of it is sent yet


def test_alarms_are_there_for_programs(payday: Payday, settings: Any):
    large_batch(payday, settings)
    payday.advance(hours=3)

    _, [alarm] = Caller(dot()).get(f"{STAFF}/alarms")

    assert alarm["title"].endswith("still waits to be released")


def test_a_week_that_was_never_planned_is_not_found(payday: Payday):
    caller = Caller(dot())
    missing = [f"{STAFF}/batches/2026-W01{tail}" for tail in ("", "/transfers", "/payouts", "/proof")]

    assert [caller.get(path)[0] for path in missing] == [404] * 4
    assert caller.post(f"{STAFF}/batches/2026-W01/release")[0] == 404


def test_a_transfer_is_taken_back_by_the_api_once(payday: Payday):
    payday.waiting_payout()
    transfer, caller = Transfer.objects.get(), Caller(dot())
    path = f"{STAFF}/transfers/{transfer.id}/take-back"

    for _ in range(2):
        assert caller.post(path, {"reason": "The account is closed"}, key="the-same-key")[0] == 200
    status, told = caller.post(path, {"reason": "Once more"}, key="another-key")

    assert (status, told["code"]) == (409, "not_reversible")
    assert [reversal.amount_minor for reversal in TransferReversal.objects.all()] == [net(20_00)]


def in_part(payday: Payday) -> TransferReversal:
    """Somebody took a part of a sent transfer back at Stripe, and that waits for a person."""
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer, 5_00)
    hint(payday, transfer)
    return TransferReversal.objects.get(state="needs_review")


def test_a_reversal_in_review_is_looked_up_again_by_the_api(payday: Payday):
    reversal, caller = in_part(payday), Caller(dot())
    path = f"{STAFF}/reversals/{reversal.id}/look-again"

    assert caller.post(path)[0] == 200
    assert caller.post(path)[1]["code"] == "not_in_review"


def test_what_was_not_sent_again_is_not_settled_by_the_api(payday: Payday):
    reversal = in_part(payday)

    status, told = Caller(dot()).post(f"{STAFF}/reversals/{reversal.id}/settle", {"reason": "Sent again"})

    assert (status, told["code"], StaffAct.objects.count()) == (409, "not_sent_again", 0)


def test_stripe_not_answering_is_said_as_such(payday: Payday, settings: Any):
    reversal = in_part(payday)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    status, told = Caller(dot()).post(f"{STAFF}/reversals/{reversal.id}/settle", {"reason": "Sent again"})

    assert (status, told["code"], StaffAct.objects.count()) == (503, "provider_failed", 0)


def test_what_breaks_says_nothing_of_itself(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    def broken(**_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("cliphaven.payouts.queries.money_places", broken)
    status, told = Caller(ben()).get("/api/v1/balance")

    assert (status, told["code"], "a secret" in str(told)) == (500, "broken", False)
