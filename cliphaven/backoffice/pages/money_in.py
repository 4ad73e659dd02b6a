"""Doors to money in that waits for one of the staff: look again, settle with a note, end a warning, take up letters."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cliphaven.backoffice.queries import money_in as queries
from cliphaven.campaigns.forms import NoteForm
from cliphaven.campaigns.operations import reviews, warnings
from cliphaven.foundation import clock
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.identity.guards import FINANCE, SignedInRequest, staff_page, staff_page_of
from cliphaven.webhooks import operations as webhooks


@require_safe
@staff_page
def overview(request: SignedInRequest) -> HttpResponse:
    """What waits, until when disputes must be answered, whose money is kept together, and what was done."""
    found = queries.money_in(now=clock.now())
    context = {
        "money_in": found,
        "reviews": [(review, NoteForm.of(review.what, review.id)) for review in found.reviews],
        "pauses": [(pause, NoteForm.of("pause", pause.pause_id)) for pause in found.pauses],
    }
    return render(request, "backoffice/money_in.html", context)


@require_POST
@staff_page_of(FINANCE)
def look_again(request: SignedInRequest, what: str, item_id: int) -> HttpResponse:
    """Have a payment, refund or dispute in review looked up at Stripe anew."""
    now, staff_id = clock.now(), request.user.id
    acts: dict[str, Callable[[], str]] = {
        "deposit": lambda: reviews.look_again_at_deposit(deposit_id=item_id, staff_id=staff_id, now=now),
        "refund": lambda: reviews.look_again_at_refund(refund_id=item_id, staff_id=staff_id, now=now),
        "dispute": lambda: reviews.look_again_at_dispute(dispute_id=item_id, staff_id=staff_id, now=now),
    }
    return _acted(request, acts[what])


@require_POST
@staff_page_of(FINANCE)
def settle(request: SignedInRequest, what: str, item_id: int) -> HttpResponse:
    """Say that what waits was seen to, and how."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _unwritten(request)
    note, key = form.cleaned_data["note"], form.cleaned_data["request_key"]
    now, staff_id = clock.now(), request.user.id

    def settle_deposit() -> str:
        reviews.settle_deposit(deposit_id=item_id, staff_id=staff_id, note=note, request_key=key, now=now)
        return "Settled. The payment gets no entry of its own any more."

    def settle_refund() -> str:
        became = reviews.settle_refund(refund_id=item_id, staff_id=staff_id, note=note, request_key=key, now=now)
        return f"Settled. {became}."

    def settle_dispute() -> str:
        reviews.settle_dispute(dispute_id=item_id, staff_id=staff_id, note=note, request_key=key, now=now)
        return "Settled. What could not be booked of the dispute is left as you put it right."

    acts = {"deposit": settle_deposit, "refund": settle_refund, "dispute": settle_dispute}
    return _acted(request, acts[what])


@require_POST
@staff_page_of(FINANCE)
def lift(request: SignedInRequest, pause_id: int) -> HttpResponse:
    """End a warning's pause before its time."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _unwritten(request)

    def act() -> str:
        warnings.lift(
            pause_id=pause_id,
            user_id=request.user.id,
            because=form.cleaned_data["note"],
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
        return "The payment's money is free again, and what views earned meanwhile is added."

    return _acted(request, act)


@require_POST
@staff_page_of(FINANCE)
def take_up_letters(request: SignedInRequest) -> HttpResponse:
    """Deal once more with letters that were given up."""
    return _acted(request, lambda: f"{webhooks.take_up_given_up(now=clock.now()):,} letters are dealt with once more.")


def _unwritten(request: SignedInRequest) -> HttpResponse:
    messages.error(request, "Write what was done, in at most 300 letters: nothing has changed.")
    return redirect("staff_money_in")


def _acted(request: SignedInRequest, act: Callable[[], str]) -> HttpResponse:
    """Do it, say what came of it, and show the page again."""
    try:
        messages.success(request, act())
    except Refused as refused:
        messages.error(request, refused.sentence)
    except ProviderFailed as failure:
        messages.error(request, f"Stripe does not answer just now, so nothing was done. {failure.sentence}")
    return redirect("staff_money_in")
