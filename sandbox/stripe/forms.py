"""Form bodies with brackets, and what each endpoint accepts in them.

`decode` turns `a[b]=1&c[0]=x` into nested dicts. A declared `Fields` then checks it: names, required ones, types. What
is wrong is told in Stripe's words, before anything is executed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from sandbox.stripe.currencies import CURRENCIES
from sandbox.stripe.errors import BadParametersError, missing, unknown

_SUBKEY = re.compile(r"\[([^\[\]]*)\]")
METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500


class Kind(Protocol):
    """The type of a parameter."""

    @property
    def required(self) -> bool:
        """Whether a request without it is refused."""
        ...

    def read(self, name: str, raw: Any) -> Any:
        """The checked value. Raises BadParametersError."""
        ...


Fields = Mapping[str, Kind]


def decode(text: str) -> dict[str, Any]:
    """The form as nested dicts; a list's items stand under their positions ("0", "1" …)."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, bracket, _ = name.partition("[")
        path = [head, *(_SUBKEY.findall(name) if bracket else [])]
        place = root
        for step in path[:-1]:
            inner = place.setdefault(step or str(len(place)), {})
            if not isinstance(inner, dict):
                raise BadParametersError(f"Invalid object: {name}", param=head)
            place = inner
        place[path[-1] or str(len(place))] = value
    return root


def check(fields: Fields, given: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The parameters that were given, checked and typed. Raises BadParametersError on the first that is wrong."""
    for name in given:
        if name not in fields:
            raise unknown(f"{prefix}[{name}]" if prefix else name)
    checked = {}
    for name, kind in fields.items():
        shown = f"{prefix}[{name}]" if prefix else name
        if name in given:
            checked[name] = kind.read(shown, given[name])
        elif kind.required:
            raise missing(shown)
    return checked


@dataclass(frozen=True)
class Text:
    """A string; `choices` closes it, `empty` lets "" through (as None: it unsets a value)."""

    required: bool = False
    choices: tuple[str, ...] = ()
    empty: bool = False
    longest: int = 5000

    def read(self, name: str, raw: Any) -> str | None:
        """The string, or None for an unset one."""
        if not isinstance(raw, str):
            raise BadParametersError(f"Invalid string: {name}", param=name)
        if raw == "":
            if self.empty:
                return None
            raise BadParametersError(
                f"You passed an empty string for '{name}'. Empty values are read as an attempt to unset a parameter, "
                f"but '{name}' cannot be unset.",
                code="parameter_invalid_empty",
                param=name,
            )
        if self.choices and raw not in self.choices:
            raise BadParametersError(f"Invalid {name}: must be one of {', '.join(self.choices)}", param=name)
        if len(raw) > self.longest:
            raise BadParametersError(f"Invalid {name}: at most {self.longest} characters", param=name)
        return raw


@dataclass(frozen=True)
class Integer:
    """A whole number in decimal digits."""

    required: bool = False
    lowest: int | None = None
    highest: int | None = None

    def read(self, name: str, raw: Any) -> int:
        """The number."""
        if not isinstance(raw, str) or re.fullmatch(r"-?[0-9]{1,18}", raw) is None:
            raise BadParametersError(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=name)
        number = int(raw)
        if self.lowest is not None and number < self.lowest:
            raise BadParametersError(
                f"This value must be greater than or equal to {self.lowest}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if self.highest is not None and number > self.highest:
            raise BadParametersError(
                f"This value must be less than or equal to {self.highest}.",
                code="parameter_invalid_integer",
                param=name,
            )
        return number


@dataclass(frozen=True)
class Flag:
    """true or false."""

    required: bool = False

    def read(self, name: str, raw: Any) -> bool:
        """The truth value."""
        if raw not in ("true", "false"):
            raise BadParametersError(f"Invalid boolean: {raw}", param=name)
        return bool(raw == "true")


@dataclass(frozen=True)
class Currency:
    """An ISO currency code; lower-cased, as Stripe keeps it."""

    required: bool = False

    def read(self, name: str, raw: Any) -> str:
        """The code in lower case."""
        if not isinstance(raw, str) or raw.lower() not in CURRENCIES:
            raise BadParametersError(
                f"Invalid currency: {raw}. These currencies are supported: {', '.join(CURRENCIES)}", param=name
            )
        return raw.lower()


@dataclass(frozen=True)
class Metadata:
    """Key-value pairs; "" as a value removes a key (shown as None here), "" for the whole removes all."""

    required: bool = False

    def read(self, name: str, raw: Any) -> dict[str, str | None] | None:
        """The pairs; None for a value (or the whole) removes it."""
        if raw == "":
            return None
        if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
            raise BadParametersError("Metadata must be a set of key-value pairs", param=name)
        if len(raw) > METADATA_KEYS:
            raise BadParametersError(f"Metadata can have at most {METADATA_KEYS} keys", param=name)
        for key, value in raw.items():
            if len(key) > METADATA_KEY_LENGTH:
                raise BadParametersError(f"Metadata keys have at most {METADATA_KEY_LENGTH} characters", param=name)
            if len(value) > METADATA_VALUE_LENGTH:
                raise BadParametersError(f"Metadata values have at most {METADATA_VALUE_LENGTH} characters", param=name)
        return {key: value or None for key, value in raw.items()}


@dataclass(frozen=True)
class Group:
    """A nested object; `empty` lets "" through (as None)."""

    fields: Fields
    required: bool = False
    empty: bool = False

    def read(self, name: str, raw: Any) -> dict[str, Any] | None:
        """The checked object; None for an unset one."""
        if raw == "" and self.empty:
            return None
        if not isinstance(raw, dict):
            raise BadParametersError("Invalid object", param=name)
        return check(self.fields, raw, name)


@dataclass(frozen=True)
class Items:
    """A list, sent as `name[0]=…&name[1]=…`; `empty` lets "" through (as an empty list)."""

    of: Kind
    required: bool = False
    empty: bool = False

    def read(self, name: str, raw: Any) -> list[Any]:
        """The checked items in order."""
        if raw == "" and self.empty:
            return []
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise BadParametersError("Invalid array", param=name)
        return [self.of.read(f"{name}[{key}]", raw[key]) for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Period:
    """A moment in Unix seconds, or bounds (`gt`, `gte`, `lt`, `lte`)."""

    required: bool = False

    def read(self, name: str, raw: Any) -> dict[str, int]:
        """The bounds by name."""
        bound = Integer()
        if isinstance(raw, dict):
            checked = check({"gt": bound, "gte": bound, "lt": bound, "lte": bound}, raw, name)
            return {word: int(value) for word, value in checked.items()}
        moment = bound.read(name, raw)
        return {"gte": moment, "lte": moment}


@dataclass(frozen=True)
class Either:
    """A plain string (an id or a token) or a nested object."""

    fields: Fields = field(default_factory=dict)
    required: bool = False

    def read(self, name: str, raw: Any) -> Any:
        """The string as it is, or the checked object."""
        return check(self.fields, raw, name) if isinstance(raw, dict) else Text().read(name, raw)


def merged(old: Mapping[str, str], change: dict[str, str | None] | None) -> dict[str, str]:
    """Metadata after an update: named keys change, None removes one, None instead of a dict removes all."""
    if change is None:
        return {}
    both = {**old, **change}
    return {key: value for key, value in both.items() if value is not None}
