"""A sponsor's dollar becomes a creator's Monday payout, in a real browser, from the pay page to the bank."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import reconciliations
from cliphaven.foundation import clock
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from tests.journeys.conftest import Visitor
from tests.people import PASSWORD, adas_organisation, ben
from tests.world import SandboxWorld


def test_a_sponsors_dollar_becomes_a_creators_payout(
    world: SandboxWorld, visitor: Callable[[], Visitor], live: Callable[..., None]
):
    organisation, creator = adas_organisation(), ben()
    ada, bens = visitor(), visitor()
    ada_tops_up(ada, live)
    ada_opens_a_campaign(ada)
    account = ben_proves_a_channel(bens, world, live)
    ben_sets_up_payouts(bens)
    video = world.post(
        "/control/audience/videos",
        {"platform": "tiktok", "author_id": account["author_id"], "caption": "muddy", "final_views": 60_000},
    )
    ben_submits(bens, video["short_url"])
    live()
    ada_approves(ada)
    live(hours=48, step=6)
    ben_sees_views_and_money(bens)
    live(hours=14 * 24, step=24)

    page = bens.go("/creator/payouts/")
    bens.keep("journey-paid")
    expect(page.get_by_text("Paid", exact=True).first).to_be_visible()

    accounts = {line.account: line.balance_minor for line in books.trial_balance().lines}
    paid = paid_out(creator.id)
    assert paid > 0
    assert books.trial_balance().is_balanced
    assert accounts["stripe:balance"] == 50_000 - accounts["platform:processing"] - transferred(creator.id)
    assert reconciliations.outcome(run_id=reconciliation.reconcile(now=clock.now())).agrees
    assert [check for check in books.verify() if check.failures] == []
    assert books.balance(Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation.id, currency="USD")) == 20_000


def ada_tops_up(ada: Visitor, live: Callable[..., None]) -> None:
    ada.sign_in("ada@example.test", PASSWORD)
    page = ada.go("/sponsor/wallet/")
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Continue to payment").click()
    page.locator("#pay-card").click()
    page.wait_for_url(re.compile(r"/sponsor/wallet/"))
    live()
    page = ada.go("/sponsor/wallet/")
    ada.keep("journey-wallet")
    expect(page.locator("main")).to_contain_text("$500.00")


def ada_opens_a_campaign(ada: Visitor) -> None:
    page = ada.go("/sponsor/campaigns/new/")
    page.get_by_label("Title").fill("Trail shoes")
    page.get_by_label("Brief").fill("Show the sole for two seconds.")
    page.get_by_label("TikTok").fill("1.50")
    page.get_by_label("Budget").fill("300")
    ada.keep("journey-create")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url(re.compile(r"/sponsor/campaigns/\d+/"))
    page.get_by_role("button", name="Fund campaign").click()
    expect(page.locator("main")).to_contain_text("$300.00 is set aside")
    page.get_by_role("button", name="Activate").click()
    expect(page.locator("main")).to_contain_text("Creators can see it now")


def ben_proves_a_channel(bens: Visitor, world: SandboxWorld, live: Callable[..., None]) -> dict[str, str]:
    account: dict[str, str] = world.post("/control/audience/accounts", {"platform": "tiktok", "handle": "ben.cuts"})
    # A profile without any public video shows no bio to a scraper.
    world.post("/control/audience/videos", {"platform": "tiktok", "author_id": account["author_id"]})
    bens.sign_in("ben@example.test", PASSWORD)
    page = bens.go("/creator/channels/")
    page.get_by_label("Platform").select_option("tiktok")
    page.get_by_label("Profile").or_(page.get_by_label("Handle")).first.fill("@ben.cuts")
    page.get_by_role("button", name="Add").first.click()
    page.wait_for_load_state()
    code = page.locator("main code").first.inner_text()
    world.http.patch(
        f"/control/audience/accounts/tiktok/{account['author_id']}", json={"bio": f"clips. {code.lower()}"}
    ).raise_for_status()
    page.get_by_role("button", name="Check").first.click()
    live()
    page = bens.go("/creator/channels/")
    bens.keep("journey-channels")
    expect(page.get_by_text("Yours").first).to_be_visible()
    return account


def ben_sets_up_payouts(bens: Visitor) -> None:
    page = bens.go("/creator/payouts/")
    page.get_by_role("button", name="Set up payouts").click()
    page.locator("#onboard-complete").click()
    page.wait_for_url(re.compile(r"/creator/payouts/$"))


def ben_submits(bens: Visitor, link: str) -> None:
    page = bens.go("/creator/submit/")
    page.get_by_label("Links").fill(link)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#results")).to_contain_text("@ben.cuts")
    bens.keep("journey-submitted")


def ada_approves(ada: Visitor) -> None:
    page = ada.go("/sponsor/review/")
    ada.keep("journey-review")
    page.get_by_role("button", name="Approve").first.click()
    page.wait_for_load_state("networkidle")


def ben_sees_views_and_money(bens: Visitor) -> None:
    page = bens.go("/creator/")
    bens.keep("journey-creator-home")
    page.locator("a.clip-name").first.click()
    page.wait_for_url(re.compile(r"/clips/\d+/"))
    bens.keep("journey-clip")
    expect(page.locator("#entries")).to_contain_text("$")


def paid_out(creator_id: int) -> int:
    """What reached the creator's bank, by the books."""
    connected = Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=creator_id, currency="USD")
    return -sum(line.signed_minor for line in books.statement(connected) if line.kind_name == "bank payout")


def transferred(creator_id: int) -> int:
    """What was sent to the creator's connected account, by the books."""
    connected = Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=creator_id, currency="USD")
    return sum(line.signed_minor for line in books.statement(connected) if line.kind_name == "transfer")
