"""Doors for staff to one transfer: what became of it, having it taken back, and seeing to what that left behind."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.identity.guards import FINANCE, SignedInRequest, staff_page, staff_page_of
from cliphaven.payouts.forms import KeyedReasonForm
from cliphaven.payouts.operations import reversals
from cliphaven.payouts.pages.acting import acted
from cliphaven.payouts.queries import transfers


@require_safe
@staff_page
def transfer(request: SignedInRequest, week: str, item_id: int) -> HttpResponse:
    """One transfer, the payout that it went on with, and everything of it that was taken back."""
    found = transfers.transfer_overview(week=week, transfer_id=item_id)
    if found is None:
        raise Http404
    context = {
        "overview": found,
        "item": found.item,
        "form": KeyedReasonForm(),
        "reversals": [
            # Each has a dialog of its own on the page, and so ids of its own.
            {"line": line, "form": KeyedReasonForm(auto_id=f"settle_{line.item.number}_%s")}
            for line in found.reversals
        ],
    }
    return render(request, "payouts/transfer.html", context)


@require_POST
@staff_page_of(FINANCE)
def transfer_take_back(request: SignedInRequest, week: str, item_id: int) -> HttpResponse:
    """Have what is left of a transfer taken back from Stripe."""

    def act(reason: str, request_key: str) -> str:
        asked = reversals.take_back(
            transfer_id=item_id, staff_id=request.user.id, reason=reason, request_key=request_key, now=clock.now()
        )
        if asked is None:
            return "This was asked for already."
        return "Stripe is told to take it back. Then all of it is payable again."

    return _with_reason(request, act, week=week, item_id=item_id)


@require_POST
@staff_page_of(FINANCE)
def reversal_look_again(request: SignedInRequest, week: str, item_id: int, reversal_id: int) -> HttpResponse:
    """Have a reversal in review looked up anew, at Stripe and in the books."""

    def act() -> str:
        reversals.look_again(reversal_id=reversal_id, now=clock.now())
        return "It is looked up at Stripe within five minutes."

    return acted(request, act, "staff_transfer", week=week, item_id=item_id)


@require_POST
@staff_page_of(FINANCE)
def reversal_settle(request: SignedInRequest, week: str, item_id: int, reversal_id: int) -> HttpResponse:
    """Say that what was taken back was sent to the account again; the second person's word books it."""

    def act(reason: str, request_key: str) -> str:
        missing = reversals.settle(
            reversal_id=reversal_id, staff_id=request.user.id, note=reason, request_key=request_key, now=clock.now()
        )
        if missing:
            return "Stripe has it, and your word is noted. Somebody else of you has to say so, too; then it is booked."
        return "It is booked, and settled with your note."

    return _with_reason(request, act, week=week, item_id=item_id)


def _with_reason(request: SignedInRequest, act: Callable[[str, str], str], *, week: str, item_id: int) -> HttpResponse:
    form = KeyedReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was done: say why, in at most 300 characters.")
        return redirect("staff_transfer", week=week, item_id=item_id)
    cleaned = form.cleaned_data
    return acted(
        request, lambda: act(cleaned["reason"], cleaned["request_key"]), "staff_transfer", week=week, item_id=item_id
    )
