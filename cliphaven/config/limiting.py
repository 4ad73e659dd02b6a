"""Who asks the API too often is told when to go on, before anything else is done for them."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import cast

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from cliphaven.config.api import api
from cliphaven.foundation import clock
from cliphaven.identity.guards import CountedRequest, client_address_of
from cliphaven.identity.operations import keys, limits
from cliphaven.identity.operations.allowances import TooOften
from cliphaven.identity.queries.keys import KeyBearer

API = "/api/v1/"
# Here programs come in: what they show on the way says nothing of who they are.
DOORS = tuple(f"{API}auth/{name}" for name in ("password", "link", "refresh", "revoke"))
NOTED_EVERY = timedelta(minutes=1)


def the_api_is_asked_in_measure(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Strangers are counted by their address; callers by what they showed, once a guard has found it good.

    Each answer says where they stand.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return get_response(request)
        counted, now, address = cast(CountedRequest, request), clock.wall(), client_address_of(request)

        def count_caller(who: str) -> None:
            counted.standing = limits.count_caller(who=who, now=now)
            if counted.standing.is_over:
                raise TooOften.beyond(counted.standing, now=now)

        counted.count_caller = count_caller
        shows_something = "Authorization" in request.headers or bool(request.session.session_key)
        is_stranger = not shows_something or request.path.startswith(DOORS)
        uses = {
            limits.STRANGER: (address, int(is_stranger)),
            limits.REFUSED: (address, 0),
            limits.ADDRESS: (address, 1),
        }
        try:
            stranger, refused, whole = limits.count(uses=uses, now=now)
        except (DatabaseError, InterfaceError):
            return get_response(request)  # without a database nobody is let in, and that is told there
        counted.standing = stranger if is_stranger else whole
        over = [one for one in (stranger, refused, whole) if one.is_over]
        if over:
            counted.standing = over[0]
            response = api.on_exception(request, TooOften.beyond(over[0], now=now))
        else:
            response = get_response(request)
        if response.status_code == HTTPStatus.UNAUTHORIZED and shows_something:
            limits.count(uses={limits.REFUSED: (address, 1)}, now=now)
        _note_key(request)
        for name, value in counted.standing.headers(now).items():
            response.headers[name] = value
        return response

    return respond


def _note_key(request: HttpRequest) -> None:
    """A key that was used shows so in its list, to the minute."""
    key: KeyBearer | None = getattr(request, "key", None)
    now = clock.wall()
    if key is not None and (key.used_at is None or key.used_at + NOTED_EVERY <= now):
        keys.note_use(key_id=key.key_id, now=now)
