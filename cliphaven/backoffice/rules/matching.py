"""Which movement at Stripe is which entry of the books: by name, never by guess.

A balance transaction has a part for its amount and, where Stripe kept a fee, one for that. Each part ties to what one
entry moved on the mirror of that balance; corrections that name the balance transaction make up what that entry lacks.
Entries that come out at nothing need no movement. What is left over is judged in `findings`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from cliphaven.ledger.chart import EntryKind, reversal_of

Name = tuple[EntryKind, str]
# Money that came back is nobody's business only when nobody can book it any more: calls are repeated and looked up for
# some twenty hours.
COMES_OUT_AFTER = timedelta(days=1)
# Two people make each correction, so few ever name one balance transaction; their sums are tried out.
MADE_UP_OF_MAX = 8
# What people write, and what is about a balance transaction because they said so.
BY_HAND = frozenset({EntryKind.ADJUSTMENT, EntryKind.REVERSAL})


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

    `about` is the balance transaction that a correction names, that what a reversal undoes was about before, or that
    Stripe converted: what the books have of that is in another currency.
    `is_later` when it was recorded after Stripe was asked, so that its movement may not have been seen yet.
    `left` is the connected account that it is on, when that left before its list was read so far: nobody will ever see
    its movement.
    """

    kind: EntryKind
    external_id: str
    owner_id: int | None
    currency: str
    amount_minor: int
    at: datetime
    about: str = ""
    is_later: bool = False
    left: str = ""


@dataclass(frozen=True, kw_only=True)
class Matching:
    """What ties, what comes out, and what is left over on either side.

    `ties` are movements with their entries. `offset` are entries that need no movement of their own: they make up, each
    with the balance transaction it is about, what the entry that ties lacks; or they come out at nothing, as an entry
    and its reversal do, and may be about none. `returned` are movements that were given back before either was booked,
    each with its return: nothing has to be. `returning` are those that may still be booked. `unequal` have one name and
    two amounts.
    """

    ties: list[tuple[Moved, Booked]] = field(default_factory=list)
    offset: list[tuple[Booked, str]] = field(default_factory=list)
    returned: list[tuple[Moved, Moved]] = field(default_factory=list)
    returning: list[tuple[Moved, Moved]] = field(default_factory=list)
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


def matched(moved: Iterable[Moved], booked: Iterable[Booked], *, now: datetime) -> Matching:
    """Tie what is the same event on both sides, and let go of what comes out at nothing.

    Converted money ties to corrections alone: the books do not know its rate.
    """
    sheet = _Sheet(moved, booked)
    _tie_what_is_equal(sheet)
    _let_go_of_what_was_undone(sheet)
    _make_up_by_corrections(sheet)
    _keep_unequal_together(sheet)
    _let_go_of_what_was_given_back(sheet, now=now)
    sheet.found.moved_alone.extend(sheet.moved.values())
    sheet.found.booked_alone.extend(sheet.booked.values())
    return sheet.found


_Key = tuple[int | None, str, EntryKind, str]
_About = tuple[int | None, str, str]


class _Sheet:
    """Both sides while they are compared: what is still open of each, in the order in which it came."""

    def __init__(self, moved: Iterable[Moved], booked: Iterable[Booked]) -> None:
        self.moved = {_row(it): it for it in moved}
        self.booked = {_key(entry): entry for entry in booked}
        self.found = Matching()

    def tie(self, movement: Moved, entry: Booked) -> None:
        del self.moved[_row(movement)]
        del self.booked[_key(entry)]
        self.found.ties.append((movement, entry))

    def offset(self, entries: Iterable[Booked], *, about: str) -> None:
        for entry in entries:
            del self.booked[_key(entry)]
            self.found.offset.append((entry, about))

    def named_by(self, movement: Moved) -> Booked | None:
        """The open entry that by its name is this movement."""
        name = expected(movement)
        if name is None or movement.is_converted:
            return None
        return self.booked.get((movement.owner_id, movement.currency, *name))


def _key(entry: Booked) -> _Key:
    return entry.owner_id, entry.currency, entry.kind, entry.external_id


def _tie_what_is_equal(sheet: _Sheet) -> None:
    corrections: dict[_About, list[Booked]] = defaultdict(list)
    for entry in sheet.booked.values():
        if entry.about and entry.kind is _K.ADJUSTMENT:
            corrections[entry.owner_id, entry.currency, entry.about].append(entry)
    for movement in list(sheet.moved.values()):
        named = sheet.named_by(movement)
        about = corrections.get((movement.owner_id, movement.currency, movement.stripe_id), [])
        for entry in [*([named] if named else []), *about]:
            if entry.amount_minor == movement.amount_minor and _key(entry) in sheet.booked:
                sheet.tie(movement, entry)
                break


def _let_go_of_what_was_undone(sheet: _Sheet) -> None:
    """An entry and its exact reversal, neither of which has a movement. One whose movement may still be seen waits."""
    for entry in list(sheet.booked.values()):
        name = reversal_of(entry.kind, entry.external_id)
        reversal = sheet.booked.get((entry.owner_id, entry.currency, _K.REVERSAL, name))
        if reversal is not None and reversal.amount_minor == -entry.amount_minor and not entry.is_later:
            sheet.offset([entry, reversal], about=entry.about)


def _make_up_by_corrections(sheet: _Sheet) -> None:
    """All that is about one balance transaction adds up to what it moved, or to nothing where that has its entry."""
    parts: dict[_About, list[Moved]] = defaultdict(list)
    for movement in sheet.moved.values():
        parts[movement.owner_id, movement.currency, movement.stripe_id].append(movement)
    for about, entries in _by_what_they_are_about(sheet).items():
        for movement in parts.get(about, ()):
            named = sheet.named_by(movement)
            by_hand = [entry for entry in entries if entry.kind in BY_HAND]
            makes_up = _fewest(by_hand, movement.amount_minor - (named.amount_minor if named else 0))
            if makes_up:
                _take(makes_up, out_of=entries)
                sheet.tie(movement, named or makes_up.pop(0))
                sheet.offset(makes_up, about=movement.stripe_id)
        while nothing := _fewest(entries, 0):
            _take(nothing, out_of=entries)
            sheet.offset(nothing, about=about[2])


def _by_what_they_are_about(sheet: _Sheet) -> dict[_About, list[Booked]]:
    """The open entries that are about a balance transaction otherwise than by being its entry."""
    tied = {(_K.REVERSAL, reversal_of(entry.kind, entry.external_id)): it.stripe_id for it, entry in sheet.found.ties}
    named = [sheet.named_by(movement) for movement in sheet.moved.values()]
    own = {_key(entry) for entry in named if entry is not None}
    found: dict[_About, list[Booked]] = defaultdict(list)
    for entry in sheet.booked.values():
        about = entry.about or tied.get((entry.kind, entry.external_id))
        if about and _key(entry) not in own:
            found[entry.owner_id, entry.currency, about].append(entry)
    return found


def _take(entries: Sequence[Booked], *, out_of: list[Booked]) -> None:
    for entry in entries:
        out_of.remove(entry)


def _fewest(entries: Sequence[Booked], amount_minor: int) -> list[Booked]:
    """The fewest of the entries that add up to an amount; none when none do."""
    among = entries[:MADE_UP_OF_MAX]
    for number in range(len(among)):
        for some in combinations(among, number + 1):
            if sum(entry.amount_minor for entry in some) == amount_minor:
                return list(some)
    return []


def _keep_unequal_together(sheet: _Sheet) -> None:
    for movement in list(sheet.moved.values()):
        named = sheet.named_by(movement)
        if named is not None:
            del sheet.moved[_row(movement)]
            del sheet.booked[_key(named)]
            sheet.found.unequal.append((movement, named))


def _let_go_of_what_was_given_back(sheet: _Sheet, *, now: datetime) -> None:
    """What moved and was wholly given back, before either was booked, needs no entry: a payout that never arrived, a
    payment or a transfer by hand that was undone by hand."""
    amounts = [it for it in sheet.moved.values() if it.part is Part.AMOUNT]
    _let_go_of_what_was_converted(sheet, amounts, now=now)
    gone = {(it.owner_id, it.currency, it.source, it.amount_minor): it for it in amounts if it.source}
    for back in amounts:
        first = gone.get((back.owner_id, back.currency, back.gives_back, -back.amount_minor))
        if first is None or not {_row(first), _row(back)} <= sheet.moved.keys():
            continue
        del sheet.moved[_row(first)], sheet.moved[_row(back)]
        (sheet.found.returned if _is_over(first, back, now=now) else sheet.found.returning).append((first, back))


def _let_go_of_what_was_converted(sheet: _Sheet, amounts: Sequence[Moved], *, now: datetime) -> None:
    """What the books have, in another currency, of converted money and of its return, at whatever rate that came."""
    gone = {(it.owner_id, it.source): it for it in amounts if it.source and not it.gives_back}
    for back in amounts:
        first = gone.get((back.owner_id, back.gives_back))
        if first is None or not _is_over(first, back, now=now):
            continue
        entries = [it for it in sheet.booked.values() if it.about in (first.stripe_id, back.stripe_id)]
        if len({it.currency for it in entries}) == 1 and not sum(it.amount_minor for it in entries):
            sheet.offset(entries, about=first.stripe_id)


def _is_over(first: Moved, back: Moved, *, now: datetime) -> bool:
    return now - max(first.at, back.at) >= COMES_OUT_AFTER


def _row(movement: Moved) -> tuple[int, Part]:
    return movement.row_id, movement.part
