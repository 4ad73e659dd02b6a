"""Corrections by two people: what was proposed, by whom, what it would do, and what became of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.backoffice.models import Correction, CorrectionState
from cliphaven.backoffice.rules import corrections as rules
from cliphaven.backoffice.rules.corrections import Effect
from cliphaven.foundation.money import formatted
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import ACCOUNT_TYPES, EntryKind, account_named, reversal_of

LISTED = 25


@dataclass(frozen=True, kw_only=True)
class CorrectionLeg:
    """One movement of a correction, by the codes of its accounts, in minor units."""

    debit: str
    credit: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class CorrectionFacts:
    """One correction; a reversal has the legs of what it undoes, the other way round.

    `undoes` is the correction that it undoes, `undoes_kind` and `undoes_id` name the entry that it undoes otherwise.
    `entry_kind` and `entry_id` name the entry that it is, once it is booked.
    """

    correction_id: int
    title: str
    kind: str
    legs: Sequence[CorrectionLeg]
    currency: str
    refers_to: str
    reason: str
    state: str
    proposer_id: int
    proposer: str
    proposed_at: datetime
    expires_at: datetime
    decider: str
    decided_at: datetime | None
    decision_reason: str
    undoes: int | None
    undoes_kind: str
    undoes_id: str
    is_reversible: bool
    entry_kind: str
    entry_id: str

    @property
    def debit(self) -> str:
        """The account that is debited, of the first leg."""
        return self.legs[0].debit

    @property
    def credit(self) -> str:
        """The account that is credited, of the first leg."""
        return self.legs[0].credit

    @property
    def amount_minor(self) -> int:
        """What it moves on a balance at Stripe, or else in all, in minor units."""
        mirrored = [leg.amount_minor for leg in self.legs if "stripe:" in (leg.debit[:7], leg.credit[:7])]
        return sum(mirrored or [leg.amount_minor for leg in self.legs])

    @property
    def amount(self) -> str:
        """The amount in words."""
        return formatted(self.amount_minor, currency=self.currency)


def correction(*, correction_id: int) -> CorrectionFacts | None:
    """One correction, or None."""
    row = Correction.objects.filter(id=correction_id).select_related("proposed_by", "decided_by").first()
    return None if row is None else _facts([row])[0]


def corrections(*, is_open: bool, before: int | None = None, limit: int = LISTED) -> list[CorrectionFacts]:
    """Corrections that wait for a second person, or those that were decided, newest first; `before` is an id."""
    rows = Correction.objects.select_related("proposed_by", "decided_by").order_by("-id")
    rows = rows.filter(state=CorrectionState.PROPOSED) if is_open else rows.exclude(state=CorrectionState.PROPOSED)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return _facts(list(rows[:limit]))


def waiting_count() -> int:
    """How many wait for a second person."""
    return Correction.objects.filter(state=CorrectionState.PROPOSED).count()


def effects(facts: CorrectionFacts) -> list[Effect]:
    """What booking it now would do to each account, by the balances of this moment."""
    moves: dict[str, int] = defaultdict(int)
    for leg in facts.legs:
        moves[leg.debit] += leg.amount_minor
        moves[leg.credit] -= leg.amount_minor
    accounts = [account_named(code, currency=facts.currency) for code in moves]
    known = [account for account in accounts if account is not None]
    balances = books.balances(known)
    return [
        rules.effect(
            ACCOUNT_TYPES[account.kind],
            code=account.code,
            balance_minor=balances[account],
            amount_minor=abs(moves[account.code]),
            is_debit=moves[account.code] > 0,
        )
        for account in known
    ]


def _facts(rows: Sequence[Correction]) -> list[CorrectionFacts]:
    undone = Correction.objects.in_bulk([number for row in rows if (number := _undone(row)) is not None])
    names = {rules.correction_name(row.id) for row in rows}
    reversals = Correction.objects.filter(reversed_external_id__in=names).exclude(
        state__in=[CorrectionState.DECLINED, CorrectionState.EXPIRED]
    )
    being_undone = set(reversals.values_list("reversed_external_id", flat=True))
    return [_one(row, undone=undone, being_undone=being_undone) for row in rows]


def _one(row: Correction, *, undone: dict[int, Correction], being_undone: set[str]) -> CorrectionFacts:
    name = rules.correction_name(row.id)
    original = undone.get(_undone(row) or 0)
    legs = _legs(row, original=original)
    kind = EntryKind(row.kind)
    words = kind.name.lower().replace("_", " ")
    entry_id, undoes_kind = name, ""
    title = f"{words.capitalize()}: debit {legs[0].debit}, credit {legs[0].credit}"
    if row.reversed_kind is not None:
        entry_id = reversal_of(EntryKind(row.reversed_kind), row.reversed_external_id)
        undoes_kind = EntryKind(row.reversed_kind).name.lower()
        if original is None:
            title = f"Reversal of the {undoes_kind.replace('_', ' ')} {row.reversed_external_id}"
    return CorrectionFacts(
        correction_id=row.id,
        title=title,
        kind=words,
        legs=legs,
        currency=row.currency,
        refers_to=row.refers_to,
        reason=row.reason,
        state=row.state,
        proposer_id=row.proposed_by_id,
        proposer=row.proposed_by.name,
        proposed_at=row.proposed_at,
        expires_at=row.proposed_at + rules.EXPIRES_AFTER,
        decider=row.decided_by.name if row.decided_by is not None else "",
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        undoes=None if original is None else original.id,
        undoes_kind=undoes_kind if original is None else "",
        undoes_id=row.reversed_external_id if original is None else "",
        is_reversible=row.state == CorrectionState.BOOKED and row.reversed_kind is None and name not in being_undone,
        entry_kind=kind.name.lower() if row.state == CorrectionState.BOOKED else "",
        entry_id=entry_id if row.state == CorrectionState.BOOKED else "",
    )


def _legs(row: Correction, *, original: Correction | None) -> list[CorrectionLeg]:
    if row.reversed_kind is None:
        return [CorrectionLeg(debit=row.debit, credit=row.credit, amount_minor=row.amount_minor or 0)]
    if original is not None:
        return [CorrectionLeg(debit=original.credit, credit=original.debit, amount_minor=original.amount_minor or 0)]
    entry = books.entry(EntryKind(row.reversed_kind), row.reversed_external_id)
    assert entry is not None  # nothing goes from the books
    return [CorrectionLeg(debit=leg.credit, credit=leg.debit, amount_minor=leg.amount_minor) for leg in entry.legs]


def _undone(row: Correction) -> int | None:
    """The correction that a reversal undoes; None for another row, and where it undoes another entry."""
    if row.reversed_kind not in rules.REVERSIBLE:
        return None
    return int(row.reversed_external_id.rpartition(":")[2])
