"""Mondays for tests: creators with accounts at the pretend Stripe, money owed to them, and batches to send."""

import os
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.earnings import operations as earnings
from cliphaven.identity.models import User
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankAccount, BankPayout, Batch, ConnectedAccount, Transfer
from cliphaven.payouts.operations import bank_payouts, batches, onboarding, settlement, transfers
from cliphaven.providers import stripe
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, read_again, seen
from tests.world import SandboxWorld

GOOD_BANK = "000123456789"
CLOSED_BANK = "000111111113"
REFUSING_BANK = "000444444440"  # refused on the way, never called paid
BACK = "http://127.0.0.1:1/back"
CPM_MINOR = 1_000  # one minor unit a view
FEE_BP = 1_000
RECIPIENT = {"tos_acceptance[service_agreement]": "recipient"}
MANUAL = {"settings[payouts][schedule][interval]": "manual"}


def net(gross_minor: int) -> int:
    """What a creator gets of gross earnings."""
    return gross_minor - gross_minor * FEE_BP // 10_000


@dataclass
class Payday:
    """What the tests of this room do all the time."""

    world: SandboxWorld

    @property
    def now(self) -> datetime:
        return self.world.now()

    def creator(self, name: str = "Ben", *, bank: str = GOOD_BANK, is_slow: bool = False) -> User:
        """A creator who has set up payouts at Stripe; money for a slow one is available a day after its transfer."""
        user = a_user(name)
        if is_slow:
            agreement = {"type": "express", "capabilities[transfers][requested]": "true", **RECIPIENT, **MANUAL}
            opened = self.world.http.post(
                f"{self.world.url}/stripe/v1/accounts",
                data=agreement,
                headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
            )
            ConnectedAccount.objects.create(creator=user, stripe_id=opened.json()["id"], created_at=self.now)
        link = onboarding.start(creator_id=user.id, return_url=BACK, refresh_url=BACK, now=self.now)
        self.world.http.post(link, data={"action": "complete", "bank_number": bank})
        onboarding.refresh_creator(creator_id=user.id, now=self.now)
        return user

    def change_bank(self, user: User, bank: str = GOOD_BANK) -> None:
        """The creator gives Stripe another bank account; nobody has told us yet."""
        link = onboarding.start(creator_id=user.id, return_url=BACK, refresh_url=BACK, now=self.now)
        self.world.http.post(link, data={"action": "complete", "bank_number": bank})

    def add_bank(self, user: User, *, currency: str, bank: str = GOOD_BANK) -> None:
        """The creator gives Stripe one more bank account, on their pages there; nobody has told us yet."""
        link = onboarding.start(creator_id=user.id, return_url=BACK, refresh_url=BACK, now=self.now)
        answered = self.world.http.post(link, data={"bank_number": bank, "bank_currency": currency.lower()})
        answered.raise_for_status()

    def owe(self, user: User, gross_minor: int, *, campaign: Campaign | None = None) -> Campaign:
        """Let a creator earn, and the earnings clear."""
        campaign = campaign or a_campaign(
            budget_minor=gross_minor + 1, terms=TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=0)
        )
        seen(an_approved_clip(campaign, creator=user), gross_minor)
        earnings.accrue_campaign(campaign_id=campaign.id, now=self.now)
        read_again(at=self.now)
        earnings.clear_all(now=self.now)
        return campaign

    def taken_back_at_stripe(self, stripe_id: str, amount_minor: int | None = None) -> str:
        """Somebody takes a transfer back in Stripe's dashboard, all of it or `amount_minor`; answers its name."""
        answer = self.world.http.post(
            f"{self.world.url}/stripe/v1/transfers/{stripe_id}/reversals",
            data={} if amount_minor is None else {"amount": str(amount_minor)},
            headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def platform_receives(self, amount_minor: int) -> None:
        """Money at Stripe that can be sent on at once."""
        opened = stripe.create_checkout(
            deposit_id=1,
            amount_minor=amount_minor,
            currency="USD",
            description="Demo wallet",
            success_url=BACK,
            cancel_url=BACK,
            idempotency_key=str(uuid.uuid4()),
        )
        self.world.http.post(opened.url, data={"method": "card", "card": "0077"})

    def plan(self) -> Batch:
        """This week's batch, planned."""
        batches.plan_weekly_batch(now=self.now)
        return Batch.objects.get(iso_week=rules.due_week(self.now))

    def planned_transfer(self, gross_minor: int = 20_00, *, bank: str = GOOD_BANK, is_slow: bool = False) -> Transfer:
        """A transfer of one creator, reserved and not yet sent, with the money for it at Stripe."""
        self.platform_receives(gross_minor * 2)
        self.owe(self.creator(bank=bank, is_slow=is_slow), gross_minor)
        return Transfer.objects.get(batch=self.plan())

    def send(self, transfer: Transfer) -> Transfer:
        """One try at phase 1."""
        transfers.send(transfer_id=transfer.id, now=self.now, read_clock=self.world.now)
        transfer.refresh_from_db()
        return transfer

    def waiting_payout(self, *, bank: str = GOOD_BANK, is_slow: bool = False) -> BankPayout:
        """A payout whose transfer is done."""
        return BankPayout.objects.get(batch=self.send(self.planned_transfer(bank=bank, is_slow=is_slow)).batch)

    def pay_out(self, payout: BankPayout) -> BankPayout:
        """One try at phase 2."""
        bank_payouts.send(bank_payout_id=payout.id, now=self.now, read_clock=self.world.now)
        payout.refresh_from_db()
        return payout

    def settle(self, payout: BankPayout) -> BankPayout:
        """Read it again."""
        settlement.settle(bank_payout_id=payout.id, now=self.now)
        payout.refresh_from_db()
        return payout

    def at_stripe(self, transfer: Transfer) -> list[stripe.TransferFacts]:
        """Every transfer that Stripe made for this item, whatever the attempt."""
        return [
            facts
            for facts in stripe.transfers_in_group(group_of(transfer))
            if facts.metadata["transfer"] == str(transfer.id)
        ]

    def advance(self, **duration: float) -> datetime:
        return self.world.advance(**duration)


def group_of(transfer: Transfer) -> str:
    from django.conf import settings  # noqa: PLC0415  # the prefix is the test's own

    return rules.transfer_group(
        prefix=settings.KEY_PREFIX,
        week=transfer.batch.iso_week,
        creator_id=transfer.creator_id,
        campaign_id=transfer.campaign_id,
    )


def balance(kind: AccountKind, owner_id: int | None = None) -> int:
    """A ledger account's balance in dollars' cents."""
    return books.balance(Account(kind=kind, owner_id=owner_id, currency="USD"))


def account_of(user: User) -> ConnectedAccount:
    return ConnectedAccount.objects.get(creator=user)


def bank_of(user: User, currency: str = "USD") -> BankAccount:
    """Where a creator's money in this currency goes to."""
    return BankAccount.objects.get(account__creator=user, currency=currency)


@pytest.fixture
def payday(world: SandboxWorld, settings: Any) -> Payday:
    """Use it together with `db` or `committed`. Its time begins on a Monday after six, in a week of the test's own."""
    # One pretend Stripe serves many databases: their rows have the same numbers, so the keys need a prefix each.
    settings.KEY_PREFIX = f"ch:test-{uuid.uuid4().hex[:12]}"
    # Nobody signs in with a password here, and hashing them properly would take most of the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    begins = max(MONDAY, rules.next_payday(world.now())) + timedelta(minutes=5)
    world.post("/control/clock", {"set": begins.isoformat()})
    return Payday(world)
