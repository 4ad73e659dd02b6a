"""Doors to what opens a person's account: password, authenticator app, recovery codes, and what was changed."""

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.forms import AddressForm, AppCodeForm, ChosenPasswordForm
from cliphaven.identity.guards import circumstances, needs_step_up, signed_in_id, this_sign_in
from cliphaven.identity.operations import factors as operations
from cliphaven.identity.operations import passwords, proving
from cliphaven.identity.pages.entering import passkeys_at
from cliphaven.identity.queries import factors, sign_ins


@require_safe
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """What opens this account, and what was changed about it."""
    return _page(request, form=ChosenPasswordForm())


@require_POST
@login_required
@needs_step_up
def password_set(request: HttpRequest) -> HttpResponse:
    """Choose a password, the first or another one."""
    form, user_id = ChosenPasswordForm(request.POST), signed_in_id(request)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:
        passwords.choose_password(
            user_id=user_id,
            password=form.cleaned_data["password"],
            keep=this_sign_in(request),
            **circumstances(request),
        )
    except passwords.PasswordRefused as refused:
        form.add_error("password", refused.sentence)
        return _page(request, form=form, status=422)
    proving.keep_session(request=request, sign_in_id=this_sign_in(request), user_id=user_id)
    messages.success(request, "Your new password holds. All your other sign-ins were ended.")
    return redirect("account_security")


@require_POST
@login_required
@needs_step_up
def password_remove(request: HttpRequest) -> HttpResponse:
    """Come in without a password from now on."""
    user_id = signed_in_id(request)
    passwords.give_password_up(user_id=user_id, keep=this_sign_in(request), **circumstances(request))
    proving.keep_session(request=request, sign_in_id=this_sign_in(request), user_id=user_id)
    messages.success(request, "There is no password any more: a link is mailed to you. Other sign-ins were ended.")
    return redirect("account_security")


@require_POST
@login_required
@needs_step_up
def app_begin(request: HttpRequest) -> HttpResponse:
    """Make a secret for an authenticator app."""
    try:
        operations.begin_app(user_id=signed_in_id(request), now=clock.wall())
    except operations.FactorRefused as refused:
        messages.error(request, refused.sentence)
        return redirect("account_security")
    return redirect("app_enrol")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@needs_step_up
def app_enrol(request: HttpRequest) -> HttpResponse:
    """The picture for the app, and the first code of it, with which it counts."""
    form = AppCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _confirm(request, form)
    return _enrolment(request, form=form, status=422 if form.errors else 200)


def _confirm(request: HttpRequest, form: AppCodeForm) -> HttpResponse:
    user_id, this_one = signed_in_id(request), this_sign_in(request)
    try:
        codes = operations.confirm_app(
            user_id=user_id, code=form.cleaned_data["code"], keep=this_one, **circumstances(request)
        )
    except Refused as refused:
        form.add_error("code", refused.sentence)
        return _enrolment(request, form=form, status=422)
    proving.note_proof(sign_in_id=this_one, user_id=user_id, by="totp", now=clock.wall())
    if codes:
        return shown_codes(request, codes, title="Your app is added")
    messages.success(request, "Your app is added. All your other sign-ins were ended.")
    return redirect("account_security")


@require_POST
@login_required
@needs_step_up
def app_remove(request: HttpRequest) -> HttpResponse:
    """Ask for no codes of the app any more."""
    operations.remove_app(user_id=signed_in_id(request), keep=this_sign_in(request), **circumstances(request))
    messages.success(request, "The app is removed. All your other sign-ins were ended.")
    return redirect("account_security")


@require_POST
@login_required
@needs_step_up
def recovery_renew(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown once."""
    try:
        codes = operations.renew_recovery_codes(user_id=signed_in_id(request), **circumstances(request))
    except operations.FactorRefused as refused:
        messages.error(request, refused.sentence)
        return redirect("account_security")
    return shown_codes(request, codes, title="New recovery codes")


def shown_codes(request: HttpRequest, codes: list[str], *, title: str) -> HttpResponse:
    """The page that shows recovery codes, once."""
    return render(request, "identity/recovery_codes.html", {"codes": codes, "title": title})


def _page(request: HttpRequest, *, form: ChosenPasswordForm, status: int = 200) -> HttpResponse:
    user_id = signed_in_id(request)
    context = {
        "factors": factors.factors_of(user_id=user_id),
        "events": factors.events_of(user_id=user_id),
        "form": form,
        "address_form": AddressForm(),
        "passkeys_at": passkeys_at(request),
        "wall_now": clock.wall(),
        "sign_in_count": len(sign_ins.sign_ins(user_id=user_id, now=clock.wall())),
    }
    return render(request, "identity/security.html", context, status=status)


def _enrolment(request: HttpRequest, *, form: AppCodeForm, status: int) -> HttpResponse:
    user_id = signed_in_id(request)
    address = factors.app_address(user_id=user_id, since=clock.wall() - operations.ENROLMENT_LIFE)
    if address is None:
        messages.info(request, "There is no app that waits for its first code: begin here.")
        return redirect("account_security")
    context = {
        "picture": segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#ffffff"),
        "secret": factors.app_secret(user_id=user_id),
        "address": address,
        "form": form,
    }
    return render(request, "identity/app_enrol.html", context, status=status)
