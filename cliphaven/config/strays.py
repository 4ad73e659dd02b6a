"""What programs are told before any operation of the API is reached: no such address, no such method, no such host."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from cliphaven.config.api import problem
from cliphaven.config.limiting import API
from cliphaven.foundation.shapes import PROBLEM_TYPE

SAID = {
    HTTPStatus.BAD_REQUEST: ("This request makes no sense.", "not_readable"),
    HTTPStatus.FORBIDDEN: ("Nothing is taken from there.", "csrf"),
    HTTPStatus.NOT_FOUND: ("There is nothing here for you.", "not_found"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("This is asked in another way here: see Allow.", "method_not_allowed"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("The database does not answer just now. Try again in a moment.", "no_database"),
}
OTHERWISE = ("Something broke on our side.", "broken")
ABOUT_THE_PAGE = ("Content-Type", "Content-Length")


def programs_are_told_problems(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A page is of no use to a program: whatever fails below the API's address is told as a problem."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_failure = response.status_code >= HTTPStatus.BAD_REQUEST
        if not (is_failure and request.path.startswith(API)) or response.get("Content-Type") == PROBLEM_TYPE:
            return response
        status = HTTPStatus(response.status_code)
        detail, code = SAID.get(status, OTHERWISE)
        told = problem(request, status=status, detail=detail, code=code)
        for name, value in response.headers.items():
            if name not in ABOUT_THE_PAGE:
                told.headers[name] = value
        told.cookies = response.cookies
        return told

    return respond
