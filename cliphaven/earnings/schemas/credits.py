"""Credit notes, and views in doubt, as sponsors are told of them through the API."""

from datetime import datetime

from ninja import Schema

from cliphaven.earnings.queries import credit_notes, sponsor_doubts
from cliphaven.foundation.shapes import Money


class CreditedEntry(Schema):
    """What of one earning entry was credited."""

    entry: str
    views_from: int
    views_to: int
    amount: Money


class CreditNote(Schema):
    """What came back to your wallet for views that were paid and do not count.

    `ledger_entry` is its name in the books, under the kind `invalid_view_credit`. `clip` and the views are null where
    two people credited a sum for a whole campaign. `above_the_cap` is what the policy leaves out.
    """

    id: int
    number: str
    issued_at: datetime
    campaign: int
    clip: int | None
    views: int | None
    views_from: int | None
    views_to: int | None
    amount: Money
    above_the_cap: Money
    cause: str
    ledger_entry: str
    is_taken_back: bool
    pdf: str


class WholeCreditNote(CreditNote):
    """A note with the entries that it is about."""

    entries: list[CreditedEntry]


class CreditNotes(Schema):
    """A page of credit notes, newest first; `next_before` goes on, null on the last page."""

    notes: list[CreditNote]
    next_before: int | None


class DoubtedViews(Schema):
    """So many views and what they cost you, our fee included."""

    views: int
    cost: Money


class DoubtedClip(Schema):
    """A clip with views in doubt: what is held comes free by itself at `until` at the latest; what was excluded does
    not count, and `returned` of it is back already; `credited` came as credit notes."""

    clip: int
    band: str
    reasons: list[str]
    held: DoubtedViews
    until: datetime | None
    excluded: DoubtedViews
    returned: Money
    credited: Money


class CampaignDoubts(Schema):
    """What is and was in doubt of a campaign; `clips_in_all` may be more than the clips told, which are the dearest."""

    held: DoubtedViews
    excluded: DoubtedViews
    returned: Money
    credited: Money
    clips: list[DoubtedClip]
    clips_in_all: int


def credit_note(line: credit_notes.CreditLine, *, pdf: str) -> CreditNote:
    """One note and where its PDF is."""
    return CreditNote(
        id=line.note_id,
        number=line.number,
        issued_at=line.issued_at,
        campaign=line.campaign_id,
        clip=line.clip_id,
        views=line.views,
        views_from=line.views_from,
        views_to=line.views_to,
        amount=Money(amount=line.amount_minor, currency=line.currency),
        above_the_cap=Money(amount=line.capped_minor, currency=line.currency),
        cause=line.cause,
        ledger_entry=line.entry_name,
        is_taken_back=line.is_taken_back,
        pdf=pdf,
    )


def whole(line: credit_notes.CreditLine, parts: list[credit_notes.CreditedPart], *, pdf: str) -> WholeCreditNote:
    """One note with its entries."""
    return WholeCreditNote(
        **credit_note(line, pdf=pdf).dict(),
        entries=[
            CreditedEntry(
                entry=part.entry,
                views_from=part.views_from,
                views_to=part.views_to,
                amount=Money(amount=part.amount_minor, currency=line.currency),
            )
            for part in parts
        ],
    )


def campaign_doubts(found: sponsor_doubts.CampaignDoubts, *, currency: str) -> CampaignDoubts:
    """A campaign's doubts in its currency."""
    return CampaignDoubts(
        held=_views(found.held, currency),
        excluded=_views(found.excluded, currency),
        returned=Money(amount=found.returned_minor, currency=currency),
        credited=Money(amount=found.credited_minor, currency=currency),
        clips=[
            DoubtedClip(
                clip=one.clip_id,
                band=one.band,
                reasons=list(one.reasons),
                held=_views(one.held, currency),
                until=one.until,
                excluded=_views(one.excluded, currency),
                returned=Money(amount=one.returned_minor, currency=currency),
                credited=Money(amount=one.credited_minor, currency=currency),
            )
            for one in found.clips
        ],
        clips_in_all=found.clips_in_all,
    )


def _views(found: sponsor_doubts.DoubtedViews, currency: str) -> DoubtedViews:
    return DoubtedViews(views=found.views, cost=Money(amount=found.cost_minor, currency=currency))
