"""Doors for staff: what is held, what becomes of it, and whose money it is."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.clips.queries import NoSuchClip, clip_for_staff
from cliphaven.earnings import queries
from cliphaven.earnings.forms import ExtendForm, HoldsForm, midnight
from cliphaven.earnings.operations import holding
from cliphaven.earnings.queries import evidence
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries as people
from cliphaven.identity.guards import RISK, SignedInRequest, staff_page, staff_page_of

FORM_FAULT = "Say why, and for how long where that is asked: the creator reads it."


@require_safe
@staff_page
def listing(request: SignedInRequest) -> HttpResponse:
    """Everything that is held, what ends first at the top; a clip's number leads to its money."""
    wanted = whole_number(request.GET.get("clip", ""))
    if wanted is not None:
        return _to_clip(request, wanted)
    page = queries.held_cases(after=request.GET.get("after", ""))
    context = {
        "cases": offered(page.cases),
        "sums": queries.held_sums(),
        "next_url": f"?after={page.next_after}" if page.next_after else "",
        "first_url": reverse("staff_holds") if "after" in request.GET else "",
    }
    return render(request, "earnings/holds.html", context)


@require_safe
@staff_page
def creator(request: SignedInRequest, creator_id: int) -> HttpResponse:
    """A creator's clips with what they earned, what of it is held and what does not count."""
    person = people.creator(user_id=creator_id)
    if person is None:
        raise Http404
    context = {
        "creator": person,
        "clips": evidence.creator_clips(creator_id=creator_id),
        "cases": offered(queries.held_cases(creator_id=creator_id).cases),
    }
    return render(request, "earnings/creator.html", context)


@require_POST
@staff_page_of(RISK)
def release(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """Let go what is held."""
    form = HoldsForm(request.POST)

    def act(cleaned: dict[str, Any]) -> str:
        released_minor = holding.release_holds(
            clip_id=clip_id,
            hold_ids=cleaned["holds"],
            note=cleaned["note"],
            actor=f"user:{request.user.id}",
            request_key=cleaned["request_key"],
            now=clock.now(),
        )
        return f"{_formatted(clip_id, released_minor)} is back where it was, and the creator is told."

    return _acted(request, clip_id, form, act)


@require_POST
@staff_page_of(RISK)
def extend(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """Keep it apart for longer."""
    form = ExtendForm(request.POST)

    def act(cleaned: dict[str, Any]) -> str:
        waiting_minor = holding.extend_holds(
            clip_id=clip_id,
            hold_ids=cleaned["holds"],
            releases_at=midnight(cleaned["until"]),
            note=cleaned["note"],
            actor=f"user:{request.user.id}",
            request_key=cleaned["request_key"],
            now=clock.now(),
        )
        return f"{_formatted(clip_id, waiting_minor)} is held until {cleaned['until']:%d %B %Y}; the creator is told."

    return _acted(request, clip_id, form, act)


def offered(cases: Sequence[queries.HeldCase]) -> list[dict[str, Any]]:
    """What is held, each with the forms of what can be done about it."""
    return [
        {
            "case": case,
            "name": f"{case.clip_id}-{case.reason}",
            "release": HoldsForm(initial=_holds(case), auto_id=f"release-{case.clip_id}-{case.reason}-%s"),
            "extend": ExtendForm(initial=_holds(case), auto_id=f"extend-{case.clip_id}-{case.reason}-%s"),
            "void_url": reverse("staff_clip_reversal", args=[case.clip_id])
            + f"?entries={','.join(map(str, case.accrual_ids))}",
        }
        for case in cases
    ]


def _holds(case: queries.HeldCase) -> dict[str, str]:
    return {"holds": ",".join(map(str, case.hold_ids))}


def _to_clip(request: HttpRequest, clip_id: int) -> HttpResponse:
    try:
        clip_for_staff(clip_id=clip_id)
    except NoSuchClip:
        messages.error(request, f"There is no clip {clip_id}. Its number stands in its address and in the ledger.")
        return redirect("staff_holds")
    return redirect("staff_clip_money", clip_id)


def _formatted(clip_id: int, amount_minor: int) -> str:
    return money.formatted(amount_minor, currency=evidence.currency_of(clip_id=clip_id))


def _acted(
    request: SignedInRequest, clip_id: int, form: HoldsForm, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Do it, say what came of it, and show the clip's money."""
    if not form.is_valid():
        messages.error(request, FORM_FAULT)
    else:
        try:
            messages.success(request, act(form.cleaned_data))
        except Refused as refused:
            messages.error(request, refused.sentence)
    return redirect("staff_clip_money", clip_id)
