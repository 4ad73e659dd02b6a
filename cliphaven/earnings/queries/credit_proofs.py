"""The proof of credit notes: each has exactly one entry of its amount, and nobody has back more than was paid."""

from django.db.models import Sum

from cliphaven.earnings.models import CreditedEntry, CreditNote, EarningReversal
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

FAILURES_SHOWN_MAX = 100


def _notes_equal_their_entries() -> books.Check:
    """Each note has one entry in the books, from the reserve to its sponsor, of its amount; and the books no more."""
    notes = list(CreditNote.objects.select_related("follow_up").order_by("id"))
    claims = [
        books.ClaimedLeg(
            external_id=note.entry_name,
            debit=Account(kind=AccountKind.INVALID_VIEW_RESERVE, currency=note.currency),
            credit=Account(kind=AccountKind.SPONSOR_WALLET, owner_id=note.organisation_id, currency=note.currency),
            amount_minor=note.amount_minor,
        )
        for note in notes
    ]
    failures = [
        f"credit note {name} is not what the books say" for name in books.unlike(EntryKind.INVALID_VIEW_CREDIT, claims)
    ]
    entries = books.entry_count(EntryKind.INVALID_VIEW_CREDIT)
    if entries != len(notes):
        failures.append(f"the books have {entries:,} credits for {len(notes):,} credit notes")
    return books.Check(
        name="credit notes equal their entries",
        looked_at=len(notes),
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )


def _nobody_has_back_more_than_was_paid() -> books.Check:
    """The parts of a note are its amount, and the parts of an entry no more than its sponsor spent on it."""
    by_note = CreditedEntry.objects.values_list("note_id").annotate(Sum("amount_minor")).order_by("note_id")
    parts = {note_id: int(minor) for note_id, minor in by_note}
    notes = CreditNote.objects.filter(follow_up__isnull=False).order_by("id")
    failures = [
        f"credit note {note.entry_name} is of {note.amount_minor}, its entries of {parts.get(note.pk, 0)}"
        for note in notes
        if parts.get(note.pk, 0) != note.amount_minor
    ]
    by_entry = (
        CreditedEntry.objects.values("accrual_id", "accrual__gross_minor")
        .annotate(credited=Sum("amount_minor"))
        .order_by("accrual_id")
    )
    rows = list(by_entry)
    ids = [row["accrual_id"] for row in rows]
    returned = dict(EarningReversal.objects.filter(accrual_id__in=ids).values_list("accrual_id", "returned_minor"))
    failures += [
        f"of entry {row['accrual_id']}, which cost {row['accrual__gross_minor']}, {returned.get(row['accrual_id'], 0)}"
        f" came back and {row['credited']} was credited"
        for row in rows
        if row["credited"] + returned.get(row["accrual_id"], 0) > row["accrual__gross_minor"]
    ]
    return books.Check(
        name="credits stay within what was paid",
        looked_at=len(rows),
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )


_NOTES = frozenset({"earnings_creditnote", "earnings_creditedentry"})
QUESTIONS: tuple[books.Question, ...] = (
    books.Question(
        name="credit notes equal their entries",
        reads=books.LEGS | _NOTES,
        ask=lambda look: _notes_equal_their_entries(),  # noqa: ARG005  # all of them
        recomputes=True,
    ),
    books.Question(
        name="credits stay within what was paid",
        reads=_NOTES | {"earnings_earningreversal"},
        ask=lambda look: _nobody_has_back_more_than_was_paid(),  # noqa: ARG005  # all of them
        recomputes=True,
    ),
)
