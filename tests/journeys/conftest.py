"""A real browser, and a way to let the product's time pass with everything that happens in it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from cliphaven.config import schedule
from screens import faces
from tests import machine
from tests.world import SandboxWorld


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as found on the machine; a run on a machine without one is skipped loudly, and fails in CI."""
    program = machine.find(machine.BROWSER)
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"Chromium is missing: {machine.BROWSER.by_hand}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(machine.BROWSER_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def sandbox_process(tmp_path: Path, site_port: int) -> Iterator[SandboxWorld]:
    """A world of the journey's own: its Stripe holds nobody else's money, so that it can be read against the books."""
    with SandboxWorld(tmp_path, site_port=site_port) as world:
        yield world


class Visitor:
    """One person's browser on the site, with everything the console complained about."""

    def __init__(self, browser: Browser, site: str) -> None:
        """A fresh browser profile: no cookies of anybody else."""
        self.site = site
        self.complaints: list[str] = []
        self.page: Page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.site + path)
        return self.page

    def sign_in(self, email: str, password: str) -> Page:
        """Through the door, by password."""
        faces.sign_in(self.page, site=self.site, key=faces.Key(email=email, password=password))
        return self.page

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    def keep(self, name: str) -> None:
        """Keep a picture where CLIPHAVEN_SCREENS names a folder."""
        folder = os.environ.get("CLIPHAVEN_SCREENS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture
def visitor(browser: Browser, site: str) -> Iterator[Callable[[], Visitor]]:
    """Call it for a person's browser; at the end of the test no console may have complained."""
    visitors: list[Visitor] = []

    def arrive() -> Visitor:
        visitors.append(Visitor(browser, site))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def live(world: SandboxWorld, run_jobs: Callable[[], None]) -> Callable[..., None]:
    """`live(hours=30, step=6)`: let time pass, with the schedule, the jobs and the vendors' news at every step."""

    def pass_time(*, hours: float = 0, step: float = 1) -> None:
        passed = 0.0
        while True:
            schedule.defer_due()
            run_jobs()
            world.settle()
            run_jobs()
            if passed >= hours:
                return
            world.advance(hours=min(step, hours - passed))
            passed += step

    return pass_time
