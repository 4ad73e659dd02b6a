"""What every answer passes through on its way out."""

from collections.abc import Callable
from typing import TypeAlias

from django.http import HttpRequest, HttpResponse

Respond: TypeAlias = Callable[[HttpRequest], HttpResponse]


def private_pages_are_not_stored(get_response: Respond) -> Respond:
    """Pages of a signed-in person are never kept by a browser or a proxy: names and money end with the session."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond
