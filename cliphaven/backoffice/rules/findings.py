"""What it means when a movement at Stripe and the books do not tie, line by line, and what to do about each line."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cliphaven.backoffice.rules import advice
from cliphaven.backoffice.rules.matching import BY_HAND, Booked, Matching, Moved, Part, expected
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind

# Our letterbox, and the sweeps that make up for it, have until then to book what Stripe did.
BOOKED_WITHIN = timedelta(hours=1)
# Banks have their own idea of a day.
LATE_AFTER = timedelta(days=1)
# Why a balance is not shown whose owner has another account by now.
FORMER_ACCOUNT = "former_account"


class Finding(StrEnum):
    """What a line says."""

    IN_FLIGHT = "in_flight"
    TOO_NEW = "too_new"
    MISSING_IN_BOOKS = "missing_in_books"
    MISSING_AT_STRIPE = "missing_at_stripe"
    OTHER_AMOUNT = "other_amount"
    CONVERTED = "converted"
    UNCLASSIFIED = "unclassified"
    UNEXPLAINED = "unexplained"
    UNREADABLE = "unreadable"
    LEFT_UNREAD = "left_unread"


# What time alone explains, and what nobody can read any more where nothing is left of it. Everything else is for a
# person.
EXPLAINED = frozenset({Finding.IN_FLIGHT, Finding.TOO_NEW, Finding.LEFT_UNREAD})


@dataclass(frozen=True, kw_only=True)
class Left:
    """A connected account that Stripe does not show us any more, and what its list came to as far as it was read.

    `is_former` when its creator has another one, or may have: then the figure of the creator's mirror is not its own.
    """

    stripe_id: str
    owner_id: int
    is_former: bool
    read_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that does not tie, on one mirror account in one currency, in minor units.

    `difference_minor` is what it makes the books have more than Stripe: these add up to the difference of the account.
    `what` is Stripe's type or the kind of entry, `name` its id there, `stripe_id` the balance transaction that it is
    or is about, if any.
    """

    finding: Finding
    owner_id: int | None
    currency: str
    difference_minor: int
    what: str
    name: str
    stripe_id: str
    at: datetime
    sentence: str


def mirror_code(owner_id: int | None) -> str:
    """The mirror's name in the books: of the platform's balance, or of a creator's connected account."""
    if owner_id is None:
        return ACCOUNT_TYPES[AccountKind.STRIPE_BALANCE].pattern
    return ACCOUNT_TYPES[AccountKind.STRIPE_CONNECTED].pattern.format(owner=owner_id)


def lines(
    matching: Matching, *, on_their_way: Mapping[str, date | None], now: datetime, left: Sequence[Left] = ()
) -> list[Line]:
    """Everything that does not tie, judged.

    `on_their_way` names what Stripe has moved and the books wait for, and until which day (None: no day was told).
    `left` has every account of which an entry says that it left. What does not come out at nothing on one of those
    gets a line here when the account is a former one; of a present one it is in the figure, and the line is up to
    whoever compares that.
    """
    return [
        *(_unequal(moved, entry) for moved, entry in matching.unequal),
        *(_returning(moved) for pair in matching.returning for moved in pair),
        *(_moved_alone(moved, on_their_way=on_their_way, now=now) for moved in matching.moved_alone),
        *(_booked_alone(entry) for entry in matching.booked_alone if not entry.left),
        *_on_accounts_that_left(matching.booked_alone, left=left, now=now),
    ]


def unexplained(*, owner_id: int | None, currency: str, difference_minor: int, now: datetime) -> Line:
    """The part of a difference that no other line explains."""
    return Line(
        finding=Finding.UNEXPLAINED,
        owner_id=owner_id,
        currency=currency,
        difference_minor=difference_minor,
        what="balance",
        name="",
        stripe_id="",
        at=now,
        sentence="Stripe's balance is not the sum of its own balance transactions, or the books moved while they were "
        "read. Run it again; if it stays, ask Stripe's support about this account, with the amount.",
    )


def unreadable(*, owner_id: int | None, currency: str, difference_minor: int, code: str, now: datetime) -> Line:
    """A balance that Stripe does not show us any more, so that what the books have there is unproved."""
    return Line(
        finding=Finding.UNREADABLE,
        owner_id=owner_id,
        currency=currency,
        difference_minor=difference_minor,
        what="balance",
        name=code,
        stripe_id="",
        at=now,
        sentence="Stripe does not show us this account: its owner has probably left the platform. What the books have "
        "there is out of our reach: speak to the creator. The line stays as long as it does.",
    )


def _on_accounts_that_left(entries: Sequence[Booked], *, left: Sequence[Left], now: datetime) -> Iterator[Line]:
    """What was read of each account and what nobody will read come out at nothing together, or leave something."""
    unread: dict[str, dict[str, list[Booked]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        if entry.left:
            unread[entry.left][entry.currency].append(entry)
    for account in left:
        of_it = unread[account.stripe_id]
        for currency in sorted(of_it.keys() | account.read_minor.keys()):
            read = account.read_minor.get(currency, 0)
            rest = read + sum(entry.amount_minor for entry in of_it[currency])
            if not rest:
                yield from _left_unread(of_it[currency], account=account, read_minor=read, now=now)
            elif account.is_former:
                yield unreadable(
                    owner_id=account.owner_id, currency=currency, difference_minor=rest, code=FORMER_ACCOUNT, now=now
                )


def _left_unread(entries: Sequence[Booked], *, account: Left, read_minor: int, now: datetime) -> Iterator[Line]:
    """Entries of one currency, and what was read of the account before them, which they bring to nothing."""
    for entry in entries:
        yield _of_entry(entry, finding=Finding.LEFT_UNREAD, sentence=advice.LEFT_UNREAD)
    if read_minor:
        yield Line(
            finding=Finding.LEFT_UNREAD,
            owner_id=account.owner_id,
            currency=entries[0].currency,
            difference_minor=read_minor,
            what="balance",
            name=account.stripe_id,
            stripe_id="",
            at=now,
            sentence=advice.LEFT_UNREAD,
        )


def _moved_alone(moved: Moved, *, on_their_way: Mapping[str, date | None], now: datetime) -> Line:
    finding, sentence = _judged(moved, on_their_way=on_their_way, now=now)
    return _of_movement(moved, finding=finding, sentence=sentence)


def _returning(moved: Moved) -> Line:
    return _of_movement(
        moved,
        finding=Finding.TOO_NEW,
        sentence="It was given back. In a day, when nobody books it any more, both drop out. Nothing to do.",
    )


def _of_movement(moved: Moved, *, finding: Finding, sentence: str) -> Line:
    return Line(
        finding=finding,
        owner_id=moved.owner_id,
        currency=moved.currency,
        difference_minor=-moved.amount_minor,
        what=_what(moved),
        name=moved.source,
        stripe_id=moved.stripe_id,
        at=moved.at,
        sentence=sentence,
    )


def _judged(moved: Moved, *, on_their_way: Mapping[str, date | None], now: datetime) -> tuple[Finding, str]:
    if moved.is_converted:
        return Finding.CONVERTED, advice.on_converted(owner_id=moved.owner_id)
    if moved.source in on_their_way and moved.part is Part.AMOUNT:
        until = on_their_way[moved.source]
        if until is None or now.date() <= until + LATE_AFTER:
            return Finding.IN_FLIGHT, "It left the balance, and the books follow when it arrives. Nothing to do."
        return (
            Finding.MISSING_IN_BOOKS,
            f"It was to arrive by {until}. Look it up at Stripe: our news of it is missing.",
        )
    if expected(moved) is None and moved.type not in advice.BY_HAND:
        return Finding.UNCLASSIFIED, advice.UNCLASSIFIED
    if now - moved.at < BOOKED_WITHIN:
        return Finding.TOO_NEW, "It happened within the hour: the books follow. Nothing to do."
    return Finding.MISSING_IN_BOOKS, advice.on_movement(moved)


def _booked_alone(entry: Booked) -> Line:
    if entry.is_later:
        finding, sentence = Finding.TOO_NEW, "It was booked after Stripe was asked. Nothing to do."
    elif entry.about and entry.kind not in BY_HAND:
        finding, sentence = Finding.CONVERTED, advice.on_converted(owner_id=entry.owner_id)
    else:
        finding, sentence = Finding.MISSING_AT_STRIPE, advice.on_entry(entry)
    return _of_entry(entry, finding=finding, sentence=sentence)


def _of_entry(entry: Booked, *, finding: Finding, sentence: str) -> Line:
    return Line(
        finding=finding,
        owner_id=entry.owner_id,
        currency=entry.currency,
        difference_minor=entry.amount_minor,
        what=entry.kind.name.lower(),
        name=entry.external_id,
        stripe_id=entry.about,
        at=entry.at,
        sentence=sentence,
    )


def _unequal(moved: Moved, entry: Booked) -> Line:
    return Line(
        finding=Finding.OTHER_AMOUNT,
        owner_id=moved.owner_id,
        currency=moved.currency,
        difference_minor=entry.amount_minor - moved.amount_minor,
        what=entry.kind.name.lower(),
        name=entry.external_id,
        stripe_id=moved.stripe_id,
        at=moved.at,
        sentence=f"Stripe moved {moved.amount_minor} and the books {entry.amount_minor} (minor units) under one name. "
        + advice.on_other_amount(entry),
    )


def _what(moved: Moved) -> str:
    named = f"{moved.type}, {moved.category}" if moved.type == "adjustment" and moved.category else moved.type
    named += f", {moved.note}" if moved.note else ""
    return f"fee of {named}" if moved.part is Part.FEE else named
