"""The door to the overview: the whole house at a glance."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cliphaven.backoffice import queries
from cliphaven.foundation import clock
from cliphaven.identity.guards import SignedInRequest, staff_page

TRIAL_LINES_MAX = 200


@require_safe
@staff_page
def staff_overview(request: SignedInRequest) -> HttpResponse:
    """Books, queues, payday and tracking at a glance."""
    pace = clock.pace()
    overview = queries.overview(now=pace.now)
    context = {
        "trial": overview.trial,
        "trial_lines": overview.trial.lines[:TRIAL_LINES_MAX],
        "more_lines": max(0, len(overview.trial.lines) - TRIAL_LINES_MAX),
        "proof": overview.proof,
        "proof_is_late": overview.proof is not None and overview.proof.is_late(now=pace.now),
        "queues": overview.queues,
        "pace": pace,
        "wall": clock.wall(),  # queues wait by the wall, however fast the product's time runs
        "payday": overview.payday,
        "alarms": overview.alarms,
        "tracking": overview.tracking,
        "costs": overview.costs,
        "risk": overview.risk,
    }
    return render(request, "backoffice/overview.html", context)
