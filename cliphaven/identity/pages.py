"""Doors for people: signing in and out, and the way home."""

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.identity import operations, queries
from cliphaven.identity.forms import LinkForm, PasswordForm

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
        asked = operations.ask_for_link(email=form.cleaned_data["email"], now=clock.now())
    except operations.SignInRefused as refused:
        form.add_error(None, refused.sentence)
        return _door(request, link_form=form, password_form=PasswordForm(), status=429)
    minutes = int(operations.LINK_LIFE.total_seconds()) // 60
    response = render(request, "identity/check_mail.html", {"email": form.cleaned_data["email"], "minutes": minutes})
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
        operations.count_password_attempt(email=email, now=clock.now())
        user = operations.person_by_password(request=request, email=email, password=password)
    except operations.SignInRefused as refused:
        form.add_error(None, refused.sentence)
        status = 429 if isinstance(refused, operations.TooManyAttempts) else 422
        return _door(request, link_form=LinkForm(), password_form=form, method="password", status=status)
    return _enter(request, user_id=user.id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def magic_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A mailed link. Looking at it changes nothing, since mail scanners look too; pressing the button signs in."""
    if request.method != "POST":
        return _confirm(request)
    try:
        user_id = operations.use_link(
            token=token, browser_nonce=request.COOKIES.get(BROWSER_COOKIE, ""), now=clock.now()
        )
    except operations.SignInRefused as refused:
        return _confirm(request, problem=refused.sentence, status=422)
    return _enter(request, user_id=user_id)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser forgets what it kept of it."""
    auth.logout(request)
    response = redirect("landing")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page where this person's work begins."""
    user = request.user
    if not user.is_authenticated:
        return redirect("landing")
    if user.is_staff:
        return redirect("staff_overview")
    return redirect("creator_home" if queries.belonging(user_id=user.id) is None else "sponsor_home")


def _enter(request: HttpRequest, *, user_id: int) -> HttpResponse:
    # `login` makes a new session id, so that an id planted before cannot be used after.
    auth.login(request, queries.person(user_id=user_id), backend="django.contrib.auth.backends.ModelBackend")
    wished = request.POST.get("next", "")
    # A path of ours and nothing else: "@elsewhere" and "//elsewhere" pass for paths when they are glued to a host.
    is_ours = wished.startswith("/") and url_has_allowed_host_and_scheme(wished, allowed_hosts=None)
    return redirect(wished if is_ours else "home")


def _confirm(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    response = render(request, "identity/magic_confirm.html", {"problem": problem}, status=status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _door(
    request: HttpRequest, *, link_form: LinkForm, password_form: PasswordForm, method: str = "link", status: int = 200
) -> HttpResponse:
    context = {
        "link_form": link_form,
        "password_form": password_form,
        "method": method,
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    return render(request, "identity/sign_in.html", context, status=status)
