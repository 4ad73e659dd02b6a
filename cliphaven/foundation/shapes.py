"""What every room's API speaks in: an amount of money, a problem (RFC 9457), and the name of a request."""

import re
from datetime import date
from typing import Annotated

from ninja import Header, Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StrictInt

from cliphaven.foundation.money import AMOUNT_MINOR_MAX

PROBLEM_TYPE = "application/problem+json"
ID_MAX = 2**63 - 1
"""What the database numbers its rows with ends here: a greater number names nothing."""


Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=64,
        pattern="^[!-~]+$",
        description="Your name for this request. Sent again with the same one, it is done once.",
    ),
]
"""The header under which whatever moves money or makes something is asked for."""


class Order(Schema):
    """What somebody asks for. A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


def _written_as(pattern: str, *, example: str) -> BeforeValidator:
    """The library alone would take any number for seconds since 1970."""
    written = re.compile(pattern, re.ASCII)

    def check(given: object) -> object:
        if not isinstance(given, str) or not written.match(given):
            raise ValueError(f"write it as in RFC 3339: {example}")
        return given

    return BeforeValidator(check)


Moment = Annotated[AwareDatetime, _written_as(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d", example="2026-11-02T06:00:00Z")]
"""A moment in an order, with its offset."""
Day = Annotated[date, _written_as(r"\d{4}-\d\d-\d\d$", example="2026-11-02")]
"""A day in a question."""


class Money(Schema):
    """An amount in whole minor units with its currency: 1234 of USD are $12.34, 500 of JPY are ¥500."""

    amount: StrictInt
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["USD"])]


class MoneyOrder(Order):
    """An amount that somebody asks for, more than nothing, in whole minor units with its currency."""

    amount: Annotated[StrictInt, Field(ge=1, le=AMOUNT_MINOR_MAX)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["USD"])]


class Problem(Schema):
    """Why something was not done. `code` is for programs and never changes, `detail` is fit for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str


# What is asked for too often says with `Retry-After` when it goes on.
OFTEN = {429: Problem}
# Every address may answer these; what else a request may be refused with stands with it.
NOBODY = {401: Problem, 403: Problem, 404: Problem, 422: Problem, **OFTEN}
REFUSED = {400: Problem, **NOBODY, 409: Problem}
UNSURE = {503: Problem}
