"""Doors for staff: people and their accounts, and which of the staff may do what."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.forms import EmployForm, ReasonForm, RoleReasonForm
from cliphaven.identity.guards import ADMIN, SUPPORT, SignedInRequest, staff_page, staff_page_of
from cliphaven.identity.operations import staff
from cliphaven.identity.queries import people_files, sign_ins


@require_safe
@staff_page
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody of the staff with their roles; others by `?q=`, the beginning of an address or a name."""
    return _people(request, form=EmployForm())


@require_POST
@staff_page_of(ADMIN)
def employ(request: SignedInRequest) -> HttpResponse:
    """Enter somebody of the staff."""
    form = EmployForm(request.POST)
    if not form.is_valid():
        return _people(request, form=form, status=422)
    given = form.cleaned_data
    try:
        user_id = staff.employ(
            email=given["email"],
            name=given["name"],
            role=given["role"],
            admin_id=request.user.id,
            reason=given["reason"],
            request_key=given["request_key"],
            now=clock.now(),
        )
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _people(request, form=form, status=422)
    messages.success(request, f"{given['name']} signs in with a link mailed to {given['email']}.")
    return redirect("staff_person", user_id)


@require_safe
@staff_page
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    """One person: who they are here, where they are signed in, and what was done to their account."""
    line = people_files.person_line(user_id=user_id)
    if line is None:
        raise Http404
    roles = request.faces.staff_roles
    context = {
        "person": line,
        "acts": people_files.acts_about(user_id=user_id),
        "sign_ins": sign_ins.sign_ins(user_id=user_id, now=clock.wall()),
        "wall_now": clock.wall(),
        "is_me": user_id == request.user.id,
        "may_give_roles": ADMIN in roles and line.is_staff,
        "may_end": ADMIN in roles or (SUPPORT in roles and not line.is_staff),
        "grant_form": RoleReasonForm(prefix="grant"),
        "withdraw_form": RoleReasonForm(prefix="withdraw", roles=line.staff_roles),
        "reason_form": ReasonForm(prefix="reason"),
    }
    return render(request, "identity/person.html", context)


@require_POST
@staff_page_of(ADMIN)
def role_grant(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Give one of the staff a role."""
    form = RoleReasonForm(request.POST, prefix="grant")
    return _done(
        request,
        user_id,
        form,
        lambda given: staff.grant_role(user_id=user_id, admin_id=request.user.id, now=clock.now(), **given),
        "They have the role, from now on.",
    )


@require_POST
@staff_page_of(ADMIN)
def role_withdraw(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Take a role from one of the staff."""
    form = RoleReasonForm(request.POST, prefix="withdraw")
    return _done(
        request,
        user_id,
        form,
        lambda given: staff.withdraw_role(user_id=user_id, admin_id=request.user.id, now=clock.now(), **given),
        "They have the role no more, from now on.",
    )


@require_POST
@staff_page_of(SUPPORT, ADMIN)
def person_sign_out(request: SignedInRequest, user_id: int) -> HttpResponse:
    """End all that a person has open."""
    form = ReasonForm(request.POST, prefix="reason")
    return _done(
        request,
        user_id,
        form,
        lambda given: staff.sign_person_out(user_id=user_id, staff_id=request.user.id, now=clock.now(), **given),
        "They are signed out, everywhere.",
    )


@require_POST
@staff_page_of(SUPPORT, ADMIN)
def person_switch(request: SignedInRequest, user_id: int, way: str) -> HttpResponse:
    """Let nobody in as this person, or let them in again."""
    form = ReasonForm(request.POST, prefix="reason")
    return _done(
        request,
        user_id,
        form,
        lambda given: staff.switch_person(
            user_id=user_id, is_on=way == "on", staff_id=request.user.id, now=clock.now(), **given
        ),
        "They can sign in again." if way == "on" else "They are out, and nobody comes in at this address.",
    )


def _done(
    request: HttpRequest,
    user_id: int,
    form: ReasonForm,
    act: Callable[[dict[str, str]], None],
    sentence: str,
) -> HttpResponse:
    if not form.is_valid():
        messages.error(request, "Say why, and choose from the list.")
        return redirect("staff_person", user_id)
    try:
        act(form.cleaned_data)
    except staff.NoSuchPerson as missing:
        raise Http404 from missing
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, sentence)
    return redirect("staff_person", user_id)


def _people(request: SignedInRequest, *, form: EmployForm, status: int = 200) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "")
    context = {
        "q": text,
        "found": people_files.found(text=text),
        "staff": people_files.staff(),
        "found_max": people_files.FOUND_MAX,
        "is_admin": ADMIN in request.faces.staff_roles,
        "form": form,
    }
    return render(request, "identity/people.html", context, status=status)
