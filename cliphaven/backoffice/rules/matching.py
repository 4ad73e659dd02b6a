"""Which movement at Stripe is which entry of the books: by name, never by guess.

A balance transaction has a part for its amount and, where Stripe kept a fee, one for that. Each part ties to what
exactly one entry moved on the mirror of that balance. What does not tie is judged in `findings`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cliphaven.ledger.chart import EntryKind

Name = tuple[EntryKind, str]


class Part(StrEnum):
    """What of a balance transaction: the amount itself, or what Stripe kept of it."""

    AMOUNT = "amount"
    FEE = "fee"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One part of a balance transaction, signed as it changed the balance, in minor units.

    `owner_id` is the creator whose balance it is, None the platform. `row_id` is ours, the other words are Stripe's.
    """

    row_id: int
    part: Part
    owner_id: int | None
    currency: str
    amount_minor: int
    stripe_id: str
    type: str
    category: str
    source: str
    refers_to: str
    gives_back: str
    note: str
    is_converted: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Booked:
    """What one entry moved on one mirror account, signed the same way.

    `names` is the balance transaction that a correction says it is about. `is_later` when it was recorded after Stripe
    was asked, so that its movement may not have been seen yet.
    """

    kind: EntryKind
    external_id: str
    owner_id: int | None
    currency: str
    amount_minor: int
    at: datetime
    names: str = ""
    is_later: bool = False


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What ties, and what is left over on either side.

    `returned` are movements that were given back before either was booked, each with its return: nothing has to be.
    `undone` are entries with their exact reversal, neither of which has a movement. `unequal` have one name and two
    amounts.
    """

    ties: list[tuple[Moved, Booked]] = field(default_factory=list)
    returned: list[tuple[Moved, Moved]] = field(default_factory=list)
    undone: list[tuple[Booked, Booked]] = field(default_factory=list)
    unequal: list[tuple[Moved, Booked]] = field(default_factory=list)
    moved_alone: list[Moved] = field(default_factory=list)
    booked_alone: list[Booked] = field(default_factory=list)


_K = EntryKind
_ON_THE_PLATFORM: Mapping[str, EntryKind] = {
    "charge": _K.DEPOSIT,
    "payment": _K.DEPOSIT,
    "refund": _K.REFUND,
    "payment_refund": _K.REFUND,
    "refund_failure": _K.REFUND_FAILED,
    "transfer": _K.TRANSFER,
    "transfer_refund": _K.TRANSFER_REVERSAL,
    "transfer_cancel": _K.TRANSFER_REVERSAL,
    "transfer_failure": _K.TRANSFER_REVERSAL,
}
_ON_A_CONNECTED_ACCOUNT: Mapping[str, EntryKind] = {
    "charge": _K.TRANSFER,
    "payment": _K.TRANSFER,
    "refund": _K.TRANSFER_REVERSAL,
    "payment_refund": _K.TRANSFER_REVERSAL,
    "payout": _K.BANK_PAYOUT,
    "payout_cancel": _K.BANK_PAYOUT_RETURNED,
    "payout_failure": _K.BANK_PAYOUT_RETURNED,
}
_OF_DISPUTES = frozenset({"dispute", "dispute_reversal"})
_FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee"})


def expected(moved: Moved) -> Name | None:
    """The name of the entry that should stand in the books for a movement; None when no rule says so."""
    own_name = (_K.PROCESSING_FEE if moved.amount_minor < 0 else _K.FEE_RETURNED, moved.stripe_id)
    if moved.part is Part.FEE:
        return own_name
    if moved.owner_id is not None:
        kind = _ON_A_CONNECTED_ACCOUNT.get(moved.type)
        return (kind, moved.refers_to) if kind is not None and moved.refers_to else None
    if moved.type in _FEES:
        return own_name
    if moved.type == "adjustment":
        if moved.category not in _OF_DISPUTES:
            return None
        return _K.CHARGEBACK if moved.amount_minor < 0 else _K.CHARGEBACK_WON, f"{moved.source}:{moved.stripe_id}"
    kind = _ON_THE_PLATFORM.get(moved.type)
    return (kind, moved.refers_to) if kind is not None and moved.refers_to else None


def matched(moved: Iterable[Moved], booked: Iterable[Booked]) -> Matching:
    """Tie what is the same event on both sides. Converted money never ties: the books do not know its rate."""
    found = Matching()
    open_entries = {_key(entry): entry for entry in booked}
    by_correction: dict[tuple[int | None, str, str], list[Booked]] = {}
    for entry in open_entries.values():
        if entry.names:
            by_correction.setdefault((entry.owner_id, entry.currency, entry.names), []).append(entry)
    alone: list[Moved] = []
    for movement in moved:
        same = None if movement.is_converted else _entry_of(movement, open_entries, by_correction)
        if same is None:
            alone.append(movement)
            continue
        del open_entries[_key(same)]
        (found.ties if same.amount_minor == movement.amount_minor else found.unequal).append((movement, same))
    _sort_moved(alone, found)
    _sort_booked(list(open_entries.values()), found)
    return found


def _key(entry: Booked) -> tuple[int | None, str, EntryKind, str]:
    return entry.owner_id, entry.currency, entry.kind, entry.external_id


def _entry_of(
    movement: Moved,
    open_entries: Mapping[tuple[int | None, str, EntryKind, str], Booked],
    by_correction: Mapping[tuple[int | None, str, str], Sequence[Booked]],
) -> Booked | None:
    name = expected(movement)
    if name is not None:
        entry = open_entries.get((movement.owner_id, movement.currency, *name))
        if entry is not None:
            return entry
    for entry in by_correction.get((movement.owner_id, movement.currency, movement.stripe_id), ()):
        if entry.amount_minor == movement.amount_minor and _key(entry) in open_entries:
            return entry
    return None


def _sort_moved(alone: Sequence[Moved], found: Matching) -> None:
    """What moved and was wholly given back, before either was booked, needs no entry: a payout that never arrived, a
    payment or a transfer by hand that was undone by hand."""
    amounts = [it for it in alone if it.part is Part.AMOUNT and not it.is_converted]
    gone = {(it.owner_id, it.currency, it.source, it.amount_minor): it for it in amounts if it.source}
    for it in amounts:
        undone = gone.pop((it.owner_id, it.currency, it.gives_back, -it.amount_minor), None) if it.gives_back else None
        if undone is not None:
            found.returned.append((undone, it))
    returned = {(it.row_id, it.part) for pair in found.returned for it in pair}
    found.moved_alone.extend(it for it in alone if (it.row_id, it.part) not in returned)


def _sort_booked(alone: Sequence[Booked], found: Matching) -> None:
    reversals = {_key(entry): entry for entry in alone if entry.kind is _K.REVERSAL}
    for entry in alone:
        reversal = reversals.get(
            (entry.owner_id, entry.currency, _K.REVERSAL, f"{int(entry.kind)}:{entry.external_id}")
        )
        if reversal is not None and reversal.amount_minor == -entry.amount_minor:
            found.undone.append((entry, reversal))
    undone = {_key(entry) for pair in found.undone for entry in pair}
    found.booked_alone.extend(entry for entry in alone if _key(entry) not in undone)
