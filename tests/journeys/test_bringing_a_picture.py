"""A sponsor brings a picture for a campaign: from the browser straight to the storage, looked at, shown to creators."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.conftest import Visitor
from tests.people import PASSWORD, a_campaign
from tests.rooms.files.pictures import picture
from tests.world import SandboxWorld


def test_a_picture_from_the_sponsors_disk_to_the_creators_list(
    world: SandboxWorld, visitor: Callable[[], Visitor], live: Callable[..., None], tmp_path: Path
):
    campaign = a_campaign()
    ada, stranger = visitor(), visitor()
    ada.sign_in("ada@example.test", PASSWORD)

    page = ada.go(f"/sponsor/campaigns/{campaign.id}/cover/")
    ada.keep("cover-empty")
    expect(page.get_by_label("What kind of file is it?")).to_be_hidden()
    bring(ada, tmp_path / "notes.svg", b"<svg/>")
    expect(page.get_by_role("alert")).to_contain_text("We take JPEG, PNG or WebP")
    bring(ada, tmp_path / "small.png", picture(size=(100, 100)))
    expect(page.locator("main")).to_contain_text("Being looked at", timeout=20_000)
    ada.keep("cover-arrived")
    live()
    expect(page.locator("main")).to_contain_text("no side may be shorter than 320 pixels", timeout=20_000)
    ada.keep("cover-refused")

    bring(ada, tmp_path / "shoes.png", picture(size=(1920, 1080)))
    expect(page.locator("main")).to_contain_text("Being looked at", timeout=20_000)
    live()
    expect(page.get_by_role("img", name="The picture of Trail shoes")).to_be_visible(timeout=20_000)
    ada.keep("cover-shown")
    ada.go(f"/sponsor/campaigns/{campaign.id}/")
    ada.keep("cover-campaign")
    listed = stranger.go("/campaigns/").locator("img.cover-offer")
    expect(listed).to_be_visible()
    stranger.keep("cover-listed")

    assert listed.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1600
    ada.go("/inbox/")
    expect(ada.page.locator("main")).to_contain_text("A file of yours was not taken")


def bring(ada: Visitor, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    ada.page.get_by_label("The file").set_input_files(path)
    ada.page.get_by_role("button", name="Send it").click()
