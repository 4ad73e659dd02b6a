"""The last step at the door: who has shown enough gets a session, who owes the second factor a ticket."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from cliphaven.foundation import clock
from cliphaven.identity import queries
from cliphaven.identity.guards import this_sign_in
from cliphaven.identity.operations import proving
from cliphaven.identity.queries import proofs, sign_ins
from cliphaven.identity.rules.addresses import path_of_ours
from cliphaven.identity.rules.proofs import STRONG
from cliphaven.identity.rules.relying_party import relying_party

TICKET_COOKIE = "sign-in-ticket"
# By the wall: how long a session may be silent, and how long it lasts at all. Whoever may move everybody's money comes
# in more often.
SESSION = (sign_ins.SESSION_IDLE, timedelta(days=14))
STAFF_SESSION = (timedelta(minutes=30), timedelta(hours=12))

log = logging.getLogger(__name__)


def come_in(request: HttpRequest, *, user_id: int, method: str) -> HttpResponse:
    """Let somebody in who showed `method`, or ask for the second factor if they have one and this was none."""
    if method in STRONG or not proofs.has_second_factor(user_id=user_id):
        return open_session(request, user_id=user_id, proved_by=method if method in STRONG else "")
    ticket = proving.begin_second_step(user_id=user_id, method=method, now=clock.wall())
    wished = urlencode({"next": wished_path(request)})
    response = redirect(f"{reverse('second_factor')}?{wished}")
    response.set_cookie(
        TICKET_COOKIE,
        ticket,
        max_age=int(proving.TICKET_LIFE.total_seconds()),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def open_session(request: HttpRequest, *, user_id: int, proved_by: str) -> HttpResponse:
    """Begin a session, and go where the person wished to; `proved_by` is the second factor that was shown, or ""."""
    # `login` makes a new session id, so that an id planted before cannot be used after.
    user = queries.person(user_id=user_id)
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    now, (idle, life) = clock.wall(), STAFF_SESSION if user.is_staff else SESSION
    request.session[sign_ins.BROWSER] = request.headers.get("User-Agent", "")
    request.session[sign_ins.IDLE_S] = int(idle.total_seconds())
    request.session.set_expiry(now + life)
    log.info("authn_login_success user=%s by=%s", user_id, proved_by or "first factor")
    if proved_by:
        request.session.save()
        proving.note_proof(sign_in_id=this_sign_in(request), user_id=user_id, by=proved_by, now=now)
    response = redirect(wished_path(request) or "home")
    response.delete_cookie(TICKET_COOKIE)
    return response


def wished_path(request: HttpRequest) -> str:
    """Where somebody wants to go afterwards: a path of ours, or ""."""
    wished = request.POST.get("next") or request.GET.get("next", "")
    return path_of_ours(wished, host=request.get_host()) if wished.startswith("/") else ""


def passkeys_at(request: HttpRequest) -> str:
    """Where passkeys can be used: "here", at another address of this site, or "" for nowhere."""
    party = relying_party(settings.SITE_URL)
    if party is None:
        return ""
    here = f"{request.scheme}://{request.get_host()}"
    return "here" if here == party.origin else party.origin + request.path
