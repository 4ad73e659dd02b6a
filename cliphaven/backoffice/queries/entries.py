"""One entry of the books with everything around it: who acted, what it ties to at Stripe, what undid it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.backoffice.models import Offset, Tie
from cliphaven.backoffice.queries import reconciliations
from cliphaven.identity import queries as people
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind, account_named

_USER = re.compile(r"user:(\d{1,18})")
_CORRECTION = re.compile(r"correction:(\d{1,18})")
# What is about one step of a clip's earnings says so in its name, or in its cause.
_ACCRUAL = re.compile(r"(?:accrual )?(\d{1,18}):\d{1,18}")
_OF_ACCRUALS = (
    *(EntryKind.ACCRUAL, EntryKind.CLEAR, EntryKind.HOLD),
    *(EntryKind.RELEASE, EntryKind.VOID, EntryKind.CLAWBACK),
)


@dataclass(frozen=True, kw_only=True)
class TiedTo:
    """The part of a balance transaction that an entry is, on one mirror; the amount signed as the balance changed."""

    stripe_id: str
    part: str
    type: str
    source: str
    account: str
    amount_minor: int
    currency: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class EntryOverview:
    """An entry as staff see it. `creator_ids` are the creators whose accounts it touches; `actor` has people's names.

    `correction_id` is the correction by two people that it is, or that it undoes. `is_offset` when it needs no movement
    of its own at Stripe, since it makes up what another lacks, of the balance transaction `makes_up`, or comes out at
    nothing. `may_be_reversed` when staff may propose to undo it.
    """

    entry: books.EntryFacts
    actor: str
    tied_to: Sequence[TiedTo]
    creator_ids: Sequence[int]
    correction_id: int | None
    is_offset: bool
    makes_up: str
    may_be_reversed: bool

    @property
    def entry_kind(self) -> str:
        """The kind as addresses and forms name it."""
        return self.entry.kind.name.lower()

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return self.entry.kind.name.lower().replace("_", " ")

    @property
    def clip_id(self) -> int | None:
        """The clip whose earnings it is about."""
        if self.entry.kind not in _OF_ACCRUALS:
            return None
        found = _ACCRUAL.fullmatch(self.entry.external_id) or _ACCRUAL.fullmatch(self.entry.cause)
        return int(found[1]) if found else None

    @property
    def reverses_kind(self) -> str:
        """The kind of the entry that it undoes, as addresses name it; empty when it undoes none."""
        return self.entry.reverses[0].name.lower() if self.entry.reverses else ""

    @property
    def reverses_id(self) -> str:
        """The external id of the entry that it undoes."""
        return self.entry.reverses[1] if self.entry.reverses else ""

    @property
    def is_mirrored(self) -> bool:
        """Whether it touches an account that must equal a balance at Stripe."""
        return any(code.startswith("stripe:") for leg in self.entry.legs for code in (leg.debit, leg.credit))


def entry_overview(*, kind: EntryKind, external_id: str) -> EntryOverview | None:
    """An entry and what is around it, or None when there is no such entry."""
    entry = books.entry(kind, external_id)
    if entry is None:
        return None
    numbers = [int(number) for number in _USER.findall(entry.actor)]
    names = people.names(numbers)
    correction = _CORRECTION.search(external_id)
    offset = Offset.objects.filter(entry_kind=int(kind), external_id=external_id).first()
    return EntryOverview(
        entry=entry,
        actor=_USER.sub(lambda found: names.get(int(found[1]), found[0]), entry.actor),
        tied_to=_tied_to(kind, external_id),
        creator_ids=_creators(entry),
        correction_id=int(correction[1]) if correction else None,
        is_offset=offset is not None,
        makes_up="" if offset is None else offset.about,
        may_be_reversed=entry.reversed_by is None
        and reconciliations.may_be_reversed(kind=kind, external_id=external_id),
    )


def _tied_to(kind: EntryKind, external_id: str) -> list[TiedTo]:
    ties = Tie.objects.filter(entry_kind=int(kind), external_id=external_id).select_related("balance_transaction")
    return [
        TiedTo(
            stripe_id=tie.balance_transaction.stripe_id,
            part=tie.part,
            type=tie.balance_transaction.type,
            source=tie.balance_transaction.source,
            account=tie.account,
            amount_minor=(
                tie.balance_transaction.amount_minor if tie.part == "amount" else -tie.balance_transaction.fee_minor
            ),
            currency=tie.currency,
            created_at=tie.balance_transaction.created_at,
        )
        for tie in ties.order_by("account")
    ]


def _creators(entry: books.EntryFacts) -> list[int]:
    accounts = [account_named(code, currency=leg.currency) for leg in entry.legs for code in (leg.debit, leg.credit)]
    return sorted(
        {
            account.owner_id
            for account in accounts
            if account is not None and account.owner_id is not None and account.kind.startswith("creator_")
        }
    )
