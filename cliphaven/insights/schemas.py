"""Shapes of the API for measuring."""

from ninja import Schema
from pydantic import StrictBool

from cliphaven.foundation.shapes import Order


class Measuring(Schema):
    """Whether this installation measures anything, and whether what you do is."""

    is_on: bool
    is_measured: bool


class MeasuringAnswer(Order):
    """Whether what you do may be measured."""

    yes: StrictBool
