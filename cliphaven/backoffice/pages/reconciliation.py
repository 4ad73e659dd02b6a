"""Doors to the reconciliation: what does not tie, what waits, and a button that asks Stripe now."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import reconciliations
from cliphaven.campaigns.forms import whole_number
from cliphaven.foundation import clock
from cliphaven.identity.guards import FINANCE, SignedInRequest, staff_page, staff_page_of


@require_safe
@staff_page
def overview(request: SignedInRequest) -> HttpResponse:
    """The last run that could judge, its lines of one kind at a time, and the runs before."""
    found = reconciliations.overview(
        finding=request.GET.get("show", ""), after=whole_number(request.GET.get("after", "")) or 0, now=clock.now()
    )
    next_url = f"?show={found.finding}&after={found.after}#lines" if found.after else ""
    template = "backoffice/_reconciliation_progress.html" if request.headers.get("HX-Request") else None
    return render(request, template or "backoffice/reconciliation.html", {"overview": found, "next_url": next_url})


@require_POST
@staff_page_of(FINANCE)
def run(request: SignedInRequest) -> HttpResponse:
    """Ask Stripe now, as a job."""
    reconciliation.ask_for()
    messages.info(request, "Stripe is being asked. What was found stands here when it is done.")
    return redirect("staff_reconciliation")
