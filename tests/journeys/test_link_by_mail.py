"""Somebody comes in by a mailed link, in a browser that says where each form comes from."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.conftest import Visitor
from tests.people import ben
from tests.world import SandboxWorld


def test_a_mailed_link_lets_its_reader_in(
    world: SandboxWorld, visitor: Callable[[], Visitor], live: Callable[..., None]
):
    ben()
    bens = visitor()

    page = bens.go("/sign-in/")
    page.get_by_label("E-mail address").first.fill("ben@example.test")
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.locator("main")).to_contain_text("Check your mail")
    live()
    mails = world.http.get("/resend/outbox.json", params={"to": "ben@example.test"}).text
    [path] = set(re.findall(r"/sign-in/link/[\w-]+/", mails))
    page = bens.go(path)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(re.compile(r"/creator/"))
    expect(page.locator("main")).to_contain_text("Submit")
