"""Whoever reads while others write: what a page shows must add up to what stands at its head, whatever goes on."""

import random
from datetime import datetime
from itertools import pairwise
from typing import Any

from cliphaven.ledger import queries as books
from cliphaven.ledger.queries import accounts
from cliphaven.payouts.queries import batches
from simulator.judge import Finding
from simulator.oracle import Found
from simulator.people.base import Act, NothingThere, Person, Surroundings
from simulator.people.browser import Browser


class ReaderPerson(Person):
    """Looks at pages of everybody and adds up what they show."""

    def __init__(self, browsers: dict[str, Browser], around: Surroundings, *, chance: random.Random) -> None:
        """`browsers` by what they are signed in as: "sponsor", "creator", "staff"."""
        super().__init__(around, chance=chance)
        self._browsers = browsers

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class."""
        return {
            "read a statement": (3, self._statement),
            "read the trial balance": (1, self._trial_balance),
            "read a payday": (1, self._payday),
            "read the wallet": (2, self._wallet),
            "read the balance": (2, self._balance),
            "read pages": (1, self._pages),
        }

    def _statement(self, now: datetime) -> None:  # noqa: ARG002
        """All pages of one account: from the opening balance, line by line, to the closing one."""
        code, currency = self._some_account()
        account = next(one for one in accounts.named(code) if one.currency == currency)
        page = books.statement(account, limit=self.chance.choice((1, 5, 50)))
        total, above = page.opening_minor, page.closing_minor
        for posting in page:
            if posting.balance_minor != above:
                raise _differs(
                    f"the statement of {code} in {currency} shows {posting.balance_minor} where it was {above}"
                )
            above -= posting.signed_minor
        if page.older is None and above != total:
            raise _differs(f"the statement of {code} in {currency} begins with {above} and not with {total}")

    def _some_account(self) -> tuple[str, str]:
        lines = books.trial_balance().lines
        if not lines:
            raise NothingThere
        line = self.chance.choice(sorted(lines, key=lambda one: (one.account, one.currency)))
        return line.account, line.currency

    def _trial_balance(self, now: datetime) -> None:
        for as_of in (None, now):
            found = books.trial_balance(as_of)
            if not found.is_balanced:
                raise _differs(f"the trial balance as of {as_of or 'now'} is out by {found.difference_minor}")

    def _payday(self, now: datetime) -> None:
        latest = batches.paydays(now=now).batch
        if latest is None:
            raise NothingThere
        for line in latest.sums:
            if line.open_minor < 0 or not 0 <= line.paid_minor <= line.sent_minor:
                raise _differs(f"the payday {latest.iso_week} shows {line}")

    def _wallet(self, now: datetime) -> None:  # noqa: ARG002
        """The lines of a wallet in the API, each with the balance after it."""
        browser = self._browsers["sponsor"]
        for wallet in browser.read("/api/v1/sponsor/wallets"):
            currency = wallet["currency"]
            paid_in = [wallet["refundable"], wallet["refunding"], *(why["amount"] for why in wallet["why"])]
            if any(part["amount"] < 0 for part in paid_in):
                raise _differs(f"the wallet in {currency} shows less than nothing: {wallet}")
            lines = browser.read(f"/api/v1/sponsor/wallets/{currency}/entries")["entries"]
            for newer, older in pairwise(lines):
                if _minor(newer, "balance_after") - _minor(newer, "amount") != _minor(older, "balance_after"):
                    raise _differs(f"the wallet's lines {older['id']} and {newer['id']} do not follow")

    def _balance(self, now: datetime) -> None:  # noqa: ARG002
        """A creator's money by stage: what is owed in all is payable, or is explained."""
        for place in self._browsers["creator"].read("/api/v1/balance"):
            stages = sum(_minor(place, name) for name in ("clearing", "held", "payable", "reserved", "in_transit"))
            blocked = sum(_minor(blocker, "amount") for blocker in place["blockers"])
            owed = _minor(place, "owed")
            if stages != owed:
                raise _differs(f"the balance {place} has {stages} in its stages and {owed} at its head")
            if blocked + _minor(place["next_payday"], "amount") < 0 or blocked > owed:
                raise _differs(f"the balance {place} explains {blocked} of {owed}")

    def _pages(self, now: datetime) -> None:  # noqa: ARG002
        """Pages as people see them: that they come at all is what is asked."""
        who, address = self.chance.choice(
            (
                ("sponsor", "/sponsor/"),
                ("sponsor", "/sponsor/wallet/"),
                ("sponsor", "/sponsor/review/"),
                ("creator", "/creator/"),
                ("creator", "/creator/payouts/"),
                ("creator", "/creator/submit/"),
                ("staff", "/staff/"),
                ("staff", "/staff/payday/"),
                ("staff", "/staff/holds/"),
                ("staff", "/staff/money-in/"),
                ("staff", "/staff/ledger/?q=campaign"),
                ("staff", "/staff/reconciliation/"),
            )
        )
        self._browsers[who].read(address)


def _minor(shown: dict[str, Any], name: str) -> int:
    return int(shown[name]["amount"])


def _differs(words: str) -> Found:
    return Found(Finding("I24", words))
