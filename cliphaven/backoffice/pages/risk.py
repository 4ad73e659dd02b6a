"""Doors to doubts: the queue, one case with all that it rests on, what people decide, and answers to appeals."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.backoffice.forms.risk import SORTS, AnswerForm, CaseNoteForm, ExtendCaseForm, QueueForm
from cliphaven.backoffice.queries import risk_cases, risk_queue
from cliphaven.foundation import clock, tables
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.money import decimal_text
from cliphaven.fraud.operations import appeals, cases
from cliphaven.fraud.queries import case_files
from cliphaven.identity.guards import RISK, SignedInRequest, staff_page, staff_page_of

CSV_LINES_MAX = 10_000
CSV_COLUMNS = (
    "case", "state", "standing", "score", "held", "at_stake", "currency", "clip", "platform", "creator", "campaign",
    "opened_at", "ends_at", "ended_at", "appeal_due_at", "signal", "reason",
)  # fmt: skip
CONTENT_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
UNWRITTEN = "Say why, in at most 2,000 letters: nothing has changed."


@require_safe
@staff_page
def queue(request: SignedInRequest) -> HttpResponse:
    """Cases, what is worth most of anybody's time at the top; by band, state, platform, signal and campaign."""
    form = QueueForm(request.GET, campaigns=risk_queue.campaigns_with_cases())
    found = risk_queue.RiskQueue(cases=(), next_after="", counts={}, in_all=0)
    if form.is_valid():
        after = request.GET.get("after", "")
        found = risk_queue.risk_queue(asked=form.asked(), after=after, at_most=risk_queue.SHOWN)
    asked = {name: value for name, value in request.GET.items() if value and name != "after"}
    context = {
        "form": form,
        "queue": found,
        "bands": _bands(form, found, asked),
        "order": dict(SORTS).get(request.GET.get("sort", ""), ""),
        "is_filtered": bool(asked.keys() - {"sort"}),
        "next_url": f"?{urlencode({**asked, 'after': found.next_after})}" if found.next_after else "",
        "first_url": f"?{urlencode(asked)}" if "after" in request.GET else "",
        "csv_query": urlencode(asked),
    }
    return render(request, "backoffice/risk.html", context, status=200 if form.is_valid() else 422)


def _bands(form: QueueForm, found: risk_queue.RiskQueue, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bands as ways to narrow the list, each with its number; one that is empty only where it is chosen."""
    rest = {name: value for name, value in asked.items() if name != "band"}
    chosen = asked.get("band", "")
    numbers = {"": found.in_all, **found.counts}
    return [
        {
            "value": value,
            "label": label if value else "All",
            "number": numbers.get(value, 0),
            "url": f"?{urlencode({**rest, 'band': value} if value else rest)}",
            "current": value == chosen,
        }
        for value, label in form.fields["band"].choices  # type: ignore[attr-defined]
        if not value or numbers.get(value) or value == chosen
    ]


@require_safe
@staff_page
def queue_csv(request: SignedInRequest) -> HttpResponse:
    """The same cases as a file for a spreadsheet; its last line says when there are more than it holds."""
    form = QueueForm(request.GET, campaigns=risk_queue.campaigns_with_cases())
    if not form.is_valid():
        raise Http404
    found = risk_queue.risk_queue(asked=form.asked(), at_most=CSV_LINES_MAX)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="risk-cases.csv"'
    rows: list[Sequence[object]] = [_row(case) for case in found.cases]
    if found.next_after:
        rows.append(["", f"There is more: this file holds {CSV_LINES_MAX} cases. Narrow the list."])
    tables.write_csv(answer, columns=CSV_COLUMNS, rows=rows)
    return answer


@require_safe
@staff_page
def case(request: SignedInRequest, case_id: int) -> HttpResponse:
    """One case: the curve with the doubted stretch, reasons, links, money line by line, and what can be done."""
    found = risk_cases.case_page(case_id=case_id, staff_id=request.user.id)
    if found is None:
        raise Http404
    context = {
        "found": found,
        "line": found.file.line,
        "clip": found.clip,
        "next_case": risk_queue.next_case(case_id=case_id),
        "forms": {
            "release": CaseNoteForm.of("release"),
            "void": CaseNoteForm.of("void"),
            "extend": ExtendCaseForm.within(found.days_left),
            "ask": CaseNoteForm.of("ask"),
            "note": CaseNoteForm.of("note"),
        },
        "appeals": [
            (appeal, AnswerForm.of(f"appeal_{appeal.appeal_id}") if not appeal.outcome and found.may_answer else None)
            for appeal in found.file.appeals
        ],
    }
    return render(request, "backoffice/risk_case.html", context)


@require_POST
@staff_page_of(RISK)
def release(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Decide for the clip."""

    def act(cleaned: dict[str, Any]) -> str:
        cases.release(**_order(request, case_id, cleaned))
        if case_files.holds_money(case_id=case_id):
            return "Released. What is held goes back within a minute, and the creator is told why."
        return "Decided for the clip. Nothing was held for this case."

    return _acted(request, CaseNoteForm(request.POST), act, case_id=case_id)


@require_POST
@staff_page_of(RISK)
def void(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Decide against the clip; its creator can appeal before anything is taken."""

    def act(cleaned: dict[str, Any]) -> str:
        cases.decide_against(**_order(request, case_id, cleaned))
        if case_files.state_of(case_id=case_id) == "voiding":
            return "Decided against the clip. Its creator is told and can appeal; nothing is taken before."
        return "Decided against the clip. No money was held for this case, and none is taken."

    return _acted(request, CaseNoteForm(request.POST), act, case_id=case_id)


@require_POST
@staff_page_of(RISK)
def extend(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Hold longer."""

    def act(cleaned: dict[str, Any]) -> str:
        cases.extend(**_order(request, case_id, cleaned), days=cleaned["days"])
        days = cleaned["days"]
        return f"Held {days} {'day' if days == 1 else 'days'} longer, and the creator is told why."

    return _acted(request, ExtendCaseForm(request.POST), act, case_id=case_id)


@require_POST
@staff_page_of(RISK)
def ask(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Ask the creator for what only their own account shows."""

    def act(cleaned: dict[str, Any]) -> str:
        cases.ask_for_analytics(**_order(request, case_id, cleaned))
        return "Asked. The creator is mailed, and answers on the page of the clip."

    return _acted(request, CaseNoteForm(request.POST), act, case_id=case_id)


@require_POST
@staff_page_of(RISK)
def note(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Write something down for the others."""

    def act(cleaned: dict[str, Any]) -> str:
        cases.note(**_order(request, case_id, cleaned))
        return "Written down. Nobody but the staff reads it."

    return _acted(request, CaseNoteForm(request.POST), act, case_id=case_id)


@require_POST
@staff_page_of(RISK)
def answer(request: SignedInRequest, appeal_id: int) -> HttpResponse:
    """Answer an appeal against what somebody else decided."""

    def act(cleaned: dict[str, Any]) -> str:
        is_granted = cleaned["granted"] == "yes"
        appeals.decide_appeal(
            appeal_id=appeal_id,
            is_granted=is_granted,
            staff_id=request.user.id,
            note=cleaned["note"],
            request_key=cleaned["request_key"],
            now=clock.now(),
        )
        return "Granted: the case is released." if is_granted else "Refused: the decision stays."

    case_id = case_files.case_of_appeal(appeal_id=appeal_id)
    return _acted(request, AnswerForm(request.POST), act, case_id=case_id)


@require_safe
@staff_page
def appeal_file(request: SignedInRequest, appeal_id: int) -> HttpResponse:  # noqa: ARG001
    """The file that came with an appeal, to be saved and never shown by the browser as a page of ours."""
    found = case_files.appeal_file(appeal_id=appeal_id)
    if found is None:
        raise Http404
    file = HttpResponse(found.content, content_type=CONTENT_TYPES[found.kind])
    file["Content-Disposition"] = f'attachment; filename="{found.name.encode("ascii", "replace").decode()}"'
    file["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return file


def _order(request: SignedInRequest, case_id: int, cleaned: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "staff_id": request.user.id,
        "note": cleaned["note"],
        "request_key": cleaned["request_key"],
        "now": clock.now(),
    }


def _acted(
    request: SignedInRequest, form: CaseNoteForm, act: Callable[[dict[str, Any]], str], *, case_id: int | None
) -> HttpResponse:
    """Do it, say what came of it, and show the case again."""
    if not form.is_valid():
        messages.error(request, UNWRITTEN)
    else:
        try:
            messages.success(request, act(form.cleaned_data))
        except Refused as refused:
            messages.error(request, refused.sentence)
    known = case_id is not None and case_files.has_case(case_id=case_id)
    return redirect(reverse("staff_risk_case", args=[case_id]) if known else reverse("staff_risk"))


def _row(line: risk_queue.QueuedCase) -> tuple[object, ...]:
    return (
        line.case_id,
        line.state,
        line.standing,
        f"{line.score_milli // 1000}.{line.score_milli % 1000:03d}",
        tables.Number(decimal_text(line.held_minor, currency=line.currency)),
        tables.Number(decimal_text(line.at_stake_minor, currency=line.currency)),
        line.currency,
        line.clip_id,
        line.platform,
        line.creator_name,
        line.campaign_title,
        line.opened_at.isoformat(timespec="seconds"),
        line.ends_at.isoformat(timespec="seconds") if line.is_under_way else "",
        line.ended_at.isoformat(timespec="seconds") if line.ended_at else "",
        line.appeal_due_at.isoformat(timespec="seconds") if line.appeal_due_at else "",
        line.reason.signal if line.reason else "",
        line.reason.sentence if line.reason else "",
    )
