"""Doors of the API for everybody: how doubt treats creators."""

from django.http import HttpRequest
from ninja import Router

from cliphaven.earnings.queries import fairness
from cliphaven.earnings.schemas import fairness as shapes
from cliphaven.foundation import clock
from cliphaven.foundation.shapes import OFTEN

PUBLIC = Router(tags=["Everybody"])


@PUBLIC.get("/fairness", response={200: shapes.Fairness, **OFTEN}, url_name="api_fairness")
def figures(request: HttpRequest) -> shapes.Fairness:  # noqa: ARG001
    """What was held, what came back, how long it took and who was right, in the last ninety days."""
    return shapes.told(fairness.latest(now=clock.now()))
