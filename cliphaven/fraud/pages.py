"""Doors for sponsors: the review queue, with what is known of the creators whose clips wait."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.clips import queries
from cliphaven.clips.forms import DecisionForm
from cliphaven.clips.operations import decisions
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.fraud.queries import bands
from cliphaven.identity.guards import SponsorRequest, sponsor_page


@require_safe
@sponsor_page
def review_queue(request: SponsorRequest) -> HttpResponse:
    """The clips that wait for this organisation, the most urgent first; `?after=` is the place where a page begins."""
    after = queries.QueuePlace.read(request.GET.get("after", ""))
    page = queries.review_page(organisation_id=request.organisation.id, now=clock.now(), after=after)
    if after is not None and not page.items:
        return redirect("review_queue")
    context = {
        "items": _rows(page.items),
        "waiting": page.waiting,
        "codes": queries.REJECTION_CHOICES,
        "first_url": reverse("review_queue") if after else "",
        "next_url": f"?after={page.next_after}" if page.next_after else "",
    }
    return render(request, "clips/review_queue.html", context)


@require_POST
@sponsor_page
def clip_approve(request: SponsorRequest, clip_id: int) -> HttpResponse:
    """Accept a clip."""
    try:
        decisions.approve_clip(
            clip_id=clip_id, organisation_id=request.organisation.id, reviewer_id=request.user.id, now=clock.now()
        )
    except queries.NoSuchClip as missing:
        raise Http404 from missing
    except Refused as refused:
        return _decided(request, clip_id, error=refused.sentence)
    return _decided(request, clip_id)


@require_POST
@sponsor_page
def clip_reject(request: SponsorRequest, clip_id: int) -> HttpResponse:
    """Refuse a clip, with a rule and a note."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _decided(request, clip_id, error="The note has characters that cannot be kept: write it anew.")
    try:
        decisions.reject_clip(
            clip_id=clip_id,
            organisation_id=request.organisation.id,
            reviewer_id=request.user.id,
            rejection_code=form.cleaned_data["code"],
            note=form.cleaned_data["note"],
            outcome=form.cleaned_data["outcome"],
            now=clock.now(),
        )
    except queries.NoSuchClip as missing:
        raise Http404 from missing
    except Refused as refused:
        return _decided(request, clip_id, error=refused.sentence, typed=form.cleaned_data)
    return _decided(request, clip_id)


def _decided(
    request: SponsorRequest, clip_id: int, *, error: str = "", typed: dict[str, Any] | None = None
) -> HttpResponse:
    """The row as it is now for htmx, the whole queue for browsers without JavaScript."""
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error)
        return redirect("review_queue")
    try:
        item = queries.reviewed_clip(clip_id=clip_id, organisation_id=request.organisation.id, now=clock.now())
    except queries.NoSuchClip as missing:
        raise Http404 from missing
    context = {"item": {**_rows([item])[0], "error": error, "typed": typed}, "codes": queries.REJECTION_CHOICES}
    return render(request, "clips/_review_row.html", context, status=422 if error else 200)


def _rows(items: Sequence[queries.WaitingClip]) -> list[dict[str, Any]]:
    known = bands.bands_of_waiting([(item.clip.clip_id, item.clip.creator_id) for item in items], now=clock.now())
    return [_row(item, known[item.clip.clip_id]) for item in items]


def _row(item: queries.WaitingClip, band: bands.ShownBand) -> dict[str, Any]:
    clip = item.clip
    return {
        "band": band,
        "id": clip.clip_id,
        "url": clip.url,
        "title": clip.title,
        "platform": clip.platform,
        "handle": clip.handle,
        "creator": clip.creator_name,
        "record": item.record.sentence,
        "campaign": clip.campaign_title,
        "submitted_at": clip.submitted_at,
        "posted_at": clip.posted_at,
        "auto_approves_at": clip.auto_approves_at,
        "views": clip.views_inspected,
        "read_at": clip.inspected_at,
        "checks": clip.checks,
        "fix_note": clip.fix_note,
        "fixes_left": clip.fixes_left,
        "state": clip.state,
        "decision_label": clip.reason,
        "decision_note": clip.decision_note,
        "error": "",
    }
