"""One account of the books as staff see it: whose it is, what it holds now or held then, and its statement."""

from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.identity import queries as people
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import ACCOUNT_TYPES, Account, AccountKind

_OF_CREATORS = frozenset(
    kind for kind in AccountKind if kind.startswith("creator_") or kind is AccountKind.STRIPE_CONNECTED
)


@dataclass(frozen=True, kw_only=True)
class AccountOverview:
    """An account, in minor units. `at` is the moment that `then_minor` is of; `is_final`: it cannot change any more.

    `owner` is a creator's name, with the number to find them by; an organisation has none here.
    """

    code: str
    currency: str
    account_class: str
    is_guarded: bool
    owner: str
    creator_id: int | None
    balance_minor: int
    at: datetime | None
    then_minor: int | None
    is_final: bool
    closed_through: datetime | None
    statement: books.Statement
    now: datetime


@one_snapshot
def account_overview(
    *,
    account: Account,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    at: datetime | None = None,
    now: datetime,
) -> AccountOverview:
    """An account with one page of its statement, all of one moment; see `books.statement` for the period."""
    type_ = ACCOUNT_TYPES[account.kind]
    closed = books.closed_through()
    creator_id = account.owner_id if account.kind in _OF_CREATORS else None
    return AccountOverview(
        code=account.code,
        currency=account.currency,
        account_class=type_.account_class.value,
        is_guarded=type_.guarded,
        owner="" if creator_id is None else people.names([creator_id]).get(creator_id, ""),
        creator_id=creator_id,
        balance_minor=books.balance(account),
        at=at,
        then_minor=None if at is None else books.balance(account, as_of=at),
        is_final=at is not None and closed is not None and at <= closed,
        closed_through=closed,
        statement=books.statement(account, before=before, since=since, until=until),
        now=now,
    )
