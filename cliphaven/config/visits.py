"""What people come with when they sign in and when they submit, by which several accounts of one owner are found.

A browser gets a name of its own, in a cookie that no page can read. Kept are keyed digests alone
(`fraud.operations.traits`): of that name, of the mailbox, and of the address of the network.
"""

import logging
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from cliphaven.foundation import clock
from cliphaven.fraud.operations import traits
from cliphaven.identity.guards import client_address_of, program_sign_in
from cliphaven.identity.models import User

log = logging.getLogger(__name__)
Respond: TypeAlias = Callable[[HttpRequest], HttpResponse]

VISITS = frozenset({"sign_in_password", "sign_in_code", "magic_confirm", "clip_submit", "api:api_clips_submit"})
"""The doors at which it matters who comes."""
DEVICE_COOKIE = f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}device"
DEVICE_KEPT_S = 400 * 24 * 3600  # browsers keep none longer
_DEVICE = re.compile(r"[A-Za-z0-9_-]{43}")


def visits_are_noted(get_response: Respond) -> Respond:
    """Whoever came through one of the VISITS is noted. The staff is not, and nothing of a request that was refused."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        if (
            request.method == "POST"
            and match is not None
            and match.view_name in VISITS
            and response.status_code < HTTPStatus.BAD_REQUEST
        ):
            _note(request, response)
        return response

    return respond


def _note(request: HttpRequest, response: HttpResponse) -> None:
    user = request.user
    if not isinstance(user, User) or user.is_staff:
        return
    known = request.COOKIES.get(DEVICE_COOKIE, "")
    device = known if _DEVICE.fullmatch(known) else ""
    if program_sign_in(request) is None:
        device = device or secrets.token_urlsafe(32)
        response.set_cookie(
            DEVICE_COOKIE,
            device,
            max_age=DEVICE_KEPT_S,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    visit = traits.Visit(user_id=user.id, email=user.email, device=device, address=client_address_of(request))
    try:
        traits.note_visit(visit=visit, now=clock.now())
    except DatabaseError:
        # What was asked for is done; nobody shall be turned away because this could not be written.
        log.warning("a visit could not be noted", exc_info=True)
