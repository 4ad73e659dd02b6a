"""Door to views that became money and are gone: a queue for people, with both readings and what became of the money."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cliphaven.backoffice.forms import TakenBackForm
from cliphaven.backoffice.queries import anomalies
from cliphaven.identity.guards import SignedInRequest, staff_page


@require_safe
@staff_page
def listing(request: SignedInRequest) -> HttpResponse:
    """The clips of which more was counted than stands, by platform and by what became of their money."""
    form = TakenBackForm(request.GET)
    found: list[anomalies.Anomaly] = []
    if form.is_valid():
        state = form.cleaned_data["state"]
        found = anomalies.anomalies(
            platform=form.cleaned_data["platform"], states=[state] if state else anomalies.UNDECIDED
        )
    context = {
        "form": form,
        "found": found,
        "is_filtered": any(request.GET.get(name) for name in ("platform", "state")),
        "is_cut": len(found) == anomalies.SHOWN_MAX,
        "shown_max": anomalies.SHOWN_MAX,
    }
    return render(request, "backoffice/taken_back.html", context, status=200 if form.is_valid() else 422)
