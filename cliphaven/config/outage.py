"""What people are told while the database is away: nothing of theirs is broken, and when to come back.

An answer like that leaves open what became of the request. Whatever moves money carries a key: asked again with the
same one, it is done once.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults

from cliphaven.foundation.transactions import sqlstate

RETRY_AFTER_S = 5
SENTENCE = "The database does not answer just now. Try again in a moment: nothing is done twice."
READ_ONLY = "25006"  # a server that was demoted while we were connected to it


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not be reached, was lost on the way, or asks to be asked again later."""
    lost = isinstance(error, OperationalError | InterfaceError)
    return lost or (error is not None and sqlstate(error) == READ_ONLY)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what nobody caught: 503 while the database is away, else 500."""
    if is_outage(sys.exc_info()[1]):
        return HttpResponse(loader.get_template("503.html").render(), status=503)
    return defaults.server_error(request)
