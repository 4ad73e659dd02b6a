"""Whether there is enough: what people are owed beside what lies at Stripe, by currency. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from cliphaven.ledger.chart import AccountKind

_CREATORS = (
    AccountKind.CREATOR_CLEARING,
    AccountKind.CREATOR_HELD,
    AccountKind.CREATOR_PAYABLE,
    AccountKind.CREATOR_RESERVED,
    AccountKind.CREATOR_IN_TRANSIT,
)
_SPONSORS = (AccountKind.SPONSOR_WALLET, AccountKind.SPONSOR_REFUNDING, AccountKind.CAMPAIGN_BUDGET)
_CASH = (AccountKind.STRIPE_BALANCE, AccountKind.STRIPE_CONNECTED)


@dataclass(frozen=True, kw_only=True)
class Solvency:
    """One currency's money, in minor units.

    `creators_minor` is earned and in no bank yet, `sponsors_minor` paid in and not earned by anybody, `cash_minor` what
    lies at Stripe for both, in our own balance and on creators' accounts there.
    """

    currency: str
    creators_minor: int
    sponsors_minor: int
    cash_minor: int

    @property
    def owed_minor(self) -> int:
        """What belongs to others in all."""
        return self.creators_minor + self.sponsors_minor

    @property
    def covers_creators(self) -> bool:
        """Whether everything that creators earned could be paid now."""
        return self.cash_minor >= self.creators_minor

    @property
    def missing_minor(self) -> int:
        """What is owed beyond what is there: fees of Stripe and lost disputes that we have not made good yet, or 0."""
        return max(0, self.owed_minor - self.cash_minor)


def solvency(totals: Mapping[str, Mapping[AccountKind, int]]) -> list[Solvency]:
    """Each currency in which there ever was money, by its code; `totals` as the trial balance adds them up by kind."""
    return [
        Solvency(
            currency=currency,
            creators_minor=sum(of_kind.get(kind, 0) for kind in _CREATORS),
            sponsors_minor=sum(of_kind.get(kind, 0) for kind in _SPONSORS),
            cash_minor=sum(of_kind.get(kind, 0) for kind in _CASH),
        )
        for currency, of_kind in sorted(totals.items())
    ]
