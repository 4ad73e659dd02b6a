"""Doors for people: the sponsor's home and campaign pages."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import FundForm
from cliphaven.campaigns.queries import NoSuchCampaign, campaign_of
from cliphaven.earnings.operations import defunding
from cliphaven.earnings.queries import overviews, sponsor_doubts
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import SponsorRequest, finance_page, sponsor_page


@require_safe
@sponsor_page
def sponsor_home(request: SponsorRequest) -> HttpResponse:
    """The organisation's campaigns, wallet and waiting clips."""
    home = overviews.sponsor_home(organisation_id=request.organisation.id, now=clock.now())
    context = {
        "organisation": request.organisation,
        "purses": home.purses,
        "clips_waiting": home.clips_waiting,
        "waiting": home.waiting,
        "campaigns": home.campaigns,
    }
    return render(request, "campaigns/home.html", context)


@require_safe
@sponsor_page
def campaign(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """One campaign of the organisation: budget, spend, clips and terms."""
    try:
        overview = overviews.campaign_overview(
            campaign_id=campaign_id, organisation_id=request.organisation.id, now=clock.now()
        )
    except NoSuchCampaign as missing:
        raise Http404 from missing
    facts = overview.campaign
    wanted = request.GET.get("fund", "")
    context = {
        "campaign": facts,
        "budget": overview.budget,
        "spend_today_minor": overview.spend_today_minor,
        "views_counted": overview.views_counted,
        "readings": overview.readings,
        "runway_at": overview.runway_at,
        "wallet": overview.wallet,
        "spend_chart": overview.spend_chart,
        "clips": overview.clips,
        "doubts": sponsor_doubts.campaign_doubts(campaign_id=campaign_id),
        "why_not": overview.why_not,
        "fund_form": FundForm(
            initial={"amount": _as_typed(wanted, currency=facts.currency)} if wanted else None, currency=facts.currency
        ),
        "symbol": money.symbol(facts.currency),
        "clips_in_all": overview.clips_in_all,
        "can_change_rules": request.may_move_money and facts.state in ("draft", "active", "paused"),
        "can_bring_cover": request.may_move_money,
        "can_fund": request.may_move_money and overview.can_fund,
        "can_close": request.may_move_money and overview.can_close,
        "can_activate": request.may_move_money and facts.state in ("draft", "paused") and facts.budget_left_minor > 0,
        "can_pause": request.may_move_money and facts.state == "active",
        "can_end": request.may_move_money and facts.state in ("active", "paused"),
        "defund_form": FundForm(auto_id="defund_%s", currency=facts.currency),
        "can_defund": request.may_move_money and facts.state in ("draft", "paused") and facts.budget_left_minor > 0,
    }
    return render(request, "campaigns/detail.html", context)


@require_POST
@finance_page
def campaign_defund(request: SponsorRequest, campaign_id: int) -> HttpResponse:
    """Take unspent money of a campaign back to the wallet."""
    try:
        currency = campaign_of(campaign_id=campaign_id, organisation_id=request.organisation.id).currency
    except NoSuchCampaign as missing:
        raise Http404 from missing
    form = FundForm(request.POST, currency=currency)
    if not form.is_valid():
        messages.error(request, " ".join(str(sentence) for errors in form.errors.values() for sentence in errors))
        return redirect("campaign", campaign_id)
    try:
        defunding.defund_campaign(
            campaign_id=campaign_id,
            organisation_id=request.organisation.id,
            user_id=request.user.id,
            amount_minor=form.cleaned_data["amount"],
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        amount = money.formatted(form.cleaned_data["amount"], currency=currency)
        messages.success(request, f"{amount} is in the wallet again.")
    return redirect("campaign", campaign_id)


def _as_typed(minor: str, *, currency: str) -> str:
    """The budget a draft was made with, as the amount field wants it; nothing when the address was meddled with."""
    is_amount = minor.isascii() and minor.isdigit() and len(minor) < 14
    return money.decimal_text(int(minor), currency=currency) if is_amount else ""
