"""Who looks: the public and one person of each role in the demonstration."""

import json
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page


@dataclass(frozen=True, kw_only=True)
class Face:
    """A side of the product, where it begins, and pages of it to which no link leads from there."""

    name: str
    home: str
    besides: tuple[str, ...] = ()

    @property
    def is_signed_in(self) -> bool:
        """Whether one has to come in through the door."""
        return self.name != "public"


FACES = (
    Face(
        name="public",
        home="/",
        besides=(
            "/design/",
            "/sign-in/link/made-up/",
            "/unsubscribe/made-up/",
            "/there-is-no-such-page/",
        ),
    ),
    Face(name="creator", home="/creator/", besides=("/account/prove/",)),
    Face(name="sponsor", home="/sponsor/", besides=("/invitations/made-up/",)),
    Face(name="staff", home="/staff/"),
)


@dataclass(frozen=True, kw_only=True)
class Key:
    """What opens the door to a demonstration person."""

    email: str
    password: str


def keys(state: Path) -> dict[str, Key]:
    """The ways in of the demonstration whose state folder this is, by role. Raises OSError, ValueError, KeyError."""
    found = json.loads((state / "sign_in.json").read_text())
    return {one["role"]: Key(email=one["email"], password=one["password"]) for one in found}


def sign_in(page: Page, *, site: str, key: Key) -> None:
    """Come in through the door by password. Raises playwright's TimeoutError when it stays shut."""
    page.goto(f"{site}/sign-in/")
    page.get_by_role("tab", name="Password").click()
    panel = page.locator("#panel-password")
    panel.get_by_label("E-mail address").fill(key.email)
    panel.get_by_label("Password").fill(key.password)
    panel.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
