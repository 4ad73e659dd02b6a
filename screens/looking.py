"""One look at one screen: what the console, the policy and the browser's own clocks say, and a picture."""

import importlib.resources
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, Response

from screens.walking import Screen

THEMES = ("light", "dark")
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
SLOWED_TIMES = 4
SETTLES_MS = 400
KINDS_WEIGHED = ("Script", "Stylesheet")
GRAVE = ("serious", "critical")

# Runs before the page does: what the policy refused, when the largest thing was painted, how far things jumped.
_WATCH = """
window.looked = {refused: [], paintedMs: 0, shift: 0};
document.addEventListener("securitypolicyviolation", one =>
  looked.refused.push(`${one.violatedDirective}: ${one.blockedURI}`));
new PerformanceObserver(list => list.getEntries().forEach(one => { looked.paintedMs = one.startTime; }))
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => list.getEntries().filter(one => !one.hadRecentInput)
  .forEach(one => { looked.shift += one.value; })).observe({type: "layout-shift", buffered: true});
"""
_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_RULES_BROKEN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


@dataclass(kw_only=True)
class Look:
    """What one look told.

    `weight_bytes` are scripts and stylesheets as they came over the wire; `shift` has no unit.
    """

    screen: Screen
    width: str
    theme: str
    status: int = 0
    complaints: list[str] = field(default_factory=list)
    weight_bytes: int = 0
    painted_ms: float = 0.0
    shift: float = 0.0


class Viewer:
    """Somebody with a browser window of one width and theme, signed in or not."""

    def __init__(self, context: BrowserContext, *, site: str, width: str, theme: str) -> None:
        """`context` keeps the cookies; see `viewer`."""
        self.site, self.width, self.theme = site, width, theme
        self.page: Page = context.new_page()
        self._wire: CDPSession = context.new_cdp_session(self.page)
        self._wire.send("Network.enable")
        self._wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self._kinds: dict[str, str] = {}
        self._now: Look | None = None
        self._listen()

    def look(self, screen: Screen, *, slowed: bool = False) -> Look:
        """Open the screen as for the first time, and tell. `slowed` is with a fourth of the processor."""
        self._now = look = Look(screen=screen, width=self.width, theme=self.theme)
        self._wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED_TIMES if slowed else 1})
        answer = self.page.goto(self.site + screen.path, wait_until="load")
        self.page.wait_for_timeout(SETTLES_MS)
        look.status = answer.status if answer is not None else 0
        told = self.page.evaluate("looked")
        look.painted_ms, look.shift = told["paintedMs"], told["shift"]
        look.complaints += [f"refused by the policy: {one}" for one in told["refused"]]
        if self.page.evaluate(_TOO_WIDE):
            look.complaints.append("wider than the window")
        return look

    def broken_rules(self) -> list[str]:
        """What axe-core finds grave on the page that is open."""
        self.page.evaluate(_axe())
        found = self.page.evaluate(_RULES_BROKEN)
        return [
            f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in GRAVE
        ]

    def picture(self, file: Path) -> None:
        """Keep the whole page as it is."""
        self.page.screenshot(path=file, full_page=True, animations="disabled")

    def _listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"a script broke: {error}"))
        self.page.on("response", self._judge)
        self._wire.on("Network.responseReceived", lambda told: self._kinds.update({told["requestId"]: told["type"]}))
        self._wire.on("Network.loadingFinished", self._weigh)

    def _hear(self, message: ConsoleMessage) -> None:
        # A page that says 404 of itself is a screen, too.
        if message.type == "error" and "the server responded with a status of 404" not in message.text:
            self._complain(f"the console: {message.text}")

    def _judge(self, response: Response) -> None:
        if not response.url.startswith((self.site, "data:", "blob:")):
            self._complain(f"another host: {response.url}")
        if response.status >= 500:
            self._complain(f"{response.status}: {response.url}")

    def _weigh(self, told: dict[str, Any]) -> None:
        if self._now is not None and self._kinds.get(told["requestId"]) in KINDS_WEIGHED:
            self._now.weight_bytes += int(told["encodedDataLength"])

    def _complain(self, words: str) -> None:
        if self._now is not None:
            self._now.complaints.append(words)


@contextmanager
def viewer(browser: Browser, *, site: str, width: str, theme: str, cookies: list[Any]) -> Iterator[Viewer]:
    """A window of its own, with these cookies, closed afterwards."""
    wide, high = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        color_scheme="dark" if theme == "dark" else "light",
        has_touch=width == "phone",
        reduced_motion="reduce",
    )
    context.add_init_script(_WATCH)
    context.add_cookies(cookies)
    try:
        yield Viewer(context, site=site, width=width, theme=theme)
    finally:
        context.close()


def _axe() -> str:
    return importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
