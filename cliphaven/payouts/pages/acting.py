"""What all doors through which the staff act have in common: do it, say what came of it, show the page again."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.identity.guards import SignedInRequest
from cliphaven.payouts.forms import ReasonForm


def acted(request: SignedInRequest, act: Callable[[], str], page: str, **where: int | str) -> HttpResponse:
    """Do it, say what came of it, and show the page again."""
    try:
        messages.success(request, act())
    except Refused as refused:
        messages.error(request, refused.sentence)
    except ProviderFailed as failure:
        messages.error(request, f"Stripe does not answer just now, so nothing was done. {failure.sentence}")
    return redirect(reverse(page, kwargs=where))


def reason_in(request: SignedInRequest) -> str:
    """The reason that was written; "" when it is missing or too long, which the operation then says."""
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""
