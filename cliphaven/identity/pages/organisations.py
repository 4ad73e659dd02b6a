"""Doors for organisations: who belongs to one, who may become somebody of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.forms import InvitationForm, RoleForm
from cliphaven.identity.guards import SponsorRequest, owner_page, signed_in_id, sponsor_page
from cliphaven.identity.operations import organisations
from cliphaven.identity.queries import organisations as known


@require_safe
@sponsor_page
def organisation(request: SponsorRequest) -> HttpResponse:
    """Members and open invitations; owners change them here."""
    return _page(request, form=InvitationForm())


@require_POST
@owner_page
def member_invite(request: SponsorRequest) -> HttpResponse:
    """Mail somebody a way into the organisation."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:
        organisations.invite(
            organisation_id=request.organisation.id,
            owner_id=request.user.id,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            request_key=form.cleaned_data["request_key"],
            now=clock.wall(),
            told_at=clock.now(),
        )
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _page(request, form=form, status=422)
    messages.success(request, f"An invitation is on its way to {form.cleaned_data['email']}.")
    return redirect("organisation")


@require_POST
@owner_page
def invitation_withdraw(request: SponsorRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation void."""
    organisations.withdraw_invitation(
        organisation_id=request.organisation.id,
        owner_id=request.user.id,
        invitation_id=invitation_id,
        now=clock.wall(),
    )
    messages.success(request, "The invitation is void.")
    return redirect("organisation")


@require_POST
@owner_page
def member_role(request: SponsorRequest, member_id: int) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles.")
        return redirect("organisation")
    try:
        organisations.change_role(
            organisation_id=request.organisation.id,
            owner_id=request.user.id,
            member_id=member_id,
            role=form.cleaned_data["role"],
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "The role is changed, from now on.")
    return redirect("organisation")


@require_POST
@owner_page
def member_remove(request: SponsorRequest, member_id: int) -> HttpResponse:
    """Part a member from the organisation."""
    try:
        organisations.remove_member(
            organisation_id=request.organisation.id, owner_id=request.user.id, member_id=member_id, now=clock.wall()
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "They belong to the organisation no more, and are signed out.")
    return redirect("organisation")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A mailed way into an organisation: shown, and accepted by a press of the button."""
    shown = known.invitation(token=token, now=clock.wall())
    problem = ""
    if request.method == "POST":
        try:
            organisations.accept_invitation(token=token, user_id=signed_in_id(request), now=clock.wall())
        except organisations.InvitationRefused as refused:
            problem = refused.sentence
        else:
            messages.success(request, "Welcome: you act for the organisation now.")
            return redirect("home")
    context = {"invitation": shown, "problem": problem}
    return render(request, "identity/invitation.html", context, status=422 if problem else 200)


def _page(request: SponsorRequest, *, form: InvitationForm, status: int = 200) -> HttpResponse:
    organisation_id, now = request.organisation.id, clock.wall()
    context = {
        "members": known.people_of(organisation_id=organisation_id),
        "invitations": known.open_invitations(organisation_id=organisation_id, now=now),
        "is_owner": request.is_owner,
        "my_id": request.user.id,
        "form": form,
        "roles": form.fields["role"].choices,  # type: ignore[attr-defined]
    }
    return render(request, "identity/organisation.html", context, status=status)
