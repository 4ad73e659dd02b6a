"""Doors of the API for sponsors: views in doubt of a campaign, and credit notes."""

from typing import Annotated

from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Path, Query, Router

from cliphaven.campaigns.queries import NoSuchCampaign, campaign_of
from cliphaven.earnings.queries import credit_notes, sponsor_doubts
from cliphaven.earnings.schemas import credits as shapes
from cliphaven.foundation.shapes import ID_MAX, NOBODY
from cliphaven.identity.guards import AS_SPONSOR, signed_in_organisation_id

SPONSOR = Router(auth=AS_SPONSOR, tags=["Sponsors: views in doubt"])

ANumber = Annotated[int, Path(ge=1, le=ID_MAX)]
Before = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Go on from here: `next_before`.")]
OfCampaign = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Of one campaign only.")]


@SPONSOR.get(
    "/campaigns/{campaign_id}/doubts",
    response={200: shapes.CampaignDoubts, **NOBODY},
    url_name="api_campaign_doubts",
)
def campaign_doubts(request: HttpRequest, campaign_id: ANumber) -> shapes.CampaignDoubts:
    """Which views of a campaign are held and until when, which were left out, and what was credited."""
    try:
        campaign = campaign_of(campaign_id=campaign_id, organisation_id=signed_in_organisation_id(request))
    except NoSuchCampaign as missing:
        raise Http404 from missing
    return shapes.campaign_doubts(sponsor_doubts.campaign_doubts(campaign_id=campaign_id), currency=campaign.currency)


@SPONSOR.get("/credit-notes", response={200: shapes.CreditNotes, **NOBODY}, url_name="api_credit_notes")
def notes(request: HttpRequest, before: Before = None, campaign: OfCampaign = None) -> shapes.CreditNotes:
    """Your credit notes, newest first."""
    page = credit_notes.credit_page(
        organisation_id=signed_in_organisation_id(request), campaign_id=campaign, before=before
    )
    return shapes.CreditNotes(
        notes=[shapes.credit_note(one, pdf=_pdf(one)) for one in page.notes], next_before=page.next_before
    )


@SPONSOR.get("/credit-notes/{note_id}", response={200: shapes.WholeCreditNote, **NOBODY}, url_name="api_credit_note")
def note(request: HttpRequest, note_id: ANumber) -> shapes.WholeCreditNote:
    """One credit note with the entries that it is about."""
    found = credit_notes.credit_note(note_id=note_id, organisation_id=signed_in_organisation_id(request))
    if found is None:
        raise Http404
    return shapes.whole(found, credit_notes.parts_of(note_id=note_id), pdf=_pdf(found))


def _pdf(line: credit_notes.CreditLine) -> str:
    return reverse("document", args=[line.document_id])
