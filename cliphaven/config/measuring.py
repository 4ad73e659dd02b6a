"""A browser that says with each page that its person is not to be tracked is heard, whatever was said before."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from cliphaven.foundation import clock
from cliphaven.identity.models import User
from cliphaven.insights import queries
from cliphaven.insights.guards import browser_says_no
from cliphaven.insights.operations import answering


def browsers_that_say_no_are_heard(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Of people whom nobody measures nothing is asked; of others this is one look, for browsers that say so alone."""

    def respond(request: HttpRequest) -> HttpResponse:
        if browser_says_no(request) and queries.is_on():
            user = request.user
            if isinstance(user, User) and queries.is_measured(user_id=user.id):
                answering.hear_browser(user_id=user.id, now=clock.now())
        return get_response(request)

    return respond
