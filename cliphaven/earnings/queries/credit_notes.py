"""Credit notes: what sponsors have back for views that were paid and do not count."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from cliphaven.campaigns.rules.documents import number_of
from cliphaven.clips import queries as clips
from cliphaven.earnings.models import CreditedEntry, CreditNote, PurgeFollowUp
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind, reversal_of

NOTES_SHOWN = 50
NOTES_WRITTEN_MAX = 10_000


@dataclass(frozen=True, kw_only=True)
class CreditedPart:
    """What of one earning entry was credited: its views above `views_from`, in minor units what they had cost."""

    entry: str
    views_from: int
    views_to: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class CreditLine:
    """A credit note, its number such as "C-000042". In the books it is (invalid_view_credit, `entry_name`).

    `clip_id` and the views are None where two people credited a sum for a campaign. With `is_taken_back` they undid it.
    """

    note_id: int
    number: str
    document_id: int
    campaign_id: int
    campaign_title: str
    clip_id: int | None
    clip_title: str
    platform: str
    views: int | None
    views_from: int | None
    views_to: int | None
    amount_minor: int
    capped_minor: int
    currency: str
    cause: str
    entry_name: str
    by_people: bool
    is_taken_back: bool
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class CreditPage:
    """A page of credit notes, newest first; `next_before` goes on, None on the last page."""

    notes: Sequence[CreditLine]
    next_before: int | None


@dataclass(frozen=True, kw_only=True)
class CreditSum:
    """What was credited in one currency, and by how many notes."""

    currency: str
    notes: int
    amount_minor: int


def credit_page(
    *, organisation_id: int, campaign_id: int | None = None, before: int | None = None, at_most: int = NOTES_SHOWN
) -> CreditPage:
    """An organisation's credit notes, newest first; those below the id `before` where given, or of one campaign."""
    found = CreditNote.objects.filter(organisation_id=organisation_id)
    if campaign_id is not None:
        found = found.filter(campaign_id=campaign_id)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = _lines(found.order_by("-id")[: at_most + 1])
    return CreditPage(notes=rows[:at_most], next_before=rows[at_most - 1].note_id if len(rows) > at_most else None)


def credit_note(*, note_id: int, organisation_id: int) -> CreditLine | None:
    """One note of this organisation; None when there is none such, or it is another's: both look alike."""
    found = _lines(CreditNote.objects.filter(id=note_id, organisation_id=organisation_id))
    return found[0] if found else None


def parts_of(*, note_id: int) -> list[CreditedPart]:
    """The entries that a note is about, the highest views first; none where two people credited a sum."""
    rows = CreditedEntry.objects.filter(note_id=note_id).select_related("accrual").order_by("-views_from")
    return [
        CreditedPart(
            entry=row.accrual.name, views_from=row.views_from, views_to=row.views_to, amount_minor=row.amount_minor
        )
        for row in rows
    ]


def credit_sums(*, organisation_id: int, campaign_id: int | None = None) -> list[CreditSum]:
    """What an organisation was credited, by currency; with `campaign_id` for one campaign."""
    found = CreditNote.objects.filter(organisation_id=organisation_id)
    if campaign_id is not None:
        found = found.filter(campaign_id=campaign_id)
    sums: dict[str, CreditSum] = {}
    for line in _lines(found.order_by("id")):
        before = sums.get(line.currency, CreditSum(currency=line.currency, notes=0, amount_minor=0))
        minor = 0 if line.is_taken_back else line.amount_minor
        sums[line.currency] = CreditSum(
            currency=line.currency, notes=before.notes + 1, amount_minor=before.amount_minor + minor
        )
    return [sums[currency] for currency in sorted(sums)]


def clips_waiting(*, organisation_id: int) -> int:
    """On how many clips of an organisation a purge is followed now: a week long, and until all of it is paid."""
    waiting = PurgeFollowUp.objects.filter(settled_at=None, clip__campaign__organisation_id=organisation_id)
    return waiting.values("clip").distinct().count()


def credited_of(accrual_ids: Collection[int]) -> set[int]:
    """Those of the entries of which the sponsor was credited something."""
    return set(CreditedEntry.objects.filter(accrual_id__in=accrual_ids).values_list("accrual_id", flat=True))


def are_credited(accrual_ids: Collection[int]) -> bool:
    """Whether the sponsor was credited something of any of these entries."""
    return CreditedEntry.objects.filter(accrual_id__in=accrual_ids).exists()


def credited_by_clip(clip_ids: Collection[int]) -> dict[int, int]:
    """What was credited for each of the clips, in minor units; clips for which nothing was are absent."""
    sums = CreditNote.objects.filter(clip_id__in=clip_ids).values_list("clip_id").annotate(Sum("amount_minor"))
    return {clip_id: int(minor) for clip_id, minor in sums.order_by() if clip_id is not None}


def _lines(notes: QuerySet[CreditNote]) -> list[CreditLine]:
    rows = list(notes.select_related("document", "campaign", "follow_up")[:NOTES_WRITTEN_MAX])
    named = clips.clips_named({note.clip_id for note in rows if note.clip_id is not None})
    return [_line(note, named.get(note.clip_id or 0)) for note in rows]


def _line(note: CreditNote, clip: clips.ClipFacts | None) -> CreditLine:
    undone = note.correction_id is not None and books.entry(
        EntryKind.REVERSAL, reversal_of(EntryKind.INVALID_VIEW_CREDIT, note.entry_name)
    )
    return CreditLine(
        note_id=note.pk,
        number=number_of(note.document.kind, note.document.number),
        document_id=note.document_id,
        campaign_id=note.campaign_id,
        campaign_title=note.campaign.title,
        clip_id=note.clip_id,
        clip_title=clip.title if clip else "",
        platform=clip.platform if clip else "",
        views=note.views,
        views_from=note.views_from,
        views_to=note.views_to,
        amount_minor=note.amount_minor,
        capped_minor=note.capped_minor,
        currency=note.currency,
        cause=note.cause,
        entry_name=note.entry_name,
        by_people=note.correction_id is not None,
        is_taken_back=bool(undone),
        issued_at=note.issued_at,
    )
