"""Doors for staff: one clip's money with its evidence; holding some of it, and reversing some after a preview."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.clips.queries import ClipFacts, NoSuchClip, clip_for_staff
from cliphaven.earnings import queries
from cliphaven.earnings.forms import HoldForm, ReversalForm, midnight, numbers
from cliphaven.earnings.operations import holding, reversing
from cliphaven.earnings.pages.holds import offered
from cliphaven.earnings.queries import evidence, previews
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import RISK, SignedInRequest, staff_page, staff_page_of


@require_safe
@staff_page
def detail(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """What a clip earned, on which readings, what is held or does not count, and what the staff did."""
    try:
        found = evidence.clip_money(clip_id=clip_id, before=whole_number(request.GET.get("before", "")))
    except NoSuchClip as missing:
        raise Http404 from missing
    context = {
        "money": found,
        "clip": found.clip,
        "read_at": found.readings[0].observed_at if found.readings else None,
        "cases": offered(queries.held_cases(clip_id=clip_id).cases),
        "credit_url": _credit_url(found) if found.campaign_state == "closed" else "",
        "next_url": f"?before={found.next_before}#entries" if found.next_before else "",
        "first_url": reverse("staff_clip_money", args=[clip_id]) if "before" in request.GET else "",
    }
    return render(request, "earnings/clip_money.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page_of(RISK)
def hold(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """Keep some of a clip's unpaid earnings apart."""
    clip = _clip(clip_id)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            held_minor = holding.hold_earnings(
                clip_id=clip_id,
                accrual_ids=cleaned["entries"],
                reason=cleaned["reason"],
                note=cleaned["note"],
                actor=f"user:{request.user.id}",
                releases_at=midnight(cleaned["until"]),
                request_key=cleaned["request_key"],
                now=clock.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            held = money.formatted(held_minor, currency=evidence.currency_of(clip_id=clip_id))
            messages.success(request, f"{held} is held until {cleaned['until']:%d %B %Y}; the creator is told why.")
            return redirect("staff_clip_money", clip_id)
    entries = evidence.chosen(clip_id=clip_id, accrual_ids=_wanted(request), to_hold=True)
    if request.method != "POST":
        form = HoldForm(initial={"entries": ",".join(str(entry.accrual_id) for entry in entries)})
    context = {
        "clip": clip,
        "currency": evidence.currency_of(clip_id=clip_id),
        "entries": entries,
        "amount_minor": sum(entry.left_minor for entry in entries),
        "form": form,
    }
    return render(request, "earnings/hold.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page_of(RISK)
def reversal(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """What reversing some of a clip's earnings would take from where; and, once that was seen, do it."""
    clip = _clip(clip_id)
    form = ReversalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            done = reversing.reverse_earnings(
                clip_id=clip_id,
                accrual_ids=cleaned["entries"],
                reason=cleaned["reason"],
                note=cleaned["note"],
                actor=f"user:{request.user.id}",
                claw_back=cleaned["claw_back"],
                expected=form.expected(),
                request_key=cleaned["request_key"],
                now=clock.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _said(done, currency=evidence.currency_of(clip_id=clip_id)))
            return redirect("staff_clip_money", clip_id)
    entries = evidence.chosen(clip_id=clip_id, accrual_ids=_wanted(request))
    preview = previews.reversal_preview(clip_id=clip_id, accrual_ids=[entry.accrual_id for entry in entries])
    unpaid = ",".join(str(entry.accrual_id) for entry in entries if entry.stage != "reserved")
    context = {
        "clip": clip,
        "entries": entries,
        "preview": preview,
        "form": _seen(form, preview, data=request.POST),
        "unpaid_url": f"?entries={unpaid}" if unpaid and preview and preview.paid_entries else "",
    }
    return render(request, "earnings/reversal.html", context, status=422 if form.errors else 200)


def _credit_url(found: evidence.ClipMoney) -> str:
    """Where two people credit the sponsor of a closed campaign for views that are gone."""
    asked = {
        "movement": "invalid_view_credit:invalid_view_reserve:sponsor_wallet",
        "owner_id": found.clip.organisation_id,
        "currency": found.currency,
        "refers_to": f"campaign {found.clip.campaign_id}, clip {found.clip.clip_id}",
    }
    return f"{reverse('staff_corrections')}?{urlencode(asked)}#propose"


def _clip(clip_id: int) -> ClipFacts:
    try:
        return clip_for_staff(clip_id=clip_id)
    except NoSuchClip as missing:
        raise Http404 from missing


def _wanted(request: SignedInRequest) -> list[int]:
    """The entries that were ticked, or that a form is about."""
    given = request.POST if request.method == "POST" else request.GET
    return numbers(",".join(given.getlist("entries")))


def _seen(form: ReversalForm, preview: previews.Preview | None, *, data: QueryDict) -> ReversalForm:
    """The form, about what is shown now: when that has changed, whoever decides has seen it before they try again."""
    if preview is None:
        return form
    shown: dict[str, Any] = {
        "entries": ",".join(map(str, preview.accrual_ids)),
        "voided": preview.comes_to.voided_minor,
        "clawed_back": preview.comes_to.clawed_back_minor,
        "owed": preview.comes_to.owed_minor,
    }
    if not form.is_bound:
        return ReversalForm(initial=shown)
    again = ReversalForm({**data.dict(), **shown})
    again.full_clean()
    for sentence in form.non_field_errors():
        again.add_error(None, sentence)
    return again


def _said(done: previews.Reversed, *, currency: str) -> str:
    parts = []
    if done.voided_minor:
        parts.append(f"{money.formatted(done.voided_minor, currency=currency)} is voided")
    if done.clawed_back_minor:
        parts.append(f"{money.formatted(done.clawed_back_minor, currency=currency)} is clawed back")
    if done.owed_minor:
        parts.append(f"{money.formatted(done.owed_minor, currency=currency)} of it is owed")
    return f"{', '.join(parts)}. The creator is told."
