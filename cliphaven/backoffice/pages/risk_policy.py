"""Doors to how doubt works: the scorecard of signals, and the policy with a preview before it is saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from cliphaven.backoffice.forms.risk import PolicyForm
from cliphaven.backoffice.queries import risk_policies, risk_scorecard
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.fraud.operations import policies
from cliphaven.fraud.queries import previews
from cliphaven.fraud.queries.policies import InForce, in_force
from cliphaven.identity.guards import ADMIN, SignedInRequest, staff_page, staff_page_of


@require_safe
@staff_page
def scorecard(request: SignedInRequest) -> HttpResponse:
    """How right each signal was, with the money that it held; and what the sample that is never held says."""
    return render(request, "backoffice/risk_scorecard.html", {"card": risk_scorecard.risk_scorecard(now=clock.now())})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page_of(ADMIN)
def policy(request: SignedInRequest) -> HttpResponse:
    """The policy in force and its history; a form for the next version, which is saved after it was tried."""
    now = in_force()
    tables = risk_policies.peer_tables()
    if request.method != "POST":
        return _shown(request, now, PolicyForm(initial=PolicyForm.shown(now.version), peer_tables=tables))
    form = PolicyForm(request.POST, peer_tables=tables)
    if not form.is_valid():
        return _shown(request, now, form)
    tried = previews.policy_preview(
        draft=form.draft(before=now.version.draft), peer_table_id=form.cleaned_data["peer_table"], now=clock.now()
    )
    if request.POST.get("step") == "save" and _may_be_saved(form, now):
        try:
            number = policies.save_policy(
                draft=form.draft(before=now.version.draft),
                peer_table_id=form.cleaned_data["peer_table"],
                expected_number=form.cleaned_data["after"],
                preview=tried.kept(),
                reason=form.cleaned_data["reason"],
                staff_id=request.user.id,
                request_key=form.cleaned_data["request_key"],
                despite_bar=form.despite_bar(),
                now=clock.now(),
            )
        except policies.BelowTheBar as below:
            form.add_error(None, f"{below.sentence} Tick the box beside it.")
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(
                request, f"Version {number} is in force: clips are judged by it from their next reading on."
            )
            return redirect("staff_risk_policy")
    return _shown(request, now, form, tried=tried)


def _may_be_saved(form: PolicyForm, now: InForce) -> bool:
    """Whether somebody looked at what it would do, and says why. What is wrong is said in the form."""
    if form.cleaned_data["previewed"] != form.name(before=now.version.draft):
        form.add_error(None, "Something is not as it was tried: look at what it would do now, then save it.")
    elif not form.cleaned_data["reason"].strip():
        form.add_error("reason", "Say why: others will read it.")
    return not form.errors


def _shown(
    request: SignedInRequest, now: InForce, form: PolicyForm, *, tried: previews.PolicyPreview | None = None
) -> HttpResponse:
    form.fields["reason"].required = tried is not None
    card = risk_scorecard.risk_scorecard(now=clock.now())
    scores = {line.score.signal: line for line in card.lines}
    context: dict[str, Any] = {
        "form": form,
        "in_force": now,
        "bar_percent": card.bar_percent,
        "signals": [(scores[name], mode, despite) for name, mode, despite in form.signal_fields()],
        "amounts": form.amount_fields(),
        "tried": tried,
        # What is saved next is what stands in the preview.
        "previewed": "" if tried is None else form.name(before=now.version.draft),
        "versions": risk_policies.version_lines(),
    }
    return render(request, "backoffice/risk_policy.html", context, status=422 if form.errors else 200)
