"""Doors for people: signing in and out, and the way home."""

from uuid import UUID

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.identity import operations
from cliphaven.identity.forms import CodeForm, LinkForm, PasswordForm
from cliphaven.identity.guards import client_address_of, faces_of, signed_in_id, this_sign_in
from cliphaven.identity.operations import limits, tokens
from cliphaven.identity.pages.entering import come_in, passkeys_at
from cliphaven.identity.queries import Face, sign_ins

HOMES = {Face.STAFF: "staff_overview", Face.SPONSOR: "sponsor_home", Face.CREATOR: "creator_home"}
BROWSER_COOKIE = "sign-in-browser"
LINK_COOKIE_AGE_S = 3600  # longer than any link lives: the link's own end decides


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door, and the mailed link: asking for one answers the same for known and unknown addresses."""
    if request.user.is_authenticated:
        return redirect("home")
    if request.method != "POST":
        return _door(request, link_form=LinkForm(), password_form=PasswordForm())
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _door(request, link_form=form, password_form=PasswordForm(), status=422)
    try:
        limits.count_link(address=client_address_of(request), now=clock.wall())
        asked = operations.ask_for_link(email=form.cleaned_data["email"], now=clock.wall(), told_at=clock.now())
    except operations.SignInRefused as refused:
        form.add_error(None, refused.sentence)
        return _door(request, link_form=form, password_form=PasswordForm(), status=429)
    minutes = int(operations.LINK_LIFE.total_seconds()) // 60
    context = {
        "email": form.cleaned_data["email"],
        "minutes": minutes,
        "code_form": CodeForm(),
        "next": request.POST.get("next", ""),
    }
    response = render(request, "identity/check_mail.html", context)
    response.set_cookie(
        BROWSER_COOKIE,
        asked.browser_nonce,
        max_age=LINK_COOKIE_AGE_S,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@require_POST
@never_cache
def sign_in_password(request: HttpRequest) -> HttpResponse:
    """Sign in with a password."""
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _door(request, link_form=LinkForm(), password_form=form, method="password", status=422)
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    try:
        with limits.failures_counted(address=client_address_of(request), now=clock.wall()):
            operations.count_password_attempt(email=email, now=clock.wall())
            user = operations.person_by_password(request=request, email=email, password=password)
    except operations.SignInRefused as refused:
        form.add_error(None, refused.sentence)
        status = 429 if isinstance(refused, operations.TooManyAttempts) else 422
        return _door(request, link_form=LinkForm(), password_form=form, method="password", status=status)
    return come_in(request, user_id=user.id, method="password")


@require_POST
@never_cache
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Sign in with the code of a mail, in the browser in which it was asked for: the mail is read somewhere else."""
    form = CodeForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            with limits.failures_counted(address=client_address_of(request), now=clock.wall()):
                user_id = operations.use_code(
                    browser_nonce=request.COOKIES.get(BROWSER_COOKIE, ""),
                    code=form.cleaned_data["code"],
                    now=clock.wall(),
                )
            return come_in(request, user_id=user_id, method="code")
        except operations.SignInRefused as refused:
            form.add_error("code", refused.sentence)
    context = {"email": "", "minutes": 0, "code_form": form, "next": request.POST.get("next", "")}
    return render(request, "identity/check_mail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def magic_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A mailed link. Looking at it changes nothing, since mail scanners look too; pressing the button signs in.

    A browser that did not ask for it is asked for the code of the mail: else somebody could lead others into an account
    of theirs.
    """
    nonce = request.COOKIES.get(BROWSER_COOKIE, "")
    if request.method != "POST":
        return _confirm(request, form=CodeForm(), needs_code=not nonce)
    form = CodeForm(request.POST)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    try:
        user_id = operations.use_link(token=token, browser_nonce=nonce, code=code, now=clock.wall())
    except operations.SignInRefused as refused:
        form = form if code else CodeForm()
        return _confirm(request, form=form, needs_code=True, problem=refused.sentence, status=422)
    return come_in(request, user_id=user_id, method="link")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser forgets what it kept of it."""
    auth.logout(request)
    response = redirect("landing")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Where you are signed in, in browsers and programs, and how to end it."""
    faces = faces_of(request)
    context = {
        "sign_ins": sign_ins.sign_ins(user_id=signed_in_id(request), now=clock.wall()),
        "this_one": this_sign_in(request),
        "wall_now": clock.wall(),
        "may_begin_creating": not faces.is_staff and not faces.creates,
    }
    return render(request, "identity/account.html", context)


@require_POST
@login_required
def sign_in_end(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """End one sign-in of the list."""
    tokens.end_sign_in(sign_in_id=sign_in_id, user_id=signed_in_id(request), now=clock.wall())
    messages.success(request, "It is ended: whoever used it is out.")
    return redirect("account")


@require_POST
@login_required
def begin_creating(request: HttpRequest) -> HttpResponse:
    """A member of an organisation wants to create as well."""
    operations.begin_creating(user_id=signed_in_id(request))
    return redirect("creator_home" if faces_of(request).belonging is not None else "home")


@require_POST
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every sign-in, this one too."""
    tokens.sign_out_everywhere(user_id=signed_in_id(request), now=clock.wall())
    auth.logout(request)
    messages.success(request, "You are signed out everywhere, in all browsers and programs.")
    return redirect("sign_in")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page where this person's work begins."""
    if not request.user.is_authenticated:
        return redirect("landing")
    return redirect(HOMES[faces_of(request).first])


def _confirm(
    request: HttpRequest, *, form: CodeForm, needs_code: bool, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"problem": problem, "code_form": form, "needs_code": needs_code}
    response = render(request, "identity/magic_confirm.html", context, status=status)
    # No other site hears the address, with its token. "no-referrer" would be too much: browsers then send the form with
    # "Origin: null", which is refused as a forgery.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _door(
    request: HttpRequest, *, link_form: LinkForm, password_form: PasswordForm, method: str = "link", status: int = 200
) -> HttpResponse:
    context = {
        "link_form": link_form,
        "password_form": password_form,
        "method": method,
        "passkeys_at": passkeys_at(request),
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "identity/sign_in.html", context, status=status)
