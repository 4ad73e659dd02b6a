"""Doors for people: the sponsor's home and campaign pages, and a clip with its views and money."""

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import FundForm, whole_number
from cliphaven.campaigns.queries import NoSuchCampaign, campaign_of, pause_sentences
from cliphaven.clips.forms import FixForm
from cliphaven.clips.queries import ClipFacts, NoSuchClip, clip_of_creator, clip_of_sponsor, pauses
from cliphaven.earnings.operations import defunding
from cliphaven.earnings.queries import bundles, overviews
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries as identity
from cliphaven.identity.guards import SponsorRequest, finance_page, sponsor_page

EVENT_TONES = {"approved": "good", "rejected": "stop", "needs_fix": "wait"}


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
        "why_not": overview.why_not,
        "fund_form": FundForm(
            initial={"amount": _as_typed(wanted, currency=facts.currency)} if wanted else None, currency=facts.currency
        ),
        "symbol": money.symbol(facts.currency),
        "clips_in_all": overview.clips_in_all,
        "can_change_rules": request.may_move_money and facts.state in ("draft", "active", "paused"),
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


@require_safe
@login_required
def clip(request: HttpRequest, clip_id: int) -> HttpResponse:
    """One clip, for its creator and for the sponsor of its campaign; for everybody else it is not there."""
    found, is_creator = _visible_clip(request, clip_id)
    overview = overviews.clip_overview(found, before=whole_number(request.GET.get("before", "")))
    next_before = overview.earnings.next_before
    seen = overview.seen
    context: dict[str, Any] = {
        "clip": {
            "id": found.clip_id,
            "title": found.title,
            "url": found.url,
            "platform": found.platform,
            "handle": found.handle,
            "campaign": found.campaign_title,
            "campaign_url": reverse("public_campaigns")
            if is_creator
            else reverse("campaign", args=[found.campaign_id]),
            "state": found.state,
            "auto_approves_at": found.auto_approves_at,
            "views": seen.views if seen else None,
            "views_counted": overview.views_counted,
            "counted_at": overview.counted_at,
            "views_standing": seen.views_standing if seen else None,
            "fallen_to": seen.fallen_to if seen else None,
            "availability": seen.availability if seen else "",
            "read_at": seen.seen_at if seen else None,
            "next_read_at": _next_read_at(overview) if found.state == "approved" else None,
            "currency": overview.currency,
            "terms": overview.terms,
        },
        "chart": overview.chart,
        "checks": found.checks,
        "earnings": overview.earnings,
        "holds": overview.holds,
        "reversals": overview.reversals,
        "pause": pause_sentences([found.campaign_id], now=clock.now()).get(found.campaign_id, ""),
        "next_url": f"?before={next_before}" if next_before else "",
        "reviews": _events(found),
        "rejection": _rejection(found),
        "fix_form": FixForm(),
        "is_creator": is_creator,
    }
    return render(request, "clips/clip.html", context)


@require_safe
@login_required
def clip_evidence(request: HttpRequest, clip_id: int) -> HttpResponse:
    """The evidence of a clip's views as a file: for its creator, the sponsor of its campaign, and the staff."""
    if not request.user.is_staff:
        _visible_clip(request, clip_id)
    content = bundles.evidence_file(clip_id=clip_id, now=clock.now())
    if content is None:
        raise Http404
    name = f"evidence-{content['clip']['platform']}-{content['clip']['video_id']}.json"
    answer = HttpResponse(json.dumps(content, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _next_read_at(overview: overviews.ClipOverview) -> datetime | None:
    """When the clip is read next; not before its platform's vendor is asked again, if that is later."""
    if overview.seen is None or overview.seen.due_at is None:
        return None
    asked_again_at = pauses.paused_until(platform=overview.clip.platform, now=clock.now(), urgent=False)
    return max(overview.seen.due_at, asked_again_at or overview.seen.due_at)


def _visible_clip(request: HttpRequest, clip_id: int) -> tuple[ClipFacts, bool]:
    user_id = request.user.pk or 0
    belonging = identity.belonging(user_id=user_id)
    try:
        if belonging is None:
            return clip_of_creator(clip_id=clip_id, creator_id=user_id), True
        return clip_of_sponsor(clip_id=clip_id, organisation_id=belonging.organisation.id), False
    except NoSuchClip as missing:
        raise Http404 from missing


def _events(found: ClipFacts) -> list[dict[str, Any]]:
    events = []
    if found.decided_at is not None and found.state in EVENT_TONES:
        by = f"By {found.decided_by_name}. " if found.decided_by_name else ""
        title = {"approved": "Approved", "rejected": "Rejected", "needs_fix": "Sent back for a fix"}[found.state]
        text = f"{by}{found.reason}".strip()
        if found.state == "approved" and not by:
            text = "By itself: nobody had decided when the review time was up."
        events.append({"title": title, "tone": EVENT_TONES[found.state], "at": found.decided_at, "text": text})
    if found.author_confirmed_at is not None:
        text = f"The platform says it is by @{found.handle}."
        events.append({"title": "Author confirmed", "tone": "done", "at": found.author_confirmed_at, "text": text})
    events.append({"title": "Submitted", "tone": "quiet", "at": found.submitted_at, "text": found.fix_note})
    return events


def _rejection(found: ClipFacts) -> dict[str, Any] | None:
    if found.state not in ("rejected", "needs_fix"):
        return None
    return {"label": found.reason, "note": found.decision_note, "at": found.decided_at, "can_fix": found.can_fix}


def _as_typed(minor: str, *, currency: str) -> str:
    """The budget a draft was made with, as the amount field wants it; nothing when the address was meddled with."""
    is_amount = minor.isascii() and minor.isdigit() and len(minor) < 14
    return money.decimal_text(int(minor), currency=currency) if is_amount else ""
