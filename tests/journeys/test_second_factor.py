"""Somebody makes their account safer in a real browser, with an app and with a passkey, and proves it again."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from cliphaven.foundation import clock
from cliphaven.identity.models import BrowserSession
from tests.journeys.conftest import Visitor
from tests.people import PASSWORD, ben, dot

VIRTUAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CODE = "Code of your app, or a recovery code"


@pytest.fixture
def named(browser: Browser, site: str) -> Iterator[Callable[[], Visitor]]:
    """As `visitor`, at the name of the machine: browsers allow no passkeys at its number."""
    visitors: list[Visitor] = []

    def arrive() -> Visitor:
        visitors.append(Visitor(browser, site.replace("127.0.0.1", "localhost")))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def a_device(page: Page) -> Any:
    """A virtual authenticator in the browser, which holds its finger on by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
    return session


def looked_at(visitor: Visitor, name: str) -> None:
    """Pictures of the page as desktops and phones show it, light and dark, where they are wanted."""
    for width, device in ((1280, "desktop"), (390, "phone")):
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)
            visitor.page.set_viewport_size({"width": width, "height": 900})
            visitor.keep(f"{name}-{device}-{scheme}")
            wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} is wider than a {device}"
    visitor.page.emulate_media(color_scheme="light")
    visitor.page.set_viewport_size({"width": 1280, "height": 900})


def time_passes(pause: timedelta) -> None:
    """What was proved in open sessions was proved longer ago."""
    for session in BrowserSession.objects.all():
        proved_at = session.proved_at and session.proved_at - pause
        BrowserSession.objects.filter(name=session.name).update(
            started_at=session.started_at - pause, proved_at=proved_at
        )


def sign_out(page: Page) -> None:
    page.locator("summary.menu-face").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: url.endswith("/"))


def password_typed(visitor: Visitor, email: str) -> Page:
    page = visitor.go("/sign-in/")
    page.get_by_role("tab", name="Password").click()
    panel = page.locator("#panel-password")
    panel.get_by_label("E-mail address").fill(email)
    panel.get_by_label("Password").fill(PASSWORD)
    panel.get_by_role("button", name="Sign in").click()
    return page


def test_an_app_is_enrolled_asked_for_at_the_door_and_before_what_is_dear(named: Callable[[], Visitor]) -> None:
    ben()
    bens = named()
    looked_at(bens, "sign-in") if bens.go("/sign-in/") else None
    bens.sign_in("ben@example.test", PASSWORD)
    page = bens.go("/account/security/")
    looked_at(bens, "security-empty")
    page.get_by_role("button", name="Add an authenticator app").click()
    page.get_by_text("No camera?").click()
    app = pyotp.TOTP(page.locator("#app-secret").inner_text())
    looked_at(bens, "app-enrol")
    now = clock.wall()
    page.get_by_label("Code that the app shows now").fill(app.at(now))
    page.get_by_role("button", name="Add the app").click()
    codes = page.locator("#recovery-codes").inner_text().split()
    looked_at(bens, "recovery-codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main")).to_contain_text("10 of ten are left")
    looked_at(bens, "security-app")
    sign_out(page)

    page = password_typed(bens, "ben@example.test")
    page.wait_for_url(re.compile(r"/sign-in/second/"))
    looked_at(bens, "second-step")
    page.get_by_label(CODE).fill(app.at(now))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("main")).to_contain_text("does not fit, or was used before")
    page.get_by_label(CODE).fill(app.at(now + timedelta(seconds=30)))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/creator/"))

    time_passes(timedelta(minutes=11))
    page = bens.go("/account/security/")
    page.get_by_role("button", name="Make ten new ones").click()
    page.wait_for_url(re.compile(r"/account/prove/"))
    expect(page.locator("main")).to_contain_text("nothing was done yet")
    looked_at(bens, "prove-code")
    page.get_by_label(CODE).fill(codes[0].lower())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(re.compile(r"/account/security/"))
    expect(page.locator("main")).to_contain_text("9 of ten are left")
    page.get_by_role("button", name="Make ten new ones").click()
    expect(page.locator("#recovery-codes")).to_be_visible()
    assert len(codes) == 10
    assert bens.complaints == [
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    ]
    bens.complaints.clear()


def test_a_passkey_is_added_opens_the_door_proves_again_and_is_removed(named: Callable[[], Visitor]) -> None:
    ben()
    bens = named()
    bens.sign_in("ben@example.test", PASSWORD)
    page = bens.go("/account/security/")
    device = a_device(page)
    page.get_by_label("Name (optional)").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#recovery-codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main")).to_contain_text("My phone")
    looked_at(bens, "security-passkey")
    sign_out(page)

    page = bens.go("/sign-in/?next=/creator/payouts/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r"\d/creator/payouts/$"))

    time_passes(timedelta(minutes=11))
    page = bens.go("/account/security/")
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.wait_for_url(re.compile(r"/account/prove/"))
    looked_at(bens, "prove-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(r"/account/security/"))
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("main")).to_contain_text("You have none yet.")
    device.detach()


def test_without_a_password_or_a_factor_it_is_proved_by_mail(
    named: Callable[[], Visitor], world: Any, run_jobs: Callable[[], None]
) -> None:
    person = ben()
    bens = named()
    bens.sign_in("ben@example.test", PASSWORD)
    time_passes(timedelta(minutes=11))
    page = bens.go("/account/security/")
    page.get_by_role("button", name="Add an authenticator app").click()
    looked_at(bens, "prove-password")
    page.get_by_role("button", name="Mail me a code").click()
    run_jobs()
    [mail] = world.http.get("/resend/outbox.json", params={"to": person.email}).json()["data"][:1]
    [code] = re.findall(r"Code: (\S+)", mail["text"])
    page.get_by_label("Code from the mail").fill(code)
    page.get_by_role("button", name="Go on").last.click()
    page.wait_for_url(re.compile(r"/account/security/$"))
    page.get_by_role("button", name="Add an authenticator app").click()
    expect(page.get_by_alt_text("The picture for your authenticator app")).to_be_visible()


def test_staff_without_a_second_factor_may_only_enrol_one(
    named: Callable[[], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "STAFF_SECOND_FACTOR", True)
    dot()
    dots = named()
    page = dots.sign_in("dot@example.test", PASSWORD)
    page = dots.go("/staff/payday/")
    assert page.url.endswith("/account/security/")
    expect(page.locator("main")).to_contain_text("Staff come in with a second factor")
    a_device(page)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#recovery-codes")).to_be_visible()

    page = dots.go("/staff/payday/")
    assert page.url.endswith("/staff/payday/")
