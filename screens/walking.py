"""Finds every screen of a face by its links, as somebody would who tries them all."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page

from screens.faces import Face

FILES = (".csv", ".pdf", ".json")
_LINKS = "all => all.map(one => one.href)"
RouteOf = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One page of a face: the route's name, and a path that has something to show."""

    face: str
    route: str
    path: str

    @property
    def name(self) -> str:
        """Fit for a file."""
        return f"{self.face}-{self.route}".replace("_", "-")


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What was found, and links that lead nowhere, each with the page on which it stands."""

    screens: tuple[Screen, ...]
    dead_links: tuple[str, ...]


def walk(page: Page, *, site: str, face: Face, route_of: RouteOf) -> Walk:
    """Try the links of a face, one of each route, until there are no new ones.

    `route_of` names the route of a path, None where there is none. Raises playwright's TimeoutError.
    """
    found: dict[str, Screen] = {}
    dead: list[str] = []
    waiting = deque((path, face.home) for path in (face.home, *face.besides))
    tried: set[str] = set()
    while waiting:
        path, stands_on = waiting.popleft()
        route = route_of(path)
        if path in tried or route in found:
            continue
        tried.add(path)
        if route is None and path not in face.besides:
            dead.append(f"{path} on {stands_on}")
            continue
        page.goto(site + path)
        arrived = urlsplit(page.url).path
        route = route_of(arrived) or "not_found"
        if route in found:
            continue
        found[route] = Screen(face=face.name, route=route, path=arrived)
        waiting.extend((link, arrived) for link in _links(page, site=site) if link not in tried)
    return Walk(screens=tuple(found.values()), dead_links=tuple(dead))


def _links(page: Page, *, site: str) -> list[str]:
    """The paths of our own pages that are linked to here, each once, in their order."""
    hrefs = page.eval_on_selector_all("a[href]", _LINKS)
    paths = [urlsplit(href).path for href in hrefs if href.startswith(f"{site}/")]
    return [path for path in dict.fromkeys(paths) if not path.endswith(FILES) and not path.startswith("/api/")]
