"""Sponsors: they pay in, set money aside, take it back, decide clips, open campaigns and end them."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.campaigns.operations import refunds, wallet
from cliphaven.campaigns.queries import wallets
from cliphaven.clips import queries as clips
from cliphaven.clips.operations import decisions
from cliphaven.earnings.operations import defunding
from cliphaven.foundation import money
from cliphaven.ledger.chart import EntryKind
from simulator.life import Sponsor
from simulator.people.base import LINK, Act, Booked, NothingThere, Person, Surroundings
from simulator.people.browser import Browser
from simulator.stepping.stage import aside
from simulator.terms import drawn_terms

# A way to pay, and a card's last four digits: ordinary ones, money that is there at once, one whose refunds wait, one
# whose refunds fail after they succeeded, one disputed at once, one about which its bank asks, one without cover.
CARDS = (
    ("card", "4242"),
    ("card", "4242"),
    ("card", "4242"),
    ("card", "0077"),
    ("card", "7726"),
    ("card", "5126"),
    ("card", "0259"),
    ("card", "1976"),
    ("card", "9995"),
)
PAY_METHODS = (*CARDS, ("bank", ""), ("bank_bounces", ""), ("decline", ""), ("cancel", ""))
CAMPAIGNS_MAX = 8
REQUESTS_OF_A_TAB = 100_000
REJECTED_SHARE = 0.1


class SponsorPerson(Person):
    """Acts for one organisation."""

    def __init__(
        self, sponsor: Sponsor, around: Surroundings, *, browser: Browser, chance: random.Random, tab: int = 0
    ) -> None:
        """One member of it, who may do everything; at `tab`, for requests are named apart in each."""
        super().__init__(around, chance=chance, requests_before=tab * REQUESTS_OF_A_TAB)
        self.sponsor, self._browser = sponsor, browser
        self._paid_in: int | None = None

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class."""
        return {
            "review": (12, self._review),
            "deposit": (2, self._deposit),
            "come back from the pay page": (1, self._come_back),
            "fund": (3, self._fund),
            "fund on the page": (1, self._fund_on_page),
            "defund": (1, self._defund),
            "take out what was too much": (1, self._take_out),
            "refund": (1, self._refund),
            "refund by the API": (1, self._refund_by_api),
            "pause or open": (1, self._pause_or_open),
            "new campaign": (1, self._draft),
            "end": (1, self._end),
            "close": (1, self._close),
            "look at the wallet": (2, self._look),
        }

    def always(self) -> frozenset[str]:
        """Clips are decided in every seed."""
        return frozenset({"review"})

    def _one_of_its_own(
        self, fits: Callable[[campaigns.CampaignFacts], bool] = lambda _: True
    ) -> campaigns.CampaignFacts:
        own = [one for one in campaigns.campaigns_of(organisation_id=self.sponsor.organisation_id) if fits(one)]
        if not own:
            raise NothingThere
        return self.chance.choice(own)

    def _currency(self) -> str:
        used = wallets.currencies_of(organisation_id=self.sponsor.organisation_id)
        return self.chance.choice(used or ("USD",))

    def _review(self, now: datetime) -> None:
        for waiting in clips.review_queue(organisation_id=self.sponsor.organisation_id, now=now)[:2]:
            clip_id, organisation_id = waiting.clip.clip_id, self.sponsor.organisation_id
            whose: dict[str, Any] = {
                "clip_id": clip_id,
                "organisation_id": organisation_id,
                "reviewer_id": self.sponsor.user_id,
            }
            if self.chance.random() < REJECTED_SHARE:
                self.ask(
                    decisions.reject_clip,
                    **whose,
                    rejection_code="off_brief",
                    note="Please show the product.",
                    outcome=self.chance.choice(("rejected", "needs_fix")),
                    now=now,
                )
            else:
                self.ask(decisions.approve_clip, **whose, now=now)

    def _deposit(self, now: datetime) -> None:
        currency = self._currency()
        started = wallet.start_deposit(
            organisation_id=self.sponsor.organisation_id,
            user_id=self.sponsor.user_id,
            amount_minor=self.chance.choice((2_000, 10_000, 123_457)),
            currency=currency,
            return_url=LINK,
            now=now,
        )
        with aside():
            method, card = self.chance.choice(PAY_METHODS if currency == "USD" else CARDS)
            self.life.world.pay(started.pay_url, method=method, card=card)
        self._paid_in = started.deposit_id

    def _come_back(self, now: datetime) -> None:
        if self._paid_in is None:
            raise NothingThere
        whose: dict[str, Any] = {"deposit_id": self._paid_in, "organisation_id": self.sponsor.organisation_id}
        self.ask(wallet.settle_own_deposit, **whose, now=now)

    def _fund(self, now: datetime) -> None:
        campaign = self._one_of_its_own()
        self._move(
            campaign_operations.fund_campaign,
            EntryKind.FUND_CAMPAIGN,
            campaign.campaign_id,
            # Ten times of what was meant, now and then.
            self.chance.choice((100, 1_000, 7_777)) * self.chance.choice((1, 1, 1, 10)),
            now=now,
        )

    def _fund_on_page(self, now: datetime) -> None:
        """The form of the campaign's page, which shows the page again whatever became of it."""
        campaign = self._one_of_its_own()
        amount_minor = self.chance.choice((100, 1_000, 7_777))

        def fill_in(*, request_key: str, now: datetime) -> None:  # noqa: ARG001  # the house has its own clock
            amount = money.decimal_text(amount_minor, currency=campaign.currency)
            fields = {"amount": amount, "request_key": request_key}
            self._browser.fill_in(f"/sponsor/campaigns/{campaign.campaign_id}/fund/", fields)

        self.ask(
            fill_in,
            request_key=self.key("fund-page"),
            entries=[Booked(f"{campaign.campaign_id}:{{key}}", amount_minor, EntryKind.FUND_CAMPAIGN)],
            says_what_became_of_it=False,
            now=now,
        )

    def _defund(self, now: datetime) -> None:
        campaign = self._one_of_its_own()
        amount_minor = self.chance.choice((1, 500, 5_000))
        self._move(defunding.defund_campaign, EntryKind.DEFUND, campaign.campaign_id, amount_minor, now=now)

    def _take_out(self, now: datetime) -> None:
        """Everything that is left of a paused campaign, to the cent that the page shows."""
        campaign = self._one_of_its_own(lambda one: one.state == "paused" and one.budget_left_minor > 0)
        amount_minor = campaign.budget_left_minor
        self._move(defunding.defund_campaign, EntryKind.DEFUND, campaign.campaign_id, amount_minor, now=now)

    def _move(
        self, operation: Callable[..., object], kind: EntryKind, campaign_id: int, amount_minor: int, *, now: datetime
    ) -> None:
        self.ask(
            operation,
            campaign_id=campaign_id,
            organisation_id=self.sponsor.organisation_id,
            user_id=self.sponsor.user_id,
            amount_minor=amount_minor,
            request_key=self.key(kind.name.lower().replace("_", "-")),
            entries=[Booked(f"{campaign_id}:{{key}}", amount_minor, kind)],
            now=now,
        )

    def _too_much_paid_in(self, currency: str) -> int:
        """A part of what is in the wallet, or all of it."""
        amount_minor = self.chance.choice((100, 1_000, 5_000, 0))
        if amount_minor:
            return amount_minor
        in_wallet_minor = campaigns.wallet(
            organisation_id=self.sponsor.organisation_id, currency=currency
        ).balance_minor
        if in_wallet_minor <= 0:
            raise NothingThere
        return in_wallet_minor

    def _refund(self, now: datetime) -> None:
        currency = self._currency()
        self.ask(
            refunds.request_refund,
            organisation_id=self.sponsor.organisation_id,
            user_id=self.sponsor.user_id,
            amount_minor=self._too_much_paid_in(currency),
            currency=currency,
            request_key=self.key("refund"),
            now=now,
        )

    def _refund_by_api(self, now: datetime) -> None:
        currency = self._currency()
        order = {"amount": {"amount": self._too_much_paid_in(currency), "currency": currency}}

        def send(*, request_key: str, now: datetime) -> None:  # noqa: ARG001  # the house has its own clock
            self._browser.send("/api/v1/sponsor/wallets/refund", order, key=request_key)

        self.ask(send, request_key=self.key("refund-api"), now=now)

    def _pause_or_open(self, now: datetime) -> None:
        campaign = self._one_of_its_own()
        whose = {"campaign_id": campaign.campaign_id, "organisation_id": self.sponsor.organisation_id}
        if campaign.state == "active" and self.chance.random() < 0.3:
            campaign_operations.pause_campaign(**whose, now=now)
        else:
            campaign_operations.activate_campaign(**whose, now=now)

    def _draft(self, now: datetime) -> None:
        """A campaign with terms of its own, in a currency in which there is money; funded and opened by later acts."""
        own = campaigns.campaigns_of(organisation_id=self.sponsor.organisation_id)
        if len(own) >= CAMPAIGNS_MAX:
            raise NothingThere
        ends_on = now.date() + timedelta(days=self.chance.choice((0, 1, 7))) if self.chance.random() < 0.4 else None
        campaign_operations.create_campaign(
            organisation_id=self.sponsor.organisation_id,
            title=f"Later campaign {len(own)}",
            brief="A cut.",
            currency=self._currency(),
            starts_on=now.date(),
            ends_on=ends_on,
            terms=drawn_terms(self.chance),
            now=now,
        )

    def _end(self, now: datetime) -> None:
        if self.chance.random() < 0.7:
            raise NothingThere
        campaign = self._one_of_its_own(lambda one: one.state in ("active", "paused"))
        self.ask(
            campaign_operations.end_campaign,
            campaign_id=campaign.campaign_id,
            organisation_id=self.sponsor.organisation_id,
            now=now,
        )

    def _close(self, now: datetime) -> None:
        """Often too early, which is refused."""
        campaign = self._one_of_its_own(lambda one: one.state in ("draft", "completed"))
        if campaign.state == "draft" and self.chance.random() < 0.7:
            raise NothingThere
        self.ask(
            campaign_operations.close_campaign,
            campaign_id=campaign.campaign_id,
            organisation_id=self.sponsor.organisation_id,
            user_id=self.sponsor.user_id,
            now=now,
        )

    def _look(self, now: datetime) -> None:  # noqa: ARG002
        campaigns.wallet(organisation_id=self.sponsor.organisation_id, currency=self._currency())
