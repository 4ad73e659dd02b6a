"""Programs of people, by the typed client: in this very process, for tests that roll back, or over the network."""

from collections.abc import Callable, Iterable
from typing import Any

import httpx2
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from cliphaven.foundation import clock
from cliphaven.identity.models import User
from cliphaven.identity.operations import tokens
from cliphaven_client import ClipHaven, SignIn, models

HERE = "http://127.0.0.1"


def program_of(user: User | None) -> ClipHaven:
    """A program that somebody has just signed in, or a stranger's; what it asks is answered in this process."""
    http = httpx2.Client(transport=httpx2.WSGITransport(app=_answer))
    if user is None:
        return ClipHaven(HERE, http=http)
    now = clock.wall()
    pair = tokens.sign_program_in(user_id=user.id, method="password", program="Clip robot", now=now)
    told = models.Tokens(
        access_token=pair.access_token,
        expires_in=int((pair.access_expires_at - now).total_seconds()),
        refresh_token=pair.refresh_token,
        refresh_expires_at=pair.refresh_expires_at,
    )
    return ClipHaven(HERE, http=http, credential=SignIn(told))


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """As the library's own test client: a request's end must not close the connection in which the test stands."""
    ends = (signals.request_started, signals.request_finished)
    for one in ends:
        one.disconnect(close_old_connections)
    try:
        response = WSGIHandler()(environ, start_response)
        said = [b"".join(response)]
        response.close()
        return said
    finally:
        for one in ends:
            one.connect(close_old_connections)
