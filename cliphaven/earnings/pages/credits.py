"""Doors for sponsors: credit notes, what of views that were paid and do not count came back to the wallet."""

from datetime import UTC

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.earnings.queries import credit_notes
from cliphaven.foundation import clock, money, tables
from cliphaven.identity.guards import SponsorRequest, sponsor_page

COLUMNS = (
    "number",
    "issued_at",
    "campaign",
    "campaign_title",
    "clip",
    "platform",
    "views",
    "views_from",
    "views_to",
    "amount",
    "currency",
    "above_the_cap",
    "cause",
    "ledger_entry",
    "taken_back",
)


@require_safe
@sponsor_page
def listing(request: SponsorRequest) -> HttpResponse:
    """The organisation's credit notes, newest first; `?campaign=` shows those of one campaign."""
    before = whole_number(request.GET.get("before", ""))
    campaign_id = whole_number(request.GET.get("campaign", ""))
    page = credit_notes.credit_page(organisation_id=request.organisation.id, campaign_id=campaign_id, before=before)
    chosen = f"campaign={campaign_id}&" if campaign_id else ""
    context = {
        "notes": page.notes,
        "waiting": credit_notes.clips_waiting(organisation_id=request.organisation.id),
        "sums": credit_notes.credit_sums(organisation_id=request.organisation.id, campaign_id=campaign_id),
        "campaign_id": campaign_id,
        "csv_url": f"{reverse('credit_notes_csv')}?{chosen}",
        "next_url": f"?{chosen}before={page.next_before}" if page.next_before else "",
        "first_url": f"{reverse('credit_notes')}?{chosen}" if before else "",
    }
    return render(request, "earnings/credit_notes.html", context)


@require_safe
@sponsor_page
def detail(request: SponsorRequest, note_id: int) -> HttpResponse:
    """One credit note: which views, how much, why, and its entry in the books."""
    note = credit_notes.credit_note(note_id=note_id, organisation_id=request.organisation.id)
    if note is None:
        raise Http404
    return render(request, "earnings/credit_note.html", {"note": note, "parts": credit_notes.parts_of(note_id=note_id)})


@require_safe
@sponsor_page
def listing_csv(request: SponsorRequest) -> HttpResponse:
    """All of them as a table."""
    page = credit_notes.credit_page(
        organisation_id=request.organisation.id,
        campaign_id=whole_number(request.GET.get("campaign", "")),
        at_most=credit_notes.NOTES_WRITTEN_MAX,
    )
    rows = [
        (
            note.number,
            note.issued_at.astimezone(UTC).isoformat(),
            note.campaign_id,
            note.campaign_title,
            note.clip_id or "",
            note.platform,
            "" if note.views is None else note.views,
            "" if note.views_from is None else note.views_from,
            "" if note.views_to is None else note.views_to,
            tables.Number(money.decimal_text(note.amount_minor, currency=note.currency)),
            note.currency,
            tables.Number(money.decimal_text(note.capped_minor, currency=note.currency)),
            note.cause,
            note.entry_name,
            "yes" if note.is_taken_back else "no",
        )
        for note in page.notes
    ]
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="credit-notes-{clock.now():%Y-%m-%d}.csv"'
    tables.write_csv(answer, columns=COLUMNS, rows=rows)
    return answer
