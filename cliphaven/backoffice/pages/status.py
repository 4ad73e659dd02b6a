"""The door for everybody who asks how the house is: is the money there, was it paid, how old are the counts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cliphaven.backoffice.queries import proofs
from cliphaven.backoffice.rules.invariants import INVARIANTS
from cliphaven.foundation import clock
from cliphaven.payouts.queries import batches
from cliphaven.tracking.queries import freshness

WEEKS_SHOWN = 8


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What the invariants said last, what is owed beside what is there, the latest paydays, and the age of counts."""
    now = clock.now()
    proof = proofs.last_proof()
    answers = [] if proof is None else proof.answers
    context = {
        "proof": proof,
        "is_late": proof is not None and proof.is_late(now=now),
        "invariants": INVARIANTS,
        "asked": [answer.invariant for answer in answers],
        "broken": [answer.invariant for answer in answers if answer.failures],
        "holding": sum(not answer.failures for answer in answers),
        "paydays": batches.punctuality(weeks=WEEKS_SHOWN),
        "next_payday": batches.next_payday(now=now),
        "freshness": freshness.freshness(now=now),
    }
    return render(request, "backoffice/status.html", context)
