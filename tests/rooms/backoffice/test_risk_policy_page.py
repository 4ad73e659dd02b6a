"""How doubt works, for the staff: the scorecard of signals, the policy that is tried before it is saved, the API."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cliphaven.earnings.operations import suspecting
from cliphaven.foundation import clock
from cliphaven.fraud.models import ClipRisk, Policy, RiskCase
from cliphaven.fraud.operations import cases
from cliphaven.fraud.queries.policies import in_force
from tests.people import MONDAY
from tests.rooms.backoffice.risk_desk import client, sent, shown, text_of
from tests.rooms.fraud.doubts import BOUGHT, CALM, NET_OF_BOUGHT, a_clip, a_policy, live

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_the_scorecard_says_what_is_not_measured_and_adds_up_the_money(case):
    page = shown("staff_risk_scorecard")
    assert "A burst and nothing after it Live burst 1 1 open not measured not measured not measured $36.45" in page

    sent("risk_void", case.id)
    cases.end_due(now=clock.now() + 8 * DAY)
    suspecting.settle_cases(now=clock.now() + 8 * DAY)

    page = shown("staff_risk_scorecard")
    # One of one: Wilson says between 21 and 100 of a hundred, which is below a bar of 60.
    assert "1 1 0 100 % 21 % to 100 % Below the bar $36.45 $0.00 $36.45" in page


def test_the_sample_is_explained_and_not_measured_while_nobody_decided(at):
    a_policy(bypass_basis_points=200)
    clip = a_clip()
    at(MONDAY)
    assert "None of them was doubted yet: not measured" in shown("staff_risk_scorecard")
    ClipRisk.objects.create(clip=clip, is_bypassed=True)
    at(live(clip, CALM + BOUGHT))

    assert "1 clip of the sample was doubted, and nobody has decided it yet" in shown("staff_risk_scorecard")

    sent("risk_void", RiskCase.objects.get().id)
    assert "people found 1 of 1 doubted clips to be bought" in shown("staff_risk_scorecard")


def policy_fields(**changes: object) -> dict[str, object]:
    """What the form of the policy says, as a browser would send it."""
    page = client().get(reverse("staff_risk_policy"))
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields}
    fields = {name: value for name, value in typed.items() if value is not None and value is not False}
    return {**fields, **changes}


def tried(fields: dict[str, object], *, step: str = "try"):
    answer = client().post(reverse("staff_risk_policy"), {**fields, "step": step})
    return answer, text_of(answer)


def test_a_policy_is_tried_then_saved_with_a_reason_and_what_it_was_said_to_do(case):
    fields = policy_fields(mode_burst="shadow")

    answer, page = tried(fields)
    assert answer.status_code == 200
    assert "No longer held 1 clip 1 creator $40.50" in page
    assert Policy.objects.count() == 1

    fields["previewed"] = answer.context["previewed"]
    answer, page = tried(fields, step="save")
    assert "Say why: others will read it." in page

    answer, _ = tried({**fields, "reason": "Too many."}, step="save")
    assert answer.status_code == 302
    assert in_force().modes.live == frozenset()
    page = shown("staff_risk_policy")
    for said in ("Too many.", "burst: live → shadow", "1 no longer, of 1 clips", "Dot"):
        assert said in page


def test_what_was_not_tried_is_not_saved(case):
    fields = policy_fields(mode_burst="shadow", reason="Too many.")

    answer, page = tried(fields, step="save")

    assert (answer.status_code, Policy.objects.count()) == (422, 1)
    assert "look at what it would do now" in page


def test_a_signal_below_the_bar_goes_live_only_when_somebody_says_so_and_that_stays(case):
    fields = policy_fields(mode_purge="live", reason="We know purges.")
    answer, _ = tried(fields)
    fields["previewed"] = answer.context["previewed"]

    answer, page = tried(fields, step="save")
    assert (answer.status_code, Policy.objects.count()) == (422, 1)
    assert "purge has not cleared the bar of 60 %: none of its cases is decided" in page

    answer, _ = tried({**fields, "despite_purge": "on"}, step="save")
    assert answer.status_code == 302
    assert "purge is live below the bar: none of its cases is decided" in shown("staff_risk_policy")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hold_from": "2", "release_below": "3"}, "Doubt ends at or below where it begins."),
        ({"hold_days": "0"}, "greater than or equal to 1"),
        ({"review_USD": "ten"}, "Write the amount in USD"),
        ({"mode_burst": "loud"}, "not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_said_beside_it(case, change, said):
    answer, page = tried(policy_fields(**change))

    assert answer.status_code == 422
    assert said in page


def test_somebody_else_who_was_faster_is_noticed(case):
    fields = policy_fields(mode_burst="shadow", reason="Too many.")
    answer, _ = tried(fields)
    fields["previewed"] = answer.context["previewed"]
    a_policy(modes={}, at=clock.now())

    answer, page = tried(fields, step="save")

    assert answer.status_code == 422
    assert "look" in page
    assert Policy.objects.count() == 2


def asked(name: str, *args: int, **query: object):
    answer = client().get(reverse(f"api:{name}", args=args), query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_api_tells_the_same_as_the_queue(case):
    told = asked("api_risk_queue", band="hold", platform="tiktok", signal="burst", campaign=case.clip.campaign_id)

    [one] = told["cases"]
    assert (one["case"], one["standing"], one["held"]) == (case.id, "hold", {"amount": 36_45, "currency": "USD"})
    assert (told["counts"]["hold"], told["in_all"], told["next_after"]) == (1, 1, "")
    assert asked("api_risk_queue", state="over")["cases"] == []


def test_the_api_tells_the_same_as_a_case_the_scorecard_and_the_policy(case):
    evidence = asked("api_risk_evidence", case.id)
    assert (evidence["held"]["amount"], evidence["would_take"]["amount"]) == (NET_OF_BOUGHT, NET_OF_BOUGHT)
    assert sum(entry["net"]["amount"] for entry in evidence["entries"]) == NET_OF_BOUGHT

    [burst, *_] = asked("api_risk_signals")["signals"]
    assert (burst["signal"], burst["precision"]) == ("burst", None)
    assert [one["held"]["amount"] for one in burst["money"]] == [NET_OF_BOUGHT]

    latest, first = asked("api_risk_history")["versions"]
    assert (latest["number"], first["number"]) == (Policy.objects.get().id, 0)
    assert latest["changes"][0] == "burst: shadow → live"
