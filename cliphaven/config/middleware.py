"""What every answer passes through on its way out."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

from django.http import HttpRequest, HttpResponse

from cliphaven.config.outage import RETRY_AFTER_S

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
