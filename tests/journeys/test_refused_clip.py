"""A refused clip: the sponsor must give a reason, the creator reads it, fixes the clip and sends it again."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.conftest import Visitor
from tests.people import PASSWORD, a_campaign, a_channel, ben
from tests.world import SandboxWorld


def test_a_refused_clip_comes_back_mended(
    world: SandboxWorld, visitor: Callable[[], Visitor], live: Callable[..., None]
):
    a_campaign(budget_minor=50_000)
    account = world.post("/control/audience/accounts", {"platform": "tiktok", "handle": "ben.again"})
    bens_channel(account)
    video = world.post("/control/audience/videos", {"platform": "tiktok", "author_id": account["author_id"]})
    ada, bens = visitor(), visitor()

    bens.sign_in("ben@example.test", PASSWORD)
    page = bens.go("/creator/submit/")
    page.get_by_label("Links").fill(video["url"])
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#results")).to_contain_text("@ben.again")
    live()

    ada.sign_in("ada@example.test", PASSWORD)
    refuse(ada, note="The sole is never seen: show it for two seconds.")
    live()

    page = bens.go("/creator/")
    expect(page.get_by_text("Rejected").first).to_be_visible()
    page.locator("a.clip-name").first.click()
    page.wait_for_url(re.compile(r"/clips/\d+/"))
    bens.keep("journey-refused-clip")
    expect(page.locator("main")).to_contain_text("It does not follow the brief")
    expect(page.locator("main")).to_contain_text("show it for two seconds")
    mails = world.http.get("/resend/outbox.json", params={"to": "ben@example.test"}).text
    assert "show it for two seconds" in mails

    page.get_by_label("What did you change?").fill("I cut it anew: the sole is there from second three.")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Waiting for review").first).to_be_visible()

    page = ada.go("/sponsor/review/")
    expect(page.locator("main")).to_contain_text("I cut it anew")
    page.get_by_role("button", name="Approve").first.click()
    page.wait_for_load_state("networkidle")
    page = bens.go("/creator/")
    expect(page.get_by_text("Approved").first).to_be_visible()


def bens_channel(account: dict[str, str]) -> None:
    """Ben proved this channel some time ago."""
    channel = a_channel(ben())
    channel.handle, channel.author_id = account["handle"], account["author_id"]
    channel.save()


def refuse(ada: Visitor, *, note: str) -> None:
    """Refuse the first waiting clip; without a rule and a note the browser does not even send it."""
    page = ada.go("/sponsor/review/")
    page.get_by_text("Refuse, with a reason").first.click()
    form = page.locator("form[action*='/reject/']").first
    form.get_by_role("button", name="Refuse this clip").click()
    expect(page.get_by_text("Refuse, with a reason").first).to_be_visible()
    form.get_by_label("Rule it breaks").select_option("off_brief")
    form.get_by_label("Then").select_option("rejected")
    form.get_by_label("What exactly is wrong").fill(note)
    ada.keep("journey-refusing")
    form.get_by_role("button", name="Refuse this clip").click()
    expect(page.get_by_text("Rejected").first).to_be_visible()
