"""Shapes of the API for measuring."""

from ninja import Schema
from pydantic import StrictBool


class Measuring(Schema):
    """Whether this installation measures anything, and whether what you do is."""

    is_on: bool
    is_measured: bool


class MeasuringAnswer(Schema):
    """Whether what you do may be measured."""

    yes: StrictBool
