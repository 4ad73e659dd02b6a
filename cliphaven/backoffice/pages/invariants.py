"""The door to the invariants: what must hold of the money, by number, and what was found when it was last asked."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cliphaven.backoffice.queries import proofs
from cliphaven.backoffice.rules.invariants import INVARIANTS
from cliphaven.foundation import clock
from cliphaven.identity.guards import SignedInRequest, staff_page


@require_safe
@staff_page
def invariants(request: SignedInRequest) -> HttpResponse:
    """All of them, in the order of their numbers, with the answers of the last run."""
    proof = proofs.last_proof()
    answers = [] if proof is None else proof.answers
    context = {
        "proof": proof,
        "is_late": proof is not None and proof.is_late(now=clock.now()),
        "answers": answers,
        "broken": [answer for answer in answers if answer.failures],
        "unasked": [one for one in INVARIANTS if one not in {answer.invariant for answer in answers}],
        "holding": sum(not answer.failures for answer in answers),
        "invariants": INVARIANTS,
    }
    return render(request, "backoffice/invariants.html", context)
