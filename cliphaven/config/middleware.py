"""What every answer passes through on its way out."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode

from cliphaven.config.outage import RETRY_AFTER_S
from cliphaven.identity.guards import came_in_twice
from cliphaven.identity.models import User
from cliphaven.identity.queries import proofs

log = logging.getLogger(__name__)

Respond: TypeAlias = Callable[[HttpRequest], HttpResponse]


def private_pages_are_not_stored(get_response: Respond) -> Respond:
    """Pages of a signed-in person are never kept by a browser or a proxy: names and money end with the session."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # What failed is not stored either: it may show names, and who asked may be what could not be found out.
        failed = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        user = None if failed else getattr(request, "user", None)
        if failed or (user is not None and user.is_authenticated):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond


def unavailable_says_when(get_response: Respond) -> Respond:
    """Whatever cannot be answered just now, the database's fault or a vendor's, says when to ask again."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_S))
        return response

    return respond


def bodies_tell_their_length(get_response: Respond) -> Respond:
    """What comes in chunks is refused, and the line closed: nothing here reads it, and a proxy may have read it else.

    A request with a length and chunks is two requests to one of two readers. The server takes the chunks for true and
    forgets the length, so that the two cannot be told from chunks alone (RFC 9112, 6.3).
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if "HTTP_TRANSFER_ENCODING" not in request.META:
            return get_response(request)
        return HttpResponse(
            "Say how long it is: send Content-Length.\n",
            status=HTTPStatus.LENGTH_REQUIRED,
            content_type="text/plain; charset=utf-8",
            headers={"Connection": "close"},
        )

    return respond


_REFUSALS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "authn_fail",
    HTTPStatus.FORBIDDEN: "authz_fail",
    HTTPStatus.TOO_MANY_REQUESTS: "excess_rate_limit_exceeded",
}


def refusals_are_logged(get_response: Respond) -> Respond:
    """Who was told no, in the words that OWASP gives to it: by number, never by name or by what was shown.

    What is not there for a signed-in person may be somebody else's: that is a refusal, too.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_missing = response.status_code == HTTPStatus.NOT_FOUND
        what = "authz_fail" if is_missing else _REFUSALS.get(response.status_code)
        if what is None:
            return response
        user = getattr(request, "user", None)
        who = user.pk if user is not None and user.is_authenticated else None
        if who is not None or not is_missing:
            log.warning("%s user=%s %s %s %s", what, who or "-", response.status_code, request.method, request.path)
        return response

    return respond


# Where staff enrol a second factor, show it, or leave.
OPEN_TO_ALL_STAFF = frozenset(
    {
        "sign_out",
        "sign_out_everywhere",
        "account_security",
        "app_begin",
        "app_enrol",
        "passkey_begin",
        "passkey_add",
        "address_undo",
        "prove",
        "prove_mail",
        "passkey_prove_begin",
        "passkey_prove",
        "livez",
        "healthz",
    }
)


def staff_come_in_twice(get_response: Respond) -> Respond:
    """Staff who have not shown a second factor get to where they enrol one, show it, or sign out, and nowhere else.

    Here and not at each door, so that a new one is no gap. The API asks at its own doors, since it knows people by
    tokens, too.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        return _to_the_second_factor(request) or get_response(request)

    return respond


def _to_the_second_factor(request: HttpRequest) -> HttpResponse | None:
    """To the proof, or to the enrolment of somebody who has none; None lets them pass."""
    if not settings.STAFF_SECOND_FACTOR:
        return None
    user = request.user
    if not isinstance(user, User) or not user.is_staff or _is_open_to_all_staff(request) or came_in_twice(request):
        return None
    if not proofs.has_second_factor(user_id=user.id):
        messages.warning(request, "Staff come in with a second factor: add an app or a passkey first.")
        return redirect("account_security")
    wished = request.get_full_path() if request.method == "GET" else reverse("home")
    return redirect(f"{reverse('prove')}?{urlencode({'next': wished})}")


def _is_open_to_all_staff(request: HttpRequest) -> bool:
    try:
        where = resolve(request.path_info)
    except Resolver404:  # there is nothing to see
        return True
    return where.namespace == "api" or where.url_name in OPEN_TO_ALL_STAFF
