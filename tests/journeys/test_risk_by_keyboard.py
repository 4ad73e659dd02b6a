"""One of the staff works the queue of doubts by keyboard alone: walks to a case, opens it, gets help, releases it."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from cliphaven.earnings.operations import suspecting
from cliphaven.fraud.models import RiskCase
from tests.journeys.conftest import Visitor
from tests.people import PASSWORD, ben, dot
from tests.rooms.earnings.earners import a_plain_campaign, money_of
from tests.rooms.fraud.doubts import BOUGHT, CALM, a_clip, a_policy, live
from tests.world import SandboxWorld


def test_a_case_is_found_read_and_released_without_a_mouse(world: SandboxWorld, visitor: Callable[[], Visitor]):
    ben(), dot()
    a_policy()
    campaign = a_plain_campaign()
    for bought in (BOUGHT, tuple(2 * views for views in BOUGHT)):
        now = live(a_clip(campaign), CALM + bought)
    small, large = RiskCase.objects.order_by("id")
    world.post("/control/clock", {"set": now.isoformat()})
    dots = visitor()
    dots.sign_in("dot@example.test", PASSWORD)

    page = dots.go("/staff/risk/")
    dots.keep("journey-risk")
    rows = page.locator("[data-key-row]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    # The one with twice the views stands at the top, the other below it.
    page.wait_for_url(re.compile(rf"/staff/risk/cases/{small.id}/"))

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="By keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Release it?")
    expect(dialog).to_be_visible()
    dots.keep("journey-risk-release")
    # In a field letters are letters.
    page.keyboard.type("A newspaper wrote about it. Very true.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Released. What is held goes back within a minute")
    suspecting.settle_cases(now=now)

    assert {case.id: case.state for case in RiskCase.objects.all()} == {small.id: "released", large.id: "open"}
    assert RiskCase.objects.get(id=small.id).decision_note == "A newspaper wrote about it. Very true."
    # Twice 5,050 views less the thousand before the onset, at a cent each, less the fee of 10 %.
    assert money_of()["held"] == 9_100 - 910

    page.keyboard.press("j")
    page.wait_for_url(re.compile(rf"/staff/risk/cases/{large.id}/"))
    page.keyboard.press("?")
    page.get_by_role("button", name="Turn these keys off").click()
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    expect(page.get_by_role("dialog", name="Decide against the clip?")).to_be_hidden()
