"""Doors for everybody: how doubt treats creators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cliphaven.earnings.queries import fairness
from cliphaven.foundation import clock
from cliphaven.fraud.rules import sponsor_words


@require_safe
def fairness_page(request: HttpRequest) -> HttpResponse:
    """What was held, what came back, how long it took, and who was right."""
    found = fairness.latest(now=clock.now())
    signals = [
        {
            "words": sponsor_words.words([one.signal])[0],
            "cases": one.fired,
            "decided": one.upheld + one.overturned,
            "upheld": one.upheld,
            "low": None if one.precision_low is None else round(100 * one.precision_low),
            "high": None if one.precision_high is None else round(100 * one.precision_high),
        }
        for one in found.signals
    ]
    return render(request, "earnings/fairness.html", {"figures": found, "cases": found.cases, "signals": signals})
