"""Corrections by two people: what was proposed, by whom, what it would do, and what became of it."""

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
class CorrectionFacts:
    """One correction; a reversal has the accounts and the amount of what it undoes, the other way round.

    `entry_kind` and `entry_id` name the entry that it is, once it is booked.
    """

    correction_id: int
    title: str
    kind: str
    debit: str
    credit: str
    amount_minor: int
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
    is_reversible: bool
    entry_kind: str
    entry_id: str

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
    """What booking it now would do to both accounts, by the balances of this moment."""
    accounts = [account_named(code, currency=facts.currency) for code in (facts.debit, facts.credit)]
    known = [account for account in accounts if account is not None]
    balances = books.balances(known)
    return [
        rules.effect(
            ACCOUNT_TYPES[account.kind],
            code=account.code,
            balance_minor=balances[account],
            amount_minor=facts.amount_minor,
            is_debit=account.code == facts.debit,
        )
        for account in known
    ]


def _facts(rows: Sequence[Correction]) -> list[CorrectionFacts]:
    undone_ids = [_number(row.reversed_external_id) for row in rows if row.reversed_kind is not None]
    undone = Correction.objects.in_bulk(undone_ids)
    names = {rules.correction_name(row.id) for row in rows}
    reversals = Correction.objects.filter(reversed_external_id__in=names).exclude(
        state__in=[CorrectionState.DECLINED, CorrectionState.EXPIRED]
    )
    being_undone = set(reversals.values_list("reversed_external_id", flat=True))
    return [_one(row, undone=undone, being_undone=being_undone) for row in rows]


def _one(row: Correction, *, undone: dict[int, Correction], being_undone: set[str]) -> CorrectionFacts:
    name = rules.correction_name(row.id)
    original = undone[_number(row.reversed_external_id)] if row.reversed_kind is not None else None
    kind = EntryKind(row.kind)
    debit, credit = (row.debit, row.credit) if original is None else (original.credit, original.debit)
    amount_minor = row.amount_minor if original is None else original.amount_minor
    words = kind.name.lower().replace("_", " ")
    entry_id = (
        name if row.reversed_kind is None else reversal_of(EntryKind(row.reversed_kind), row.reversed_external_id)
    )
    return CorrectionFacts(
        correction_id=row.id,
        title=f"{words.capitalize()}: debit {debit}, credit {credit}",
        kind=words,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor or 0,
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
        is_reversible=row.state == CorrectionState.BOOKED and original is None and name not in being_undone,
        entry_kind=kind.name.lower() if row.state == CorrectionState.BOOKED else "",
        entry_id=entry_id if row.state == CorrectionState.BOOKED else "",
    )


def _number(name: str) -> int:
    return int(name.rpartition(":")[2])
