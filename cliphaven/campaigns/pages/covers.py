"""Doors for people: the picture of a campaign, brought by its sponsor and shown wherever the campaign is."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.campaigns import queries
from cliphaven.campaigns.operations import covers
from cliphaven.campaigns.queries import covers as pictures
from cliphaven.files import queries as files
from cliphaven.files.forms import BringForm
from cliphaven.files.guards import file_answer, may_send_files
from cliphaven.files.operations import showing
from cliphaven.files.rules import MEASURES, Purpose, taken
from cliphaven.foundation import clock
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.identity.guards import SponsorRequest, faces_of, finance_page
from cliphaven.identity.operations import TooOften
from cliphaven.providers.pictures import KEPT_ENDING, KEPT_TYPE

COVER = Purpose.CAMPAIGN_COVER


@require_http_methods(["GET", "HEAD", "POST"])
@finance_page
def campaign_cover(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """The picture of a campaign: how far the last one is, and a form for another. Scripts are answered in JSON."""
    campaign = _campaign(request, campaign_id)
    if request.method != "POST":
        return _page(request, campaign, BringForm(purpose=COVER))
    form = BringForm(request.POST, purpose=COVER)
    is_script = request.headers.get("Accept") == "application/json"
    if not form.is_valid():
        problem = f"We take {taken(COVER)}"
        return _told(problem, HTTPStatus.UNPROCESSABLE_ENTITY) if is_script else _page(request, campaign, form, 422)
    try:
        file_id = covers.ask(
            campaign_id=campaign_id,
            organisation_id=request.organisation.id,
            person_id=request.user.id,
            said_name=form.cleaned_data["said_name"],
            said_type=form.cleaned_data["said_type"],
            size_bytes=form.size(),
            request_key=form.cleaned_data["request_key"],
            now=clock.wall(),
        )
    except Refused as refused:
        status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(refused, TooOften) else HTTPStatus.UNPROCESSABLE_ENTITY
        if is_script:
            return _told(refused.sentence, status)
        form.add_error(None, refused.sentence)
        return _page(request, campaign, form, status)
    return _leave(request, file_id) if is_script else redirect("campaign_cover", campaign_id)


@require_POST
@finance_page
def campaign_cover_remove(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """Show no picture of this campaign any more."""
    _campaign(request, campaign_id)
    if covers.remove(
        campaign_id=campaign_id,
        organisation_id=request.organisation.id,
        person_id=request.user.id,
        now=clock.wall(),
    ):
        messages.success(request, "The picture is gone.")
    return redirect("campaign_cover", campaign_id)


@require_safe
def cover_file(request: HttpRequest, campaign_id: int, file_id: UUID) -> HttpResponse:
    """The picture itself: of campaigns that everybody sees for everybody, of a draft for its organisation."""
    found = pictures.cover(campaign_id=campaign_id, file_id=file_id)
    if found is None or not (found.is_public or _is_member(request, found.organisation_id)):
        raise Http404
    try:
        content = showing.content(file_id=file_id)
    except files.NoSuchFile as missing:
        raise Http404 from missing
    except ProviderFailed:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    return file_answer(content, content_type=KEPT_TYPE, name=f"cover.{KEPT_ENDING}", is_public=found.is_public)


def _campaign(request: SponsorRequest, campaign_id: int) -> queries.CampaignFacts:
    try:
        return queries.campaign_of(campaign_id=campaign_id, organisation_id=request.organisation.id)
    except queries.NoSuchCampaign as missing:
        raise Http404 from missing


def _is_member(request: HttpRequest, organisation_id: int) -> bool:
    if not request.user.is_authenticated:
        return False
    belonging = faces_of(request).belonging
    return belonging is not None and belonging.organisation.id == organisation_id


def _page(request: SponsorRequest, campaign: queries.CampaignFacts, form: BringForm, status: int = 200) -> HttpResponse:
    latest = files.latest(purpose=COVER, subject_id=campaign.campaign_id)
    back = f"{settings.SITE_URL}{reverse('campaign_cover', args=[campaign.campaign_id])}"
    is_own = latest is not None and latest.asked_by_id == request.user.id
    context = {
        "campaign": campaign,
        "file": latest,
        "is_own": is_own,
        "leave": files.leave(file=latest, back_to=back, now=clock.wall()) if latest is not None and is_own else None,
        "form": form,
        "taken": taken(COVER),
        "accept": ",".join(MEASURES[COVER].types),
        "most_bytes": MEASURES[COVER].most_bytes,
        "is_open": files.are_taken(),
    }
    return may_send_files(render(request, "campaigns/cover.html", context, status=status))


def _leave(request: SponsorRequest, file_id: UUID) -> HttpResponse:
    file = files.own_file(file_id=file_id, person_id=request.user.id)
    form = files.leave(file=file, now=clock.wall())
    if form is None:  # the same form once more, later than its leave lasts
        return _told("The time to send this file is over: open the page anew.", HTTPStatus.CONFLICT)
    return JsonResponse({"url": form.url, "fields": form.fields, "arrived": reverse("file_arrived", args=[file_id])})


def _told(sentence: str, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"detail": sentence}, status=status)
