"""Somebody doubts a count: the staff finds the clip by its link, reads why it is read when it is, and has it read."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from cliphaven.clips.models import Clip
from cliphaven.tracking.models import TrackedClip
from tests.journeys.conftest import Visitor
from tests.people import PASSWORD, a_campaign, dot
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved
from tests.world import SandboxWorld


def test_a_doubted_count_is_read_again_and_its_call_can_be_looked_at(
    world: SandboxWorld, visitor: Callable[[], Visitor], live: Callable[..., None]
):
    clip = approved(an_account(world), a_campaign())
    dot()
    live()
    first = TrackedClip.objects.get().polls
    dots = visitor()

    dots.sign_in("dot@example.test", PASSWORD)
    page = dots.go("/staff/tracking/")
    expect(page.locator("main")).to_contain_text("of 1 followed clip")
    dots.keep("journey-tracking")
    page.get_by_label("Its number, its video id or its link").fill(Clip.objects.get().canonical_url)
    page.get_by_role("button", name="Find").click()
    page.wait_for_url(re.compile(rf"/staff/tracking/clips/{clip.id}/"))

    page.get_by_role("button", name="Read again").click()
    page.get_by_label("Why").fill("The creator asks")
    page.get_by_role("button", name="Have it read").click()
    expect(page.locator("main")).to_contain_text("It is read within a minute or two.")
    expect(page.locator("main")).to_contain_text("Somebody waits for what it shows")
    dots.keep("journey-read-again")
    live(hours=0.1, step=0.1)

    assert TrackedClip.objects.get().polls == first + 1
    page = dots.go("/staff/tracking/calls/?state=answered")
    page.locator("td.cell-lead a").first.click()
    page.wait_for_url(re.compile(r"/staff/tracking/calls/\d+/"))
    expect(page.locator("main")).to_contain_text("SHA-256 of the answer")
    with page.expect_download() as kept:
        page.get_by_role("link", name="The answer as it came").click()
    assert kept.value.suggested_filename.endswith(".json")
