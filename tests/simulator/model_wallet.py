"""What becomes of a sponsor's money, worked out from docs/money.md alone: payments, budgets, refunds, disputes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

CASH, FEES, LOSSES, OWNERS = "stripe:balance", "platform:fees", "platform:losses", "platform:adjustments"
PROCESSING = "platform:processing"
UNGUARDED = {CASH, FEES, LOSSES, OWNERS, PROCESSING}
REFUNDED_WITHIN = timedelta(days=180)
LAST_READINGS = timedelta(days=30)


class No(Exception):
    """The page says that this is refused. Nothing has changed."""


def grows_by_debits(account: str) -> bool:
    """Whether it is an asset or an expense."""
    return account.startswith("stripe:") or account.endswith(":receivable") or account in (PROCESSING, LOSSES)


@dataclass(eq=False, kw_only=True)
class Campaign:
    number: int
    currency: str
    cpm: dict[str, int]
    min_views: int
    clip_cap: int | None
    creator_cap: int | None
    fee_bp: int
    hold: timedelta
    state: str = "draft"
    last_day: date | None = None
    completed_at: datetime | None = None

    @property
    def budget(self) -> str:
        return f"campaign:{self.number}:budget"

    def complete(self, now: datetime) -> None:
        self.state, self.completed_at = "completed", now


@dataclass(eq=False, kw_only=True)
class Payment:
    number: int
    currency: str
    received: int
    paid_at: datetime
    refunded: int = 0
    disputed: int = 0
    in_dispute: bool = False
    was_disputed: bool = False

    @property
    def left(self) -> int:
        return max(0, self.received - self.refunded - self.disputed)


@dataclass(eq=False, kw_only=True)
class Refund:
    payment: Payment
    amount: int
    state: str = "asked"


@dataclass(kw_only=True)
class WalletModel:
    """One sponsor. Balances are kept on the normal side of each account, by account and currency."""

    sponsor: int
    now: datetime
    books: Counter[tuple[str, str]] = field(default_factory=Counter)
    campaigns: dict[int, Campaign] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    forms: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wallet, self.refunding, self.owed = (
            f"sponsor:{self.sponsor}:{which}" for which in ("wallet", "refunding", "receivable")
        )

    def move(self, currency: str, debit: str, credit: str, amount: int) -> None:
        """A leg of an entry."""
        for account, sign in ((debit, 1), (credit, -1)):
            self.books[account, currency] += amount * (sign if grows_by_debits(account) else -sign)
            assert account in UNGUARDED or self.books[account, currency] >= 0, f"{account} fell below zero"

    def holds(self, account: str, currency: str) -> int:
        return self.books[account, currency]

    def was_sent(self, form: str, content: object) -> bool:
        """Whether the same form came before; with other content it is refused."""
        if self.forms.get(form, content) != content:
            raise No("sent before with other content")
        return form in self.forms

    def collect(self, currency: str) -> None:
        """Whatever reaches the wallet pays what the sponsor owes first."""
        paid = min(self.holds(self.wallet, currency), self.holds(self.owed, currency))
        self.move(currency, self.wallet, self.owed, paid)

    def deposit(self, payment: Payment, *, fee: int) -> None:
        self.payments.append(payment)
        self.move(payment.currency, CASH, self.wallet, payment.received)
        self.move(payment.currency, PROCESSING, CASH, fee)
        self.collect(payment.currency)

    # ---- campaigns

    def is_over(self, campaign: Campaign) -> bool:
        return campaign.last_day is not None and self.now.date() > campaign.last_day

    def fund(self, campaign: Campaign, amount: int, form: str) -> None:
        if self.was_sent(form, amount):
            return
        if campaign.state == "closed" or self.is_over(campaign) or amount < 1:
            raise No("over")
        if self.holds(self.owed, campaign.currency) or self.holds(self.wallet, campaign.currency) < amount:
            raise No("not there, or owed")
        self.move(campaign.currency, self.wallet, campaign.budget, amount)
        self.forms[form] = amount
        if campaign.state == "completed":
            campaign.state, campaign.completed_at = "active", None

    def defund(self, campaign: Campaign, amount: int, form: str, *, spoken_for: int) -> None:
        if self.was_sent(form, amount):
            return
        free = max(0, self.holds(campaign.budget, campaign.currency) - spoken_for)
        if campaign.state not in ("draft", "paused") or not 1 <= amount <= free:
            raise No("not open to that, or not that much")
        self.move(campaign.currency, campaign.budget, self.wallet, amount)
        self.forms[form] = amount
        self.collect(campaign.currency)

    def activate(self, campaign: Campaign) -> None:
        # What is over stays over: the money for its last views is not to be had by opening it once more.
        ended = campaign.completed_at is not None and self.is_over(campaign)
        if campaign.state not in ("draft", "paused", "completed") or ended:
            raise No("cannot be opened")
        if self.holds(self.owed, campaign.currency) or not self.holds(campaign.budget, campaign.currency):
            raise No("nothing to pay with, or owed")
        campaign.state = "active"

    def pause(self, campaign: Campaign) -> None:
        if campaign.state != "active":
            raise No("is not running")
        campaign.state = "paused"

    def end(self, campaign: Campaign) -> None:
        if campaign.state not in ("active", "paused"):
            raise No("is not running")
        yesterday = self.now.date() - timedelta(days=1)
        campaign.last_day = min(campaign.last_day or yesterday, yesterday)
        campaign.complete(self.now)

    def close(self, campaign: Campaign) -> None:
        waits = campaign.completed_at is None or self.now < campaign.completed_at + LAST_READINGS
        if campaign.state != "draft" and (campaign.state != "completed" or waits):
            raise No("last views may be unread")
        self.move(campaign.currency, campaign.budget, self.wallet, self.holds(campaign.budget, campaign.currency))
        campaign.state = "closed"
        self.collect(campaign.currency)

    def end_campaigns(self) -> None:
        for campaign in self.campaigns.values():
            if campaign.state in ("active", "paused") and self.is_over(campaign):
                campaign.complete(self.now)

    def correct(self, currency: str, debit: str, credit: str, amount: int) -> None:
        """Two people say so, as far as it leaves nobody below zero."""
        for account, falls in ((debit, not grows_by_debits(debit)), (credit, grows_by_debits(credit))):
            if account not in UNGUARDED and falls and self.holds(account, currency) < amount:
                raise No("would fall below zero")
        self.move(currency, debit, credit, amount)
        if credit == self.wallet:
            self.collect(currency)

    # ---- refunds and disputes

    def ask_back(self, currency: str, amount: int, form: str) -> None:
        """The newest payments first, as far as the wallet goes; not what is disputed, too old, or nobody paid in."""
        if self.was_sent(form, (currency, amount)):
            return
        rest, wallet, parts = amount, self.holds(self.wallet, currency), []
        for payment in reversed(self.payments):
            returnable = payment.currency == currency and not payment.in_dispute
            if returnable and self.now - payment.paid_at < REFUNDED_WITHIN:
                part = min(payment.left, rest, wallet)
                rest, wallet, parts = rest - part, wallet - part, [*parts, (payment, part)]
        if amount < 1 or rest:
            raise No("not that much can go back")
        self.forms[form] = (currency, amount)
        for payment, part in parts:
            if part:
                self.move(currency, self.wallet, self.refunding, part)
                payment.refunded += part
                self.refunds.append(Refund(payment=payment, amount=part))

    def refund_left(self, refund: Refund) -> None:
        """Stripe took it from our balance."""
        self.move(refund.payment.currency, self.refunding, CASH, refund.amount)
        refund.state = "left"

    def refund_failed(self, refund: Refund) -> None:
        """Before it left, or days later: the wallet has it again."""
        source = CASH if refund.state == "left" else self.refunding
        self.move(refund.payment.currency, source, self.wallet, refund.amount)
        refund.payment.refunded -= refund.amount
        refund.state = "failed"
        self.collect(refund.payment.currency)

    def dispute(self, payment: Payment, amount: int, *, fee: int) -> None:
        """The wallet, then unspent budgets, drafts first and then the newest campaign, and the rest is owed."""
        currency, rest = payment.currency, amount
        own = [one for one in self.campaigns.values() if one.currency == currency]
        own.sort(key=lambda one: (one.state != "draft", -one.number))
        for purse in (self.wallet, *(one.budget for one in own)):
            part = min(rest, self.holds(purse, currency))
            self.move(currency, purse, CASH, part)
            rest -= part
            if purse == self.wallet and rest:
                for one in own:
                    one.state = "paused" if one.state == "active" else one.state
        self.move(currency, self.owed, CASH, rest)
        self.move(currency, PROCESSING, CASH, fee)
        payment.disputed, payment.in_dispute, payment.was_disputed = amount, True, True

    def won(self, payment: Payment) -> None:
        """It pays the debt; nothing was written off here; the rest is the sponsor's."""
        debt = min(payment.disputed, self.holds(self.owed, payment.currency))
        self.move(payment.currency, CASH, self.owed, debt)
        self.move(payment.currency, CASH, self.wallet, payment.disputed - debt)
        payment.disputed, payment.in_dispute = 0, False
