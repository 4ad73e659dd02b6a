"""Doors for passkeys: a browser asks for a challenge, signs it, and sends what it signed like any other form."""

import secrets
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import circumstances, needs_step_up, signed_in_id, this_sign_in
from cliphaven.identity.operations import passkeys, proving
from cliphaven.identity.pages.entering import come_in
from cliphaven.identity.pages.proving import proved
from cliphaven.identity.pages.security import shown_codes
from cliphaven.identity.rules.browsers import browser_name

PASSKEY_COOKIE = "passkey-browser"
NONCE_BYTES = 32


@require_POST
@never_cache
def passkey_sign_in_begin(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # anybody may
    """A challenge for whoever wants to come in, bound to this browser."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    try:
        options = passkeys.begin_sign_in(browser_nonce=nonce, now=clock.wall())
    except Refused as refused:
        return _no(refused)
    response = JsonResponse(options)
    response.set_cookie(
        PASSKEY_COOKIE,
        nonce,
        max_age=int(passkeys.CEREMONY_LIFE.total_seconds()),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@require_POST
@never_cache
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey: it is both factors at once, since the device has asked for a finger or a number."""
    try:
        user_id = passkeys.person_by_passkey(
            answer=request.POST.get("answer", ""),
            browser_nonce=request.COOKIES.get(PASSKEY_COOKIE, ""),
            user_id=None,
            **circumstances(request),
        )
    except Refused as refused:
        messages.error(request, f"{refused.sentence}.")
        return redirect("sign_in")
    return come_in(request, user_id=user_id, method="passkey")


@require_POST
@login_required
def passkey_prove_begin(request: HttpRequest) -> HttpResponse:
    """A challenge for somebody who proves again who they are."""
    try:
        options = passkeys.begin_proof(user_id=signed_in_id(request), browser_nonce=_nonce(request), now=clock.wall())
    except Refused as refused:
        return _no(refused)
    return JsonResponse(options)


@require_POST
@login_required
def passkey_prove(request: HttpRequest) -> HttpResponse:
    """Prove again who you are, with a passkey."""
    user_id = signed_in_id(request)
    try:
        passkeys.person_by_passkey(
            answer=request.POST.get("answer", ""),
            browser_nonce=_nonce(request),
            user_id=user_id,
            **circumstances(request),
        )
    except Refused as refused:
        messages.error(request, f"{refused.sentence}.")
        return redirect("prove")
    proving.note_proof(sign_in_id=this_sign_in(request), user_id=user_id, by="passkey", now=clock.wall())
    return proved(request)


@require_POST
@login_required
@needs_step_up
def passkey_begin(request: HttpRequest) -> HttpResponse:
    """A challenge for a passkey that is to be made."""
    try:
        options = passkeys.begin_registration(
            user_id=signed_in_id(request), browser_nonce=_nonce(request), now=clock.wall()
        )
    except Refused as refused:
        return _no(refused)
    return JsonResponse(options)


@require_POST
@login_required
@needs_step_up
def passkey_add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser has made."""
    user_id, this_one = signed_in_id(request), this_sign_in(request)
    try:
        added = passkeys.add_passkey(
            user_id=user_id,
            answer=request.POST.get("answer", ""),
            name=request.POST.get("name", "") or browser_name(request.headers.get("User-Agent", "")),
            browser_nonce=_nonce(request),
            keep=this_one,
            **circumstances(request),
        )
    except Refused as refused:
        messages.error(request, f"{refused.sentence}.")
        return redirect("account_security")
    proving.note_proof(sign_in_id=this_one, user_id=user_id, by="passkey", now=clock.wall())
    if added.recovery_codes:
        return shown_codes(request, added.recovery_codes, title="Your passkey is added")
    messages.success(request, "Your passkey is added.")
    return redirect("account_security")


@require_POST
@login_required
def passkey_rename(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Call a passkey something else."""
    passkeys.rename_passkey(
        user_id=signed_in_id(request),
        passkey_id=passkey_id,
        name=request.POST.get("name", ""),
        **circumstances(request),
    )
    return redirect("account_security")


@require_POST
@login_required
@needs_step_up
def passkey_remove(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Let a passkey open nothing any more."""
    passkeys.remove_passkey(
        user_id=signed_in_id(request),
        passkey_id=passkey_id,
        keep=this_sign_in(request),
        **circumstances(request),
    )
    messages.success(request, "The passkey opens nothing here any more. Remove it from your device, too.")
    return redirect("account_security")


def _nonce(request: HttpRequest) -> str:
    """A challenge of somebody who is in is bound to this sign-in."""
    return str(this_sign_in(request) or "")


def _no(refused: Refused) -> HttpResponse:
    return JsonResponse({"sentence": refused.sentence}, status=409)
