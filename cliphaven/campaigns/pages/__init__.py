"""Doors for people: the public list, and campaigns from draft to pause. The wallet has a module of its own."""

import json
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.campaigns import queries
from cliphaven.campaigns.forms import CampaignForm, FundForm, RulesForm
from cliphaven.campaigns.operations import campaigns, versions
from cliphaven.campaigns.queries import wallets
from cliphaven.campaigns.rules import PLATFORMS
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import SponsorRequest, finance_page

EXAMPLE_VIEWS, EXAMPLE_CPM_MINOR = 84_000, 150


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What this is, by an example, and some open campaigns."""
    if request.user.is_authenticated:
        return redirect("home")
    found = queries.open_campaigns()
    example = {
        "views": EXAMPLE_VIEWS,
        "cpm_minor": EXAMPLE_CPM_MINOR,
        "amount_minor": money.earned(views=EXAMPLE_VIEWS, cpm_minor=EXAMPLE_CPM_MINOR),
        "currency": money.FIRST_CURRENCY,
    }
    return render(request, "landing.html", {"open_count": len(found), "campaigns": found[:3], "example": example})


@require_safe
def public_campaigns(request: HttpRequest) -> HttpResponse:
    """Open campaigns, of one platform if the address asks for it."""
    platform = request.GET.get("platform", "")
    found = [
        campaign
        for campaign in queries.open_campaigns()
        if platform not in PLATFORMS or campaign.terms.cpm_minor(platform) is not None
    ]
    return render(
        request,
        "campaigns/public_list.html",
        {"campaigns": found, "platform": platform if platform in PLATFORMS else "", "platforms": PLATFORMS},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@finance_page
def campaign_create(request: SponsorRequest) -> HttpResponse:
    """Draft a campaign."""
    now = clock.now()
    if request.method != "POST":
        currency = _currency(request, request.GET.get("currency", ""))
        return _campaign_form(request, CampaignForm(initial={"starts_on": now.date()}, currency=currency))
    form = CampaignForm(request.POST, currency=_currency(request, request.POST.get("currency", "")))
    if not form.is_valid():
        return _campaign_form(request, form, status=422)
    try:
        campaign_id = campaigns.create_campaign(
            organisation_id=request.organisation.id,
            title=form.cleaned_data["title"],
            brief=form.cleaned_data["brief"],
            currency=form.cleaned_data["currency"],
            starts_on=form.cleaned_data["starts_on"],
            ends_on=form.cleaned_data["ends_on"],
            terms=form.terms(),
            now=now,
        )
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _campaign_form(request, form, status=422)
    messages.success(request, "Drafted. Put money in, then activate it.")
    budget = form.cleaned_data["budget"]
    address = reverse("campaign", args=[campaign_id])
    return redirect(f"{address}?fund={budget}" if budget else address)


@require_http_methods(["GET", "HEAD", "POST"])
@finance_page
def campaign_rules(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """What a campaign asks of clips that come from now on."""
    try:
        campaign = queries.campaign_of(campaign_id=campaign_id, organisation_id=request.organisation.id)
    except queries.NoSuchCampaign as missing:
        raise Http404 from missing
    terms = campaign.terms
    if request.method != "POST":
        form = RulesForm(initial=RulesForm.showing(terms.clip_rules, freshness_days=terms.freshness_days))
        return render(request, "campaigns/rules.html", {"campaign": campaign, "form": form})
    form = RulesForm(request.POST)
    if form.is_valid():
        try:
            version = versions.change_rules(
                campaign_id=campaign_id,
                organisation_id=request.organisation.id,
                clip_rules=form.clip_rules(),
                freshness_days=form.freshness(),
                now=clock.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            same = version == terms.version
            messages.success(
                request,
                "Nothing was changed." if same else f"Version {version} holds for clips that come from now on.",
            )
            return redirect("campaign", campaign_id)
    return render(request, "campaigns/rules.html", {"campaign": campaign, "form": form}, status=422)


@require_POST
@finance_page
def campaign_fund(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """Set money of the wallet aside for a campaign."""
    currency = _currency_of(request, campaign_id)
    form = FundForm(request.POST, currency=currency)
    if not form.is_valid():
        messages.error(request, " ".join(str(sentence) for errors in form.errors.values() for sentence in errors))
    else:
        try:
            campaigns.fund_campaign(
                campaign_id=campaign_id,
                organisation_id=request.organisation.id,
                user_id=request.user.id,
                amount_minor=form.cleaned_data["amount"],
                request_key=form.cleaned_data["request_key"],
                now=clock.now(),
            )
        except queries.NoSuchCampaign as missing:
            raise Http404 from missing
        except Refused as refused:
            messages.error(request, refused.sentence)
        else:
            amount = money.formatted(form.cleaned_data["amount"], currency=currency)
            messages.success(request, f"{amount} is set aside for this campaign.")
    return redirect("campaign", campaign_id)


@require_POST
@finance_page
def campaign_activate(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """Open a campaign for clips."""

    def activate() -> str:
        campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=request.organisation.id, now=clock.now())
        return "Open. Creators can see it now."

    return _told(request, campaign_id, activate)


@require_POST
@finance_page
def campaign_pause(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """Take no new clips for now."""

    def pause() -> str:
        campaigns.pause_campaign(campaign_id=campaign_id, organisation_id=request.organisation.id, now=clock.now())
        return "Paused. Clips that are in it go on earning."

    return _told(request, campaign_id, pause)


@require_POST
@finance_page
def campaign_end(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """End a campaign before its last day."""

    def end() -> str:
        campaigns.end_campaign(campaign_id=campaign_id, organisation_id=request.organisation.id, now=clock.now())
        return "Ended. Its clips are read and paid for thirty more days; then you can close it."

    return _told(request, campaign_id, end)


@require_POST
@finance_page
def campaign_close(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """Close a campaign and take back what nobody earned."""

    currency = _currency_of(request, campaign_id)

    def close() -> str:
        returned = campaigns.close_campaign(
            campaign_id=campaign_id, organisation_id=request.organisation.id, user_id=request.user.id, now=clock.now()
        )
        return f"Closed. {money.formatted(returned, currency=currency)} went back to the wallet."

    return _told(request, campaign_id, close)


def _told(request: SponsorRequest, campaign_id: int, act: Callable[[], str]) -> HttpResponse:
    """Do it, say how it went in one sentence, and show the campaign."""
    try:
        messages.success(request, act())
    except queries.NoSuchCampaign as missing:
        raise Http404 from missing
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect("campaign", campaign_id)


def _currency(request: SponsorRequest, asked: str) -> str:
    """The currency that was asked for, or else the one in which the organisation has money."""
    return asked if asked in money.EXPONENTS else wallets.first_currency(organisation_id=request.organisation.id)


def _currency_of(request: SponsorRequest, campaign_id: int) -> str:
    """The currency of a campaign of theirs. Raises Http404."""
    try:
        return queries.campaign_of(campaign_id=campaign_id, organisation_id=request.organisation.id).currency
    except queries.NoSuchCampaign as missing:
        raise Http404 from missing


def _percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d} %" if rest else f"{whole} %"


def _campaign_form(request: SponsorRequest, form: CampaignForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "symbol": money.symbol(form["currency"].value()) if form["currency"].value() in money.EXPONENTS else "",
        "currencies": json.dumps({code: [money.symbol(code), digits] for code, digits in money.EXPONENTS.items()}),
        "fee_percent": _percent(settings.PLATFORM_FEE_BP),
    }
    return render(request, "campaigns/create.html", context, status=status)
