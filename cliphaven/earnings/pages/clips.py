"""Doors for people: one clip with its views, its money and what is doubted of it; and what its creator says to that."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.campaigns.queries import pause_sentences
from cliphaven.clips.forms import FixForm
from cliphaven.clips.queries import ClipFacts, NoSuchClip, clip_of_creator, clip_of_sponsor, pauses
from cliphaven.earnings.queries import bundles, overviews, own_doubts, sponsor_doubts
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.fraud.forms import AnalyticsForm, AppealForm
from cliphaven.fraud.operations import analytics, appeals, cases
from cliphaven.fraud.queries import analytics as asked_for
from cliphaven.identity.guards import SignedInRequest, creator_page, faces_of

EVENT_TONES = {"approved": "good", "rejected": "stop", "needs_fix": "wait"}


@require_safe
@login_required
def clip(request: HttpRequest, clip_id: int) -> HttpResponse:
    """One clip, for its creator and for the sponsor of its campaign; for everybody else it is not there."""
    found, is_creator = _visible_clip(request, clip_id)
    return _clip_page(request, found, is_creator=is_creator)


@require_POST
@creator_page
def clip_appeal(request: SignedInRequest, clip_id: int, case_id: int) -> HttpResponse:
    """A creator says something against a decision about their clip, with a file where they have one."""
    found, _ = _visible_clip(request, clip_id)
    form = AppealForm(request.POST, request.FILES)
    if not form.is_valid():
        return _clip_page(request, found, is_creator=True, appeal=(case_id, form))
    doubts = own_doubts.doubts_of_clip(clip_id=clip_id, creator_id=request.user.id, now=clock.now())
    if all(doubt.case.case_id != case_id for doubt in doubts):
        raise Http404
    content = form.content()
    try:
        appeals.appeal(
            case_id=case_id,
            creator_id=request.user.id,
            text=form.cleaned_data["text"],
            upload=None if content is None else appeals.Upload(name=form.file_name(), content=content),
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
    except cases.NoSuchCase as missing:
        raise Http404 from missing
    except appeals.FileRefused as refused:
        form.add_error("file", refused.sentence)
        return _clip_page(request, found, is_creator=True, appeal=(case_id, form))
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(
            request, "Your appeal is with us. Somebody else than before answers within 72 hours, or you are right."
        )
    return redirect(f"{reverse('clip', args=[clip_id])}#doubt-{case_id}")


@require_POST
@creator_page
def clip_analytics(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """A creator shows the analytics that were asked for."""
    found, _ = _visible_clip(request, clip_id)
    form = AnalyticsForm(request.POST, request.FILES)
    content = form.content() if form.is_valid() else None
    if content is None:
        return _clip_page(request, found, is_creator=True, shown=form)
    try:
        analytics.give(
            clip_id=clip_id,
            creator_id=request.user.id,
            text=form.cleaned_data["text"],
            upload=appeals.Upload(name=form.file_name(), content=content),
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
    except analytics.NobodyAsked as missing:
        raise Http404 from missing
    except appeals.FileRefused as refused:
        form.add_error("file", refused.sentence)
        return _clip_page(request, found, is_creator=True, shown=form)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "Thank you: our staff has it, should a doubt come up.")
    return redirect(f"{reverse('clip', args=[clip_id])}#analytics")


@require_safe
@login_required
def clip_evidence(request: HttpRequest, clip_id: int) -> HttpResponse:
    """The evidence of a clip's views as a file: for its creator, the sponsor of its campaign, and the staff."""
    if not faces_of(request).is_staff:
        _visible_clip(request, clip_id)
    content = bundles.evidence_file(clip_id=clip_id, now=clock.now())
    if content is None:
        raise Http404
    name = f"evidence-{content['clip']['platform']}-{content['clip']['video_id']}.json"
    answer = HttpResponse(json.dumps(content, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _clip_page(
    request: HttpRequest,
    found: ClipFacts,
    *,
    is_creator: bool,
    appeal: tuple[int, AppealForm] | None = None,
    shown: AnalyticsForm | None = None,
) -> HttpResponse:
    """The page; with a form that was sent and refused, that form, and status 422."""
    now = clock.now()
    overview = overviews.clip_overview(found, before=whole_number(request.GET.get("before", "")))
    next_before = overview.earnings.next_before
    doubts = _doubts(found, appeal=appeal, now=now) if is_creator else []
    asked = asked_for.of_own_clip(clip_id=found.clip_id, creator_id=found.creator_id) if is_creator else None
    context: dict[str, Any] = {
        "clip": _facts(overview, is_creator=is_creator),
        "chart": overview.chart,
        "checks": found.checks,
        "earnings": overview.earnings,
        "holds": overview.holds,
        "reversals": overview.reversals,
        "doubts": doubts,
        "analytics": asked,
        "analytics_form": shown or AnalyticsForm(auto_id="analytics-%s"),
        "doubted": None if is_creator else sponsor_doubts.doubted_clips([found.clip_id]).get(found.clip_id),
        "past_doubts": any(doubt["case"].is_over for doubt in doubts),
        "pause": pause_sentences([found.campaign_id], now=now).get(found.campaign_id, ""),
        "next_url": f"?before={next_before}" if next_before else "",
        "reviews": _events(found),
        "rejection": _rejection(found),
        "fix_form": FixForm(),
        "is_creator": is_creator,
    }
    return render(request, "clips/clip.html", context, status=422 if appeal or shown else 200)


def _facts(overview: overviews.ClipOverview, *, is_creator: bool) -> dict[str, Any]:
    found, seen = overview.clip, overview.seen
    return {
        "id": found.clip_id,
        "title": found.title,
        "url": found.url,
        "platform": found.platform,
        "handle": found.handle,
        "campaign": found.campaign_title,
        "campaign_url": reverse("public_campaigns") if is_creator else reverse("campaign", args=[found.campaign_id]),
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
    }


def _doubts(found: ClipFacts, *, appeal: tuple[int, AppealForm] | None, now: datetime) -> list[dict[str, Any]]:
    """The cases of a creator's own clip, each with the form to say something against it where that can be said."""
    case_id, sent = appeal or (0, None)
    return [
        {
            "case": doubt.case,
            "money": doubt.money,
            "form": (sent if doubt.case.case_id == case_id else AppealForm(auto_id=f"appeal-{doubt.case.case_id}-%s"))
            if doubt.case.can_appeal
            else None,
            "is_sent": doubt.case.case_id == case_id,
        }
        for doubt in own_doubts.doubts_of_clip(clip_id=found.clip_id, creator_id=found.creator_id, now=now)
    ]


def _next_read_at(overview: overviews.ClipOverview) -> datetime | None:
    """When the clip is read next; not before its platform's vendor is asked again, if that is later."""
    if overview.seen is None or overview.seen.due_at is None:
        return None
    asked_again_at = pauses.paused_until(platform=overview.clip.platform, now=clock.now(), urgent=False)
    return max(overview.seen.due_at, asked_again_at or overview.seen.due_at)


def _visible_clip(request: HttpRequest, clip_id: int) -> tuple[ClipFacts, bool]:
    """The clip, and whether it is shown to its creator; who has both faces may see it with the one or the other."""
    faces = faces_of(request)
    if faces.creates:
        with suppress(NoSuchClip):
            return clip_of_creator(clip_id=clip_id, creator_id=faces.user.id), True
    if faces.belonging is not None:
        with suppress(NoSuchClip):
            return clip_of_sponsor(clip_id=clip_id, organisation_id=faces.belonging.organisation.id), False
    raise Http404


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
