"""Doors to corrections by two people: propose, look at what it would do, book or decline."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.backoffice.forms import CorrectionForm, ReasonForm, kind_named
from cliphaven.backoffice.operations import corrections as operations
from cliphaven.backoffice.queries import corrections as queries
from cliphaven.backoffice.queries import entries
from cliphaven.campaigns.forms import whole_number
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import FINANCE, SignedInRequest, needs_step_up, staff_page, staff_page_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page_of(FINANCE)
def listing(request: SignedInRequest) -> HttpResponse:
    """What waits for a second person, a form for a new proposal, and what was decided."""
    form = CorrectionForm(request.POST or None, initial=_begun(request))
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            correction_id = operations.propose(
                movement=cleaned["movement"],
                owner_id=cleaned["owner_id"],
                amount_minor=cleaned["amount_minor"],
                currency=cleaned["currency"],
                refers_to=cleaned["refers_to"],
                reason=cleaned["reason"],
                proposed_by_id=request.user.id,
                now=clock.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "Proposed. Somebody else of the staff has to book it, within seven days.")
            return redirect("staff_correction", correction_id)
    before = whole_number(request.GET.get("before", ""))
    decided = queries.corrections(is_open=False, before=before)
    context = {
        "form": form,
        "waiting": queries.corrections(is_open=True),
        "decided": decided,
        "next_url": f"?before={decided[-1].correction_id}#decided" if len(decided) == queries.LISTED else "",
    }
    return render(request, "backoffice/corrections.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page
def detail(request: SignedInRequest, correction_id: int) -> HttpResponse:
    """One correction: who, why, and what it would do to both accounts."""
    found = queries.correction(correction_id=correction_id)
    if found is None:
        raise Http404
    entry_url = reverse("staff_entry", args=[found.entry_kind, found.entry_id]) if found.entry_id else ""
    context = {
        "correction": found,
        "effects": queries.effects(found) if found.state == "proposed" else [],
        "may_decide": found.state == "proposed" and found.proposer_id != request.user.id,
        "entry_url": entry_url,
        "form": ReasonForm(),
    }
    return render(request, "backoffice/correction.html", context)


@require_POST
@staff_page_of(FINANCE)
@needs_step_up
def book(request: SignedInRequest, correction_id: int) -> HttpResponse:
    """Book it, as the second person."""
    try:
        operations.book(correction_id=correction_id, decided_by_id=request.user.id, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "Booked: the entry stands in the books.")
    return _back(correction_id)


@require_POST
@staff_page_of(FINANCE)
def decline(request: SignedInRequest, correction_id: int) -> HttpResponse:
    """Decline it, as the second person, with a reason."""
    try:
        operations.decline(
            correction_id=correction_id,
            decided_by_id=request.user.id,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "Declined. Nothing was moved.")
    return _back(correction_id)


@require_POST
@staff_page_of(FINANCE)
def reverse_it(request: SignedInRequest, correction_id: int) -> HttpResponse:
    """Propose to undo a correction that was booked."""
    try:
        undoing = operations.propose_reversal(
            correction_id=correction_id,
            reason=request.POST.get("reason", ""),
            proposed_by_id=request.user.id,
            now=clock.now(),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return _back(correction_id)
    messages.success(request, "Proposed. Somebody else of the staff has to book it, within seven days.")
    return redirect("staff_correction", undoing)


@require_POST
@staff_page_of(FINANCE)
def reverse_entry(request: SignedInRequest, entry_kind: str, external_id: str) -> HttpResponse:
    """Propose to undo an entry that did not happen so at Stripe."""
    kind = kind_named(entry_kind)
    if kind is None or entries.entry_overview(kind=kind, external_id=external_id) is None:
        raise Http404
    try:
        undoing = operations.propose_entry_reversal(
            kind=kind,
            external_id=external_id,
            reason=request.POST.get("reason", ""),
            proposed_by_id=request.user.id,
            now=clock.now(),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("staff_entry", entry_kind, external_id)
    messages.success(request, "Proposed. Somebody else of the staff has to book it, within seven days.")
    return redirect("staff_correction", undoing)


def _begun(request: SignedInRequest) -> dict[str, str]:
    """What the page that led here knows already."""
    return {name: request.GET.get(name, "")[:120] for name in ("movement", "owner_id", "currency", "refers_to")}


def _back(correction_id: int) -> HttpResponse:
    if queries.correction(correction_id=correction_id) is None:
        raise Http404
    return redirect("staff_correction", correction_id)
