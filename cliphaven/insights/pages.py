"""Doors for people: whether their use of the product may be measured."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import signed_in_id
from cliphaven.identity.rules.addresses import path_of_ours
from cliphaven.insights import queries
from cliphaven.insights.forms import AnswerForm
from cliphaven.insights.guards import browser_says_no
from cliphaven.insights.operations import answering
from cliphaven.insights.rules import CATALOGUE, Through


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def measuring(request: HttpRequest) -> HttpResponse:
    """What is told of whom, what this person said about it, and the other answer."""
    if request.method == "POST":
        return _answered(request)
    context = {
        "is_on": queries.is_on(),
        "is_measured": queries.is_measured(user_id=signed_in_id(request)),
        "browser_says_no": browser_says_no(request),
        "happenings": [
            {"name": name.replace("_", " "), "properties": ", ".join(properties)}
            for name, properties in CATALOGUE.items()
        ],
    }
    return render(request, "insights/measuring.html", context)


def _answered(request: HttpRequest) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    is_yes = form.cleaned_data["says"] == "yes"
    try:
        answering.say(
            user_id=signed_in_id(request),
            is_yes=is_yes,
            through=Through(form.cleaned_data["through"]),
            browser_says_no=browser_says_no(request),
            now=clock.now(),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "Thank you." if is_yes else "Nothing of what you do is measured.")
    wished = path_of_ours(form.cleaned_data["next"], host=request.get_host()) if form.cleaned_data["next"] else ""
    return redirect(wished or reverse("measuring"))
