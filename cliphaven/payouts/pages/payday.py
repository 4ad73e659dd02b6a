"""Doors for staff: payday before, while and after it happens, and what they can do about it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.foundation import clock
from cliphaven.identity.guards import FINANCE, RISK, SignedInRequest, needs_step_up, staff_page, staff_page_of
from cliphaven.payouts.forms import BankForm, KeyedReasonForm, PauseForm, ReasonForm
from cliphaven.payouts.operations import holds, pauses, proofs, rehearsals, releases, reviews
from cliphaven.payouts.pages.acting import acted, reason_in
from cliphaven.payouts.pages.stages import shown_stages
from cliphaven.payouts.queries import dashboards
from cliphaven.payouts.queries.outliers import RULE
from cliphaven.payouts.queries.rehearsals import Rehearsal

BARS_SHOWN = 12
# Stripe lists a hundred transfers a page, three pages a second or so: the proof of more than this is asked for.
PROVED_UNASKED_MAX = 2_000


@require_safe
@staff_page
def payday(request: SignedInRequest) -> HttpResponse:
    """What is wrong, what runs, what comes next, and every run before."""
    found = dashboards.payday_overview(now=clock.now(), before=whole_number(request.GET.get("before", "")))
    context = {"overview": found, "next_url": f"?before={found.past.before}" if found.past.before else ""}
    return render(request, "payouts/payday.html", context)


@require_safe
@staff_page
def rehearsal(request: SignedInRequest) -> HttpResponse:
    """The next Monday as it would be now; Stripe is asked for our cash."""
    found = rehearsals.rehearse(now=clock.now())
    template = "payouts/_rehearsal.html" if _is_htmx(request) else "payouts/rehearsal.html"
    context = {"rehearsal": found, "bars": _bars(found), "changes": _changes(found), "outlier_rule": RULE}
    return render(request, template, context)


@require_safe
@staff_page
def batch(request: SignedInRequest, week: str) -> HttpResponse:
    """One week's batch: where its money is, its items, what nobody is sure of, and what can be done."""
    found = dashboards.batch_overview(
        week=week,
        show=request.GET.get("show", ""),
        state=request.GET.get("state", ""),
        after=whole_number(request.GET.get("after", "")),
        now=clock.now(),
    )
    if found is None:
        raise Http404
    base = f"?show={found.show}&state={found.state}"
    context = {
        "overview": found,
        "batch": found.summary,
        "has_released": request.user.id in found.summary.released_by,
        "releases_needed": releases.RELEASES_NEEDED,
        "next_url": f"{base}&after={found.after}#items" if found.after else "",
        "reason_form": ReasonForm(),
        "proves_itself": found.summary.transfers <= PROVED_UNASKED_MAX,
    }
    return render(request, "payouts/batch.html", context)


@require_safe
@staff_page
def proof(request: SignedInRequest, week: str) -> HttpResponse:
    """The batch beside the books and Stripe, which is asked."""
    try:
        found = proofs.prove(week=week, now=clock.now())
    except proofs.NothingToProve as refused:
        raise Http404 from refused
    return render(request, "payouts/_proof.html" if _is_htmx(request) else "payouts/proof.html", {"proof": found})


@require_POST
@staff_page_of(FINANCE)
@needs_step_up
def batch_release(request: SignedInRequest, week: str) -> HttpResponse:
    """One person's word that the batch may go."""

    def act() -> str:
        missing = releases.release(week=week, staff_id=request.user.id, now=clock.now())
        return "One more of you has to release it." if missing else "It is released, and goes out now."

    return acted(request, act, "staff_batch", week=week)


@require_POST
@staff_page_of(FINANCE)
def batch_send_back(request: SignedInRequest, week: str) -> HttpResponse:
    """Take back a batch that waits to be released."""

    def act() -> str:
        releases.send_back(week=week, staff_id=request.user.id, reason=reason_in(request), now=clock.now())
        return "It was taken back: nothing was sent, and all of it is payable again."

    return acted(request, act, "staff_batch", week=week)


@require_POST
@staff_page_of(FINANCE)
def batch_plan_again(request: SignedInRequest, week: str) -> HttpResponse:
    """Have the week of a batch that was sent back planned once more."""

    def act() -> str:
        releases.plan_again(week=week, staff_id=request.user.id, now=clock.now())
        return "The week is being planned anew. It is here within some minutes."

    return acted(request, act, "staff_batch", week=week)


@require_POST
@staff_page_of(FINANCE)
def batch_stop(request: SignedInRequest, week: str) -> HttpResponse:
    """Send nothing more of a batch for now."""

    def act() -> str:
        releases.stop(week=week, staff_id=request.user.id, reason=reason_in(request), now=clock.now())
        return "Nothing more of it is sent until somebody lets it go on."

    return acted(request, act, "staff_batch", week=week)


@require_POST
@staff_page_of(FINANCE)
def batch_resume(request: SignedInRequest, week: str) -> HttpResponse:
    """Let a stopped batch go on."""

    def act() -> str:
        releases.resume(week=week, staff_id=request.user.id, now=clock.now())
        return "It goes on: what is open is sent now."

    return acted(request, act, "staff_batch", week=week)


@require_POST
@staff_page_of(FINANCE)
def look_again(request: SignedInRequest, week: str, kind: str, item_id: int) -> HttpResponse:
    """Have a transfer or payout in review looked up at Stripe anew."""

    def act() -> str:
        if kind == "transfer":
            reviews.look_again_for_transfer(transfer_id=item_id, now=clock.now())
        else:
            reviews.look_again_for_payout(bank_payout_id=item_id, now=clock.now())
        return "It is looked up at Stripe within five minutes."

    return acted(request, act, "staff_batch", week=week)


@require_safe
@staff_page
def creator(request: SignedInRequest, creator_id: int) -> HttpResponse:
    """One creator's payouts and what stands in their way."""
    found = dashboards.creator_overview(
        creator_id=creator_id, before=whole_number(request.GET.get("before", "")), now=clock.now()
    )
    if found is None:
        raise Http404
    context = {
        "creator": found.creator,
        "pause": found.pause,
        "places": [
            {
                "balance": place.balance,
                "blockers": place.blockers,
                "payday": place.payday,
                "stages": shown_stages(place, address=_account_pages(creator_id, place.balance.currency)),
            }
            for place in found.places
        ],
        "payouts": found.past.payouts,
        "next_url": f"?before={found.past.before}" if found.past.before else "",
        "skips": found.skips,
        "form": PauseForm(),
        "changed_banks": [(bank, KeyedReasonForm()) for bank in found.changed_banks],
    }
    return render(request, "payouts/creator_payouts.html", context)


@require_POST
@staff_page_of(RISK, FINANCE)
def creator_pause(request: SignedInRequest, creator_id: int) -> HttpResponse:
    """Pause one creator's payouts."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a reason, and write a note of at most 300 characters.")
        return redirect("staff_creator_payouts", creator_id=creator_id)

    def act() -> str:
        pauses.pause(
            creator_id=creator_id,
            staff_id=request.user.id,
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            now=clock.now(),
        )
        return "The payouts are paused, and the creator is told why."

    return acted(request, act, "staff_creator_payouts", creator_id=creator_id)


@require_POST
@staff_page_of(RISK, FINANCE)
def creator_resume(request: SignedInRequest, creator_id: int) -> HttpResponse:
    """Let one creator's payouts go on."""

    def act() -> str:
        pauses.resume(creator_id=creator_id, staff_id=request.user.id, now=clock.now())
        return "The payouts go on with the next run, and the creator is told."

    return acted(request, act, "staff_creator_payouts", creator_id=creator_id)


@require_POST
@staff_page_of(FINANCE)
@needs_step_up
def creator_hold_lift(request: SignedInRequest, creator_id: int) -> HttpResponse:
    """Let payouts to a creator's new bank account begin before the 72 hours are over."""
    form = BankForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write a reason of at most 300 characters: the creator reads it.")
        return redirect("staff_creator_payouts", creator_id=creator_id)

    def act() -> str:
        holds.lift(
            creator_id=creator_id,
            bank_id=form.cleaned_data["bank_id"],
            staff_id=request.user.id,
            reason=form.cleaned_data["reason"],
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
        return "Payouts to it begin now, and the creator is told why."

    return acted(request, act, "staff_creator_payouts", creator_id=creator_id)


def _account_pages(creator_id: int, currency: str) -> Callable[[str], str]:
    """Where the books show the accounts of a creator, by the end of their names."""
    return lambda end: reverse("staff_account", args=[f"creator:{creator_id}:{end}", currency])


def _is_htmx(request: SignedInRequest) -> bool:
    """Whether a part of a page is asked for, to be put into it."""
    return "HX-Request" in request.headers


def _changes(found: Rehearsal) -> str:
    """How many creators get more, less, the same, or are new or gone, in words."""
    words = {"new": "new", "up": "more", "down": "less", "same": "the same", "gone": "gone"}
    return ", ".join(f"{count} {words[change]}" for change, count in found.changes.items() if count)


def _bars(found: Rehearsal) -> Sequence[dict[str, Any]]:
    """Per currency the largest amounts of this run and of the last, each as wide as its share of the largest."""
    bars = []
    for total in found.totals:
        lines = [line for line in found.payouts if line.currency == total.currency][:BARS_SHOWN]
        largest = max((amount for line in lines for amount in (line.amount_minor, line.before_minor)), default=0)
        bars.append({"total": total, "largest": largest, "lines": lines})
    return bars
