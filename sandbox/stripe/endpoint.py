"""An endpoint as it is declared: method, path, what it accepts, what it does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.store import Json
from sandbox.stripe.books import Books
from sandbox.stripe.forms import Fields, Items, Text

EXPAND = Items(Text())


@dataclass(frozen=True)
class Call:
    """One checked request: the books, the account it acts on, its parameters, and the ids in its path."""

    books: Books
    owner: str
    url: str
    given: Json
    path: Mapping[str, str]


Act = Callable[[Call], Json]


@dataclass(frozen=True)
class Endpoint:
    """`act` is called only with parameters that `fields` let through; what it raises is an executed request's answer.

    `shows` names the kind of object in the answer (also inside a list): it decides what can be expanded.
    """

    method: str
    pattern: str
    act: Act
    fields: Fields = field(default_factory=dict)
    shows: str = ""

    @cached_property
    def accepted(self) -> Fields:
        """What the endpoint accepts; every one can expand."""
        return {**self.fields, "expand": EXPAND}

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The path as a regular expression with the ids as groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.pattern))


class Table:
    """Finds the endpoint of a request by method, resource and number of path segments."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        self._by_shape: dict[tuple[str, str, int], list[Endpoint]] = {}
        for endpoint in endpoints:
            self._by_shape.setdefault(self._shape(endpoint.method, endpoint.pattern), []).append(endpoint)

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint and the ids in the path, or None."""
        for endpoint in self._by_shape.get(self._shape(method, path), ()):
            match = endpoint.expression.fullmatch(path)
            if match is not None:
                return endpoint, match.groupdict()
        return None

    @staticmethod
    def _shape(method: str, path: str) -> tuple[str, str, int]:
        segments = path.split("/")
        return method, segments[2] if len(segments) > 2 else "", len(segments)
