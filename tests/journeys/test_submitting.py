"""Links are checked and submitted on one page, again and again, and what became of them stays to be read."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor
from tests.journeys.test_refused_clip import bens_channel
from tests.people import PASSWORD, a_campaign
from tests.world import SandboxWorld

LONGER_THAN_PROGRESS_WAITS_MS = 1_500
"""The page asks how far a submission is 0.7 seconds after it was sent, also when the answer was faster."""


def test_what_became_of_links_stays_on_the_page_and_more_can_be_sent(
    world: SandboxWorld, visitor: Callable[[], Visitor]
):
    a_campaign()
    account = world.post("/control/audience/accounts", {"platform": "tiktok", "handle": "ben.submits"})
    bens_channel(account)
    clips = [
        world.post("/control/audience/videos", {"platform": "tiktok", "author_id": account["author_id"]})["url"]
        for _ in range(2)
    ]
    bens = visitor()
    bens.sign_in("ben@example.test", PASSWORD)
    page = bens.go("/creator/submit/")
    page.get_by_role("radio").first.check()

    stays(page, "Check first", clips[0], "Fits, as far as we see")
    stays(page, "Submit", clips[0], "Submitted")
    stays(page, "Submit", f"{clips[1]}\n{clips[0]}\nhello", "Already submitted")
    expect(page.locator("#results li")).to_have_count(3)


def stays(page: Page, button: str, links: str, state: str) -> None:
    """Send the links with this button; the state is still there when all that the page does by itself is done."""
    page.get_by_label("Links").fill(links)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#results")).to_contain_text(state)
    page.wait_for_timeout(LONGER_THAN_PROGRESS_WAITS_MS)
    expect(page.locator("#results")).to_contain_text(state)
