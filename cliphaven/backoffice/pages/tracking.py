"""Doors to tracking: what is read now, every call, what it costs, why a clip is read when it is; and reading again."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.backoffice.forms import (
    CallsForm,
    CanaryForm,
    FindClipForm,
    PeriodForm,
    WhyForm,
    end_moment,
    first_moment,
)
from cliphaven.backoffice.queries import tracking_costs, tracking_page
from cliphaven.campaigns.forms import whole_number
from cliphaven.clips import queries as clips
from cliphaven.clips.queries import NoSuchClip, pauses
from cliphaven.earnings.queries import overviews
from cliphaven.foundation import clock, tables
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import RISK, SignedInRequest, staff_page, staff_page_of
from cliphaven.tracking.operations import asking_again, canaries
from cliphaven.tracking.queries import acts, calls, plans

CSV_LINES_MAX = 10_000
READINGS_SHOWN = 25
CALL_COLUMNS = (
    "call", "platform", "source", "run", "state", "begun_at", "ended_at", "asked", "capacity", "measured", "outcomes",
    "cost_usd", "failure",
)  # fmt: skip
COST_COLUMNS = (
    "day", "campaign", "title", "readings", "cost_usd", "currency", "earned_minor", "sent_minor", "cost_in_earned_ppm",
)  # fmt: skip


@require_safe
@staff_page
def overview(request: SignedInRequest) -> HttpResponse:
    """What is due, how vendors do, what came of it; `?clip=` leads to a clip by its number or its link."""
    form = FindClipForm(request.GET if "clip" in request.GET else None)
    if form.is_bound and form.is_valid():
        clip_id = plans.find_clip(form.cleaned_data["clip"])
        if clip_id is not None:
            return redirect("staff_clip_tracking", clip_id)
        form.add_error("clip", "No clip here has this number or this link.")
    return _overview(request, find_form=form)


def _overview(
    request: SignedInRequest, *, find_form: FindClipForm | None = None, canary_form: CanaryForm | None = None
) -> HttpResponse:
    page = tracking_page.tracking_page(now=clock.now())
    forms = (find_form or FindClipForm(), canary_form or CanaryForm())
    context = {
        "page": page,
        "find_form": forms[0],
        "canary_form": forms[1],
        "quarantined": [(call, WhyForm.of(f"call_{call.call_id}")) for call in page.quarantined],
        "canaries": [(canary, WhyForm.of(f"canary_{canary.canary_id}")) for canary in page.canaries],
    }
    status = 422 if any(form.errors for form in forms) else 200
    return render(request, "backoffice/tracking.html", context, status=status)


@require_safe
@staff_page
def call_list(request: SignedInRequest) -> HttpResponse:
    """Every call, newest first, by platform, result and days."""
    form = CallsForm(request.GET)
    found = calls.CallsPage(calls=(), next_before=None)
    if form.is_valid():
        found = calls.calls_page(**_terms(form), before=whole_number(request.GET.get("before", "")))
    asked = {name: value for name, value in request.GET.items() if value and name != "before"}
    context = {
        "form": form,
        "calls": found.calls,
        "is_filtered": bool(asked),
        "next_url": f"?{urlencode({**asked, 'before': found.next_before})}" if found.next_before else "",
        "first_url": f"?{urlencode(asked)}" if "before" in request.GET else "",
        "csv_query": urlencode(asked),
    }
    return render(request, "backoffice/calls.html", context, status=200 if form.is_valid() else 422)


@require_safe
@staff_page
def call_list_csv(request: SignedInRequest) -> HttpResponse:
    """The same calls as a file for a spreadsheet."""
    form = CallsForm(request.GET)
    if not form.is_valid():
        raise Http404
    rows: list[Sequence[object]] = []
    before = None
    while len(rows) < CSV_LINES_MAX:
        found = calls.calls_page(**_terms(form), before=before, limit=min(500, CSV_LINES_MAX - len(rows)))
        rows += [_call_row(call) for call in found.calls]
        before = found.next_before
        if before is None:
            break
    return _csv("calls.csv", CALL_COLUMNS, rows, is_cut=before is not None)


@require_safe
@staff_page
def call(request: SignedInRequest, call_id: int) -> HttpResponse:
    """One call: what was asked, what came of each clip, what it cost, and its evidence."""
    found = calls.call_detail(call_id=call_id)
    if found is None:
        raise Http404
    context = {"found": found, "acts": acts.latest_acts(call_id=call_id), "form": WhyForm()}
    return render(request, "backoffice/call.html", context)


@require_safe
@staff_page
def call_answer(request: SignedInRequest, call_id: int) -> HttpResponse:  # noqa: ARG001
    """The vendor's answer as it came, as long as it is kept: what its SHA-256 was made of."""
    raw = calls.raw_answer(call_id=call_id)
    if raw is None:
        raise Http404
    answer = HttpResponse(raw, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="call-{call_id}.json"'
    return answer


@require_safe
@staff_page
def cost_page(request: SignedInRequest) -> HttpResponse:
    """The cost ledger by day, and by campaign and day beside what was earned."""
    form = PeriodForm(request.GET)
    now = clock.now()
    after = request.GET.get("after", "")
    days = form.cleaned_data if form.is_valid() else {}
    since, until = tracking_costs.period(since=days.get("since"), until=days.get("until"), now=now)
    found = tracking_costs.tracking_costs(since=since, until=until, now=now, after=after)
    asked = {name: value for name, value in request.GET.items() if value and name != "after"}
    context = {
        "form": form,
        "costs": found,
        "lines": _with_forms(found.lines),
        "next_url": f"?{urlencode({**asked, 'after': found.next_after})}#campaigns" if found.next_after else "",
        "first_url": f"?{urlencode(asked)}#campaigns" if after else "",
        "csv_query": urlencode(asked),
    }
    return render(request, "backoffice/costs.html", context, status=200 if form.is_valid() else 422)


def _with_forms(
    lines: Sequence[tracking_costs.CampaignLine],
) -> list[tuple[tracking_costs.CampaignLine, WhyForm | None]]:
    """Each line, and at the first one of each campaign the form that has its clips read again."""
    firsts = {line.campaign_id: line.name for line in reversed(lines)}
    return [
        (line, WhyForm.of(f"campaign_{line.campaign_id}") if firsts[line.campaign_id] == line.name else None)
        for line in lines
    ]


@require_safe
@staff_page
def costs_csv(request: SignedInRequest) -> HttpResponse:
    """Campaigns by day, with what they cost and earned, as a file for a spreadsheet."""
    form = PeriodForm(request.GET)
    if not form.is_valid():
        raise Http404
    now = clock.now()
    since, until = tracking_costs.period(
        since=form.cleaned_data.get("since"), until=form.cleaned_data.get("until"), now=now
    )
    found = tracking_costs.tracking_costs(since=since, until=until, now=now, limit=CSV_LINES_MAX)
    rows = [
        (
            line.day.isoformat(),
            line.campaign_id,
            line.title,
            line.asked,
            _usd(line.cost_microusd),
            line.currency,
            line.earned_minor,
            line.sent_minor,
            "" if line.share_ppm is None else line.share_ppm,
        )
        for line in found.lines
    ]
    return _csv("costs.csv", COST_COLUMNS, rows, is_cut=bool(found.next_after))


@require_safe
@staff_page
def clip(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """Why a clip is read when it is, every figure behind that, and its latest readings."""
    try:
        found = plans.clip_plan(clip_id=clip_id, now=clock.now())
    except NoSuchClip as missing:
        raise Http404 from missing
    context = {
        "found": found,
        "clip": found.clip,
        "chart": overviews.view_chart(found.readings),
        "readings": found.readings[: -READINGS_SHOWN - 1 : -1],
        "form": WhyForm(),
        "acts": acts.latest_acts(clip_id=clip_id),
    }
    return render(request, "backoffice/clip_tracking.html", context)


@require_POST
@staff_page_of(RISK)
def read_clip_again(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """Have one clip read at the next tick, with a reason."""

    def act(form: WhyForm) -> str:
        new = asking_again.read_clip_again(
            clip_id=clip_id,
            staff_id=request.user.id,
            why=form.cleaned_data["why"],
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
        return _promise(clip_id) if new else "It was waited for already: nothing has changed."

    return _acted(request, act, back=reverse("staff_clip_tracking", args=[clip_id]))


def _promise(clip_id: int) -> str:
    now = clock.now()
    platform = clips.clip_for_staff(clip_id=clip_id).platform
    until = pauses.paused_until(platform=platform, now=now, urgent=False)
    if until is None:
        return "It is read within a minute or two."
    return f"It is read first when its vendor is asked again, at {until:%a %d %b, %H:%M} UTC."


@require_POST
@staff_page_of(RISK)
def read_campaign_again(request: SignedInRequest, campaign_id: int) -> HttpResponse:
    """Have a campaign's clips read at the next tick, with a reason."""

    def act(form: WhyForm) -> str:
        new = asking_again.read_campaign_again(
            campaign_id=campaign_id,
            staff_id=request.user.id,
            why=form.cleaned_data["why"],
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
        return f"{new:,} {'clip is' if new == 1 else 'clips are'} read within some minutes."

    return _acted(request, act, back=reverse("staff_costs"))


@require_POST
@staff_page_of(RISK)
def clear_call(request: SignedInRequest, call_id: int) -> HttpResponse:
    """End a call's quarantine: its clips are read again, and what it said stays unbelieved."""

    def act(form: WhyForm) -> str:
        clips = canaries.clear(
            call_id=call_id,
            staff_id=request.user.id,
            why=form.cleaned_data["why"],
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
        return f"The quarantine is over. {clips:,} {'clip is' if clips == 1 else 'clips are'} read within some minutes."

    return _acted(request, act, back=reverse("staff_tracking"))


@require_POST
@staff_page_of(RISK)
def canary_add(request: SignedInRequest) -> HttpResponse:
    """Let a video whose count is known ride along with calls."""
    form = CanaryForm(request.POST)
    if form.is_valid():
        try:
            canaries.add(**form.cleaned_data, staff_id=request.user.id, now=clock.now())
        except Refused as refused:
            form.add_error("url", refused.sentence)
        else:
            messages.success(request, "It rides along from the next call on.")
            return redirect("staff_tracking")
    return _overview(request, canary_form=form)


@require_POST
@staff_page_of(RISK)
def canary_retire(request: SignedInRequest, canary_id: int) -> HttpResponse:
    """Let a canary ride no more."""

    def act(form: WhyForm) -> str:
        canaries.retire(canary_id=canary_id, staff_id=request.user.id, why=form.cleaned_data["why"], now=clock.now())
        return "It rides no more."

    return _acted(request, act, back=reverse("staff_tracking"))


def _acted(request: SignedInRequest, act: Callable[[WhyForm], str], *, back: str) -> HttpResponse:
    """Do it, say what came of it, and show the page again."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why, in at most 300 letters: nothing was asked for.")
        return redirect(back)
    try:
        messages.success(request, act(form))
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect(back)


def _terms(form: CallsForm) -> dict[str, Any]:
    cleaned = form.cleaned_data
    return {
        "platform": cleaned["platform"],
        "state": cleaned["state"],
        "since": first_moment(cleaned),
        "until": end_moment(cleaned),
    }


def _call_row(line: calls.CallLine) -> Sequence[object]:
    return (
        line.call_id,
        line.platform,
        line.source,
        line.run_id,
        line.state,
        line.started_at.isoformat(timespec="seconds"),
        "" if line.ended_at is None else line.ended_at.isoformat(timespec="seconds"),
        line.asked,
        line.capacity,
        # Not answered yet is not 0.
        "" if line.ended_at is None else line.measured,
        " ".join(f"{kind}={number}" for kind, number in line.outcomes.items()),
        "" if line.ended_at is None else _usd(line.cost_microusd),
        line.failure,
    )


def _csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, is_cut: bool) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    more = [["", f"There is more: this file holds {CSV_LINES_MAX} lines. Narrow the days."]] if is_cut else []
    tables.write_csv(answer, columns=columns, rows=[*rows, *more])
    return answer


def _usd(microusd: int) -> str:
    return f"{microusd // 1_000_000}.{microusd % 1_000_000:06d}"
