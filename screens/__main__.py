"""`python -m screens`: walks the demonstration, looks at every screen, and keeps pictures and figures.

Exits 1 when a screen complains, breaks a grave rule of accessibility, or is beyond a limit.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from screens import report
from screens.faces import FACES, Face, keys, sign_in
from screens.looking import THEMES, WIDTHS, Look, viewer
from screens.site import demonstration, route_names
from screens.walking import Screen, Walk, walk
from tests import machine


def main() -> int:
    """See the module."""
    asked = _parser().parse_args()
    program = machine.find(machine.BROWSER)
    if program is None:
        print(f"Chromium is missing: {machine.BROWSER.by_hand}", file=sys.stderr)
        return 2
    with demonstration(asked.state) as (site, state), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(machine.BROWSER_FLAGS))
        route_of = route_names(state)
        walks: list[Walk] = []
        looks: list[Look] = []
        for face in FACES:
            if asked.faces and face.name not in asked.faces:
                continue
            cookies = _cookies(browser, site=site, face=face, state=state)
            found = _walk(browser, site=site, face=face, cookies=cookies, route_of=route_of)
            walks.append(found)
            screens = [one for one in found.screens if not asked.screens or one.route in asked.screens]
            print(f"{face.name}: {len(screens)} screens", flush=True)
            looks += _look(browser, screens, site=site, cookies=cookies, pictures=asked.pictures)
        browser.close()
    if asked.write is not None:
        report.keep(asked.write, looks)
    wrong = report.wrongs(walks, looks)
    print("\n".join([report.table(looks), "", *wrong]))
    return int(bool(wrong))


def _cookies(browser: Browser, *, site: str, face: Face, state: Path) -> list[Any]:
    """What lets every later window of this face in."""
    if not face.is_signed_in:
        return []
    context = browser.new_context()
    sign_in(context.new_page(), site=site, key=keys(state)[face.name])
    cookies = list(context.cookies())
    context.close()
    return cookies


def _walk(
    browser: Browser, *, site: str, face: Face, cookies: list[Any], route_of: Callable[[str], str | None]
) -> Walk:
    with viewer(browser, site=site, width="desktop", theme="light", cookies=cookies) as one:
        return walk(one.page, site=site, face=face, route_of=route_of)


def _look(
    browser: Browser, screens: Sequence[Screen], *, site: str, cookies: list[Any], pictures: Path | None
) -> Iterable[Look]:
    looks = []
    for width in WIDTHS:
        for theme in THEMES:
            with viewer(browser, site=site, width=width, theme=theme, cookies=cookies) as one:
                for screen in screens:
                    look = one.look(screen, slowed=width == "phone" and theme == "light")
                    look.complaints += one.broken_rules()
                    if pictures is not None:
                        one.picture(pictures / f"{screen.name}-{width}-{theme}.png")
                    looks.append(look)
    return looks


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make screens", description="Looks at every screen of the demonstration.")
    parser.add_argument("screens", nargs="*", help="names of routes; all of them when none is named")
    parser.add_argument("--faces", nargs="+", choices=[face.name for face in FACES], help="only these")
    parser.add_argument("--state", type=Path, help="go on from this state folder of a demonstration")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of every screen, width and theme")
    parser.add_argument("--write", type=Path, help="keep the table in this page, between its markers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
