"""What the staff is told of held and doubtful earnings, and what they say about them."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field, StrictBool, StrictInt

from cliphaven.earnings import queries
from cliphaven.earnings.models import HoldReason, ReversalReason
from cliphaven.earnings.queries import evidence, previews
from cliphaven.foundation.money import AMOUNT_MINOR_MAX
from cliphaven.foundation.shapes import ID_MAX, Moment, Money, Order

AT_ONCE_MAX = 1_000

Number = Annotated[StrictInt, Field(ge=1, le=ID_MAX)]
Numbers = Annotated[list[Number], Field(min_length=1, max_length=AT_ONCE_MAX)]
Note = Annotated[str, Field(min_length=1, max_length=2_000, description="The creator reads it.")]
Minor = Annotated[
    StrictInt, Field(ge=0, le=AMOUNT_MINOR_MAX, description="In whole minor units of the clip's currency.")
]


class Held(Schema):
    """What is held of one clip for one reason.

    `views_standing` is what the platform showed when it was looked at, `views_read_at`; null where nothing was.
    """

    clip_id: int
    creator_id: int
    campaign: str
    holds: list[int]
    entries: list[int]
    amount: Money
    reason: str
    note: str
    placed_by: str
    placed_at: datetime
    releases_at: datetime
    last_releases_at: datetime
    views_counted: int | None
    views_standing: int | None
    views_read_at: datetime | None


class HeldPage(Schema):
    """A page of what is held, what ends first at the top; `next_after` goes on, "" on the last page."""

    held: list[Held]
    next_after: str


class Reading(Schema):
    """A reading of a clip that an earning entry names."""

    observation_id: int
    observed_at: datetime
    views: int
    source: str


class BooksEntry(Schema):
    """An entry of the books by its name."""

    kind: str
    external_id: str


class ReversedEntry(Schema):
    """Why an entry does not count, and what the sponsor has back."""

    kind: str
    why: str
    note: str
    who: str
    reversed_at: datetime
    returned_to: str
    returned: Money


class EarningEntry(Schema):
    """One step of a clip's earnings with what it rests on."""

    entry_id: int
    number: int
    views_from: int
    views_to: int
    from_reading: Reading | None
    to_reading: Reading
    gross: Money
    fee: Money
    net: Money
    left: Money
    accrued_at: datetime
    clears_at: datetime
    stage: str
    releases_at: datetime | None
    reversal: ReversedEntry | None
    in_the_books: list[BooksEntry]


class ClipMoney(Schema):
    """One clip's money, net, with its entries, newest first; `next_before` goes on, null on the last page."""

    clip_id: int
    creator_id: int
    campaign_id: int
    counting: Money
    held: Money
    reversed: Money
    entries: list[EarningEntry]
    next_before: int | None


class Source(Schema):
    """A place that money would be taken from."""

    stage: str
    clip_id: int
    amount: Money


class Reversed(Order):
    """What a reversal comes to: net, and what of it the creator owes."""

    voided: Minor
    clawed_back: Minor
    owed: Minor


class Preview(Schema):
    """What reversing some entries would take from where, and who would have it. Send `comes_to` along as `expected`."""

    entries: list[int]
    comes_to: Reversed
    given_back: list[Source]
    others: list[Source]
    fee: Money
    returned_to: str
    returned: Money
    made_good: Money
    paid_entries: int


class HoldOrder(Order):
    """Entries of a clip to keep apart."""

    entries: Numbers
    reason: HoldReason
    note: Note
    until: Moment


class ReleaseOrder(Order):
    """Holds of a clip to let go."""

    holds: Numbers
    note: Note


class ExtendOrder(ReleaseOrder):
    """Holds of a clip that are to end later."""

    until: Moment


class ReverseOrder(Order):
    """Entries of a clip that do not count. With `expected` it is refused when it would come to something else."""

    entries: Numbers
    reason: ReversalReason
    note: Note
    claw_back: StrictBool = False
    expected: Reversed | None = None


class Moved(Schema):
    """How much it was about."""

    amount: Money


def held(case: queries.HeldCase) -> Held:
    """A case in the shape of the API."""
    return Held(
        clip_id=case.clip_id,
        creator_id=case.creator_id,
        campaign=case.campaign_title,
        holds=list(case.hold_ids),
        entries=list(case.accrual_ids),
        amount=Money(amount=case.amount_minor, currency=case.currency),
        reason=case.reason,
        note=case.note,
        placed_by=case.placed_by,
        placed_at=case.placed_at,
        releases_at=case.releases_at,
        last_releases_at=case.last_releases_at,
        views_counted=case.views_counted,
        views_standing=case.views_standing,
        views_read_at=case.read_at,
    )


def clip_money(found: evidence.ClipMoney) -> ClipMoney:
    """A clip's money in the shape of the API."""

    def money(minor: int) -> Money:
        return Money(amount=minor, currency=found.currency)

    return ClipMoney(
        clip_id=found.clip.clip_id,
        creator_id=found.clip.creator_id,
        campaign_id=found.clip.campaign_id,
        counting=money(found.counting_minor),
        held=money(found.held_minor),
        reversed=money(found.reversed_minor),
        entries=[_entry(entry, currency=found.currency) for entry in found.entries],
        next_before=found.next_before,
    )


def _entry(entry: evidence.EntryEvidence, *, currency: str) -> EarningEntry:
    def money(minor: int) -> Money:
        return Money(amount=minor, currency=currency)

    reversal = entry.reversal
    return EarningEntry(
        entry_id=entry.accrual_id,
        number=entry.number,
        views_from=entry.views_from,
        views_to=entry.views_to,
        from_reading=_reading(entry.from_reading) if entry.from_reading else None,
        to_reading=_reading(entry.to_reading),
        gross=money(entry.gross_minor),
        fee=money(entry.fee_minor),
        net=money(entry.net_minor),
        left=money(entry.left_minor),
        accrued_at=entry.accrued_at,
        clears_at=entry.clears_at,
        stage=entry.stage,
        releases_at=entry.releases_at,
        reversal=None
        if reversal is None
        else ReversedEntry(
            kind=reversal.kind,
            why=reversal.why,
            note=reversal.note,
            who=reversal.who,
            reversed_at=reversal.reversed_at,
            returned_to=reversal.returned_to,
            returned=money(reversal.returned_minor),
        ),
        in_the_books=[BooksEntry(kind=kind, external_id=external_id) for kind, external_id in entry.in_the_books],
    )


def _reading(facts: evidence.ReadingFacts) -> Reading:
    return Reading(
        observation_id=facts.observation_id, observed_at=facts.observed_at, views=facts.views, source=facts.source
    )


def preview(found: previews.Preview) -> Preview:
    """A preview in the shape of the API."""

    def money(minor: int) -> Money:
        return Money(amount=minor, currency=found.currency)

    def sources(given: tuple[previews.Source, ...]) -> list[Source]:
        return [Source(stage=one.stage, clip_id=one.clip_id, amount=money(one.amount_minor)) for one in given]

    return Preview(
        entries=list(found.accrual_ids),
        comes_to=reversed_(found.comes_to),
        given_back=sources(found.given_back),
        others=sources(found.others),
        fee=money(found.fee_minor),
        returned_to=found.returned_to,
        returned=money(found.returned_minor),
        made_good=money(found.made_good_minor),
        paid_entries=found.paid_entries,
    )


def reversed_(found: previews.Reversed) -> Reversed:
    """What a reversal came to, in the shape of the API."""
    return Reversed(voided=found.voided_minor, clawed_back=found.clawed_back_minor, owed=found.owed_minor)


def expected(order: ReverseOrder) -> previews.Reversed | None:
    """What whoever sent the order had before their eyes."""
    said = order.expected
    if said is None:
        return None
    return previews.Reversed(voided_minor=said.voided, clawed_back_minor=said.clawed_back, owed_minor=said.owed)
