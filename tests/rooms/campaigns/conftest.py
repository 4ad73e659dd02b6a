"""Sponsors who pay: deposits opened at the pretend Stripe, paid on its page, and read in the books."""

import uuid
from dataclasses import dataclass

import httpx2
import pytest

from cliphaven.campaigns.models import Deposit
from cliphaven.campaigns.operations import wallet
from cliphaven.identity.models import Organisation
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from cliphaven.providers import stripe
from tests.people import MONDAY, a_user, adas_organisation
from tests.world import SandboxWorld

BACK = "http://127.0.0.1:1/wallet"


def balance(kind: AccountKind, owner_id: int | None = None, *, currency: str = "USD") -> int:
    """A ledger account's balance in minor units."""
    return books.balance(Account(kind=kind, owner_id=owner_id, currency=currency))


@dataclass
class Sponsor:
    """Ada at the pay page."""

    world: SandboxWorld

    @property
    def organisation(self) -> Organisation:
        return adas_organisation()

    def opens(self, amount_minor: int, *, currency: str = "USD") -> wallet.StartedDeposit:
        """Open a pay page."""
        return wallet.start_deposit(
            organisation_id=self.organisation.id,
            user_id=a_user("Ada").id,
            amount_minor=amount_minor,
            currency=currency,
            return_url=BACK,
            now=self.world.now(),
        )

    def pays(self, started: wallet.StartedDeposit, method: str = "card", *, card: str = "4242") -> httpx2.Response:
        """Press one of the pay page's buttons."""
        return self.world.http.post(started.pay_url, data={"method": method, "card": card})

    def looks(self, started: wallet.StartedDeposit) -> Deposit:
        """Have the payment looked up, and read its row."""
        deposit = Deposit.objects.get(id=started.deposit_id)
        wallet.settle_deposit(checkout_session_id=str(deposit.checkout_session_id), now=self.world.now())
        deposit.refresh_from_db()
        return deposit

    def paid(self, amount_minor: int, *, card: str = "0077", currency: str = "USD") -> Deposit:
        """A payment that arrived and can be spent at once, unless another card is named."""
        started = self.opens(amount_minor, currency=currency)
        self.pays(started, card=card)
        return self.looks(started)

    def at_stripe(self, currency: str = "USD") -> int:
        """Our whole balance as Stripe tells it, in minor units."""
        found = stripe.balance().get(currency)
        return found.available_minor + found.pending_minor if found else 0

    def state(self, started: wallet.StartedDeposit) -> str:
        return Deposit.objects.get(id=started.deposit_id).state

    def free(self) -> int:
        """What is free, in cents."""
        return balance(AccountKind.SPONSOR_WALLET, self.organisation.id)

    def kept_by_stripe(self, started: wallet.StartedDeposit) -> int:
        """The fee on Stripe's own record of the payment, in cents."""
        session_id = Deposit.objects.get(id=started.deposit_id).checkout_session_id
        payment = stripe.checkout(str(session_id)).payment
        assert payment is not None
        return payment.fee_minor


@pytest.fixture
def sponsor(world: SandboxWorld) -> Sponsor:
    """Use it together with `db` or `committed`."""
    if world.now() < MONDAY:
        world.post("/control/clock", {"set": MONDAY.isoformat()})
    return Sponsor(world)


@pytest.fixture
def unique() -> str:
    """A word that no other test uses: the pretend world remembers everything."""
    return uuid.uuid4().hex
