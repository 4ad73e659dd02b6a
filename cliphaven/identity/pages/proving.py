"""Doors for proving who one is: the second step of signing in, and again before what is dear."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity import operations, queries
from cliphaven.identity.forms import CodeForm, ProofCodeForm, ProofPasswordForm
from cliphaven.identity.guards import circumstances, signed_in_id, this_sign_in
from cliphaven.identity.operations import proving
from cliphaven.identity.pages.entering import TICKET_COOKIE, open_session, passkeys_at, wished_path
from cliphaven.identity.queries import factors

PROOF_COOKIE = "proof-browser"
FORMS: dict[str, type[Form]] = {"code": ProofCodeForm, "password": ProofPasswordForm, "mail": CodeForm}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """The second step at the door: a code of the app, a recovery code, or a passkey."""
    if request.user.is_authenticated:
        return redirect("home")
    form = ProofCodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                step = proving.finish_second_step(
                    ticket=request.COOKIES.get(TICKET_COOKIE, ""),
                    code=form.cleaned_data["code"],
                    **circumstances(request),
                )
                return open_session(request, user_id=step.user_id, proved_by=step.second)
            except operations.SignInRefused as refused:
                form.add_error("code", refused.sentence)
                status = 429 if isinstance(refused, operations.TooManyAttempts) else 422
    context = {"form": form, "passkeys_at": passkeys_at(request), "next": wished_path(request)}
    return render(request, "identity/second_factor.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def prove(request: HttpRequest) -> HttpResponse:
    """Prove again who you are, with the best that you have; it holds for ten minutes."""
    way = request.POST.get("way", "")
    if request.method != "POST" or way not in FORMS:
        return _page(request)
    form = FORMS[way](request.POST)
    if not form.is_valid():
        return _page(request, status=422, **{way: form})
    try:
        by = _shown(request, way, form)
        proving.note_proof(sign_in_id=this_sign_in(request), user_id=signed_in_id(request), by=by, now=clock.wall())
    except operations.SignInRefused as refused:
        form.add_error(None, refused.sentence)
        status = 429 if isinstance(refused, operations.TooManyAttempts) else 422
        return _page(request, status=status, **{way: form})
    return proved(request)


@require_POST
@login_required
def prove_mail(request: HttpRequest) -> HttpResponse:
    """Mail a code to somebody who has nothing else to prove it with."""
    email = queries.person(user_id=signed_in_id(request)).email
    try:
        asked = operations.ask_for_link(email=email, now=clock.wall(), told_at=clock.now())
    except Refused as refused:
        messages.error(request, f"{refused.sentence}.")
        return redirect(_here(request))
    messages.success(request, f"A code is on its way to {email}.")
    response = redirect(_here(request))
    response.set_cookie(
        PROOF_COOKIE,
        asked.browser_nonce,
        max_age=int(operations.LINK_LIFE.total_seconds()),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def proved(request: HttpRequest) -> HttpResponse:
    """Back to what the proof was for."""
    messages.success(request, "Thank you. For ten minutes you are not asked again: go on with what you wanted to do.")
    return redirect(wished_path(request) or "account_security")


def _shown(request: HttpRequest, way: str, form: Form) -> str:
    """By what it was proved. Raises SignInRefused and its like."""
    user_id, now = signed_in_id(request), clock.wall()
    if way == "code":
        return proving.prove_by_code(user_id=user_id, code=form.cleaned_data["code"], **circumstances(request))
    if way == "password":
        email = queries.person(user_id=user_id).email
        operations.count_password_attempt(email=email, now=now)
        operations.person_by_password(request=request, email=email, password=form.cleaned_data["password"])
        return "password"
    nonce = request.COOKIES.get(PROOF_COOKIE, "")
    if operations.use_code(browser_nonce=nonce, code=form.cleaned_data["code"], now=now) != user_id:
        raise proving.ProofRefused("This code is of another account")
    return "code"


def _here(request: HttpRequest) -> str:
    wished = wished_path(request)
    return reverse("prove") + (f"?{urlencode({'next': wished})}" if wished else "")


def _page(request: HttpRequest, *, status: int = 200, **filled: Form) -> HttpResponse:
    context = {
        "factors": factors.factors_of(user_id=signed_in_id(request)),
        "code_form": filled.get("code") or ProofCodeForm(),
        "password_form": filled.get("password") or ProofPasswordForm(),
        "mail_form": filled.get("mail") or CodeForm(),
        "was_mailed": PROOF_COOKIE in request.COOKIES,
        "passkeys_at": passkeys_at(request),
        "next": wished_path(request),
    }
    return render(request, "identity/prove.html", context, status=status)
