"""What every room's API speaks in: an amount of money, a problem (RFC 9457), and the name of a request."""

from typing import Annotated

from ninja import Header, Schema
from pydantic import Field

PROBLEM_TYPE = "application/problem+json"


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


class Money(Schema):
    """An amount in whole minor units with its currency: 1234 of USD are $12.34, 500 of JPY are ¥500."""

    amount: int
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
