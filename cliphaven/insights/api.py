"""Doors of the API: whether one's use of the product may be measured."""

from django.http import HttpRequest
from ninja import Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import NOBODY, REFUSED
from cliphaven.identity.guards import AS_ANYBODY, signed_in_id
from cliphaven.insights import queries, schemas
from cliphaven.insights.guards import browser_says_no
from cliphaven.insights.operations import answering
from cliphaven.insights.rules import Through

MINE = Router(auth=AS_ANYBODY, tags=["You"])


@MINE.get("/me/measuring", response={200: schemas.Measuring, **NOBODY}, url_name="api_measuring")
def measuring(request: HttpRequest) -> schemas.Measuring:
    """Whether what you do here is measured. It never is before you said yes."""
    return _now(request)


@MINE.post("/me/measuring", response={200: schemas.Measuring, **REFUSED}, url_name="api_measuring_answer")
def measuring_answer(request: HttpRequest, answer: schemas.MeasuringAnswer) -> schemas.Measuring:
    """Say whether what you do may be measured. A no counts at once, and what was told is deleted."""
    answering.say(
        user_id=signed_in_id(request),
        is_yes=answer.yes,
        through=Through.PROGRAM,
        browser_says_no=browser_says_no(request),
        now=clock.now(),
    )
    return _now(request)


def _now(request: HttpRequest) -> schemas.Measuring:
    return schemas.Measuring(is_on=queries.is_on(), is_measured=queries.is_measured(user_id=signed_in_id(request)))
