"""Bodies that no address should take: cut, deep, doubled, endless, packed, of another kind, or of another length."""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
DEEP = 30_000
LARGE = 1_000_000
Order = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """What is sent: `length` is what is said of the body, None for the truth, "" for nothing; `headers` besides."""

    kind: str
    raw: bytes
    content_type: str = JSON
    length: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def sound(schema: Order, schemas: Mapping[str, Order]) -> Any:
    """Something that is as a schema of the document says, more or less: what is made from it is wrong in one place."""
    found: Any = "x" * max(int(schema.get("minLength", 1)), 1)
    match schema:
        case {"$ref": reference}:
            found = sound(schemas[str(reference).rpartition("/")[2]], schemas)
        case {"anyOf": [first, *_]}:
            found = sound(first, schemas)
        case {"enum": [first, *_]} | {"examples": [first, *_]}:
            found = first
        case {"type": "object"}:
            properties: Mapping[str, Order] = schema.get("properties", {})
            found = {name: sound(properties[name], schemas) for name in schema.get("required", [])}
        case {"type": "array"}:
            found = [sound(schema["items"], schemas)]
        case {"type": "integer" | "number"}:
            found = schema.get("minimum", 1)
        case {"type": "boolean"}:
            found = True
        case {"format": "date-time"}:
            found = "2026-12-01T00:00:00Z"
    return found


def _dumped(order: object) -> bytes:
    return json.dumps(order).encode()


def _field(order: Order, chance: random.Random) -> str:
    return chance.choice(sorted(order) or ["note"])


def _with(value: str) -> Callable[[Order, random.Random], bytes]:
    """One field of the order is this JSON, as it stands here."""

    def made(order: Order, chance: random.Random) -> bytes:
        name = _field(order, chance)
        rest = {key: one for key, one in order.items() if key != name}
        inner = _dumped(rest)[1:-1].decode()
        return f"{{{inner + ', ' if inner else ''}{json.dumps(name)}: {value}}}".encode()

    return made


def _cut(order: Order, chance: random.Random) -> bytes:
    whole = _dumped({**order, "note": "a text that goes on"})
    return whole[: chance.randrange(1, len(whole) - 1)]


def _twice(order: Order, chance: random.Random) -> bytes:
    name = _field(order, chance)
    pair = f"{json.dumps(name)}: {json.dumps(order.get(name, 1))}"
    return f"{{{pair}, {pair}}}".encode()


def _flipped(order: Order, chance: random.Random) -> bytes:
    raw = bytearray(_dumped(order))
    for _ in range(3):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def _noise(_: Order, chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 2_000))


BODIES: dict[str, Callable[[Order, random.Random], bytes]] = {
    "cut off": _cut,
    "noise": _noise,
    "some bytes changed": _flipped,
    "only white space": lambda _, chance: b" \n\t" * chance.randrange(1, 50),
    "no JSON": lambda *_: b"<order><amount>5</amount></order>",
    "two documents": lambda order, _: _dumped(order) * 2,
    "something after it": lambda order, _: _dumped(order) + b"]",
    "single quotes": lambda order, _: repr(dict(order)).encode() + b"'",
    "a comment": lambda order, _: b"/* */" + _dumped(order),
    "a trailing comma": lambda order, _: _dumped(order)[:-1] + b",}",
    "a list": lambda order, _: _dumped([order]),
    "null": lambda *_: b"null",
    "a text": lambda *_: b'"order"',
    "a number": lambda *_: b"17",
    "true": lambda *_: b"true",
    "lists in lists": lambda *_: b"[" * DEEP,
    "objects in objects": lambda *_: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a field that is deep": _with("[" * 500 + "]" * 500),
    "a field of twenty-five levels": _with("[" * 25 + "]" * 25),
    "one field twice": _twice,
    "NaN": _with("NaN"),
    "Infinity": _with("-Infinity"),
    "beyond all floats": _with("1e400"),
    "a number of 5,000 digits": _with("9" * 5_000),
    "a float of 5,000 digits": _with("0." + "3" * 5_000),
    "2 to the 63rd": _with(str(2**63)),
    "below 64 bits": _with(str(-(2**63) - 1)),
    "a float for a whole number": _with("1.5"),
    "a leading zero": _with("007"),
    "hexadecimal": _with("0x1F"),
    "NUL, escaped": _with('"a\\u0000b"'),
    "NUL, raw": _with('"a\0b"'),
    "half of a character, escaped": _with('"\\ud800"'),
    "the other half first": _with('"\\udc00\\ud800"'),
    "no UTF-8": lambda order, _: _dumped({**order, "note": "?"}).replace(b"?", b"\xff\xfe"),
    "half of a character, raw": lambda order, _: _dumped({**order, "note": "?"}).replace(b"?", b"\xed\xa0\x80"),
    "UTF-16": lambda order, _: json.dumps(dict(order)).encode("utf-16"),
    "UTF-32": lambda order, _: json.dumps(dict(order)).encode("utf-32"),
    "a byte order mark": lambda order, _: b"\xef\xbb\xbf" + _dumped(order),
    "an object in a field": _with('{"$gt": ""}'),
    "a list in a field": _with('[["x"]]'),
    "null in a field": _with("null"),
    "a field that is not known": lambda order, _: _dumped({**order, "is_staff": True}),
    "a field named as Python's own": lambda order, _: _dumped({**order, "__proto__": {}, "__class__": "x"}),
    "a text of a megabyte": _with(json.dumps("x" * LARGE)),
    "combining marks": _with(json.dumps("a" + "\u0301" * 9_000, ensure_ascii=False)),
    "a thousand fields": lambda *_: _dumped({f"field{number}": number for number in range(1_000)}),
    "ten thousand entries": _with(json.dumps(list(range(10_000)))),
    "a name of 60,000 letters": lambda *_: _dumped({"x" * 60_000: 1}),
    "every field a true": lambda order, _: _dumped(dict.fromkeys(order or ["x"], True)),
}


def _bomb() -> bytes:
    return gzip.compress(b"0" * 20_000_000)


BOMB = _bomb()
FORM = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--x--\r\n'
# What is wrong with these is said in a header.
WRONG: dict[str, Callable[[bytes], Malformed]] = {
    "another kind": lambda raw: Malformed(kind="another kind", raw=raw, content_type="text/xml"),
    "a kind that is none": lambda raw: Malformed(kind="a kind that is none", raw=raw, content_type="json;;=/"),
    "an unknown charset": lambda raw: Malformed(
        kind="an unknown charset", raw=raw, content_type=f"{JSON}; charset=bogus"
    ),
    "a form": lambda raw: Malformed(kind="a form", raw=raw, content_type="application/x-www-form-urlencoded"),
    "a form without a boundary": lambda raw: Malformed(
        kind="a form without a boundary", raw=raw, content_type="multipart/form-data"
    ),
    "a form that is cut off": lambda _: Malformed(
        kind="a form that is cut off", raw=FORM[:60], content_type="multipart/form-data; boundary=x"
    ),
    "a form of a thousand fields": lambda _: Malformed(
        kind="a form of a thousand fields",
        raw=b"".join(FORM[:-6].replace(b"text", b"f%d" % number) for number in range(1_100)) + b"--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    ),
    "packed": lambda raw: Malformed(kind="packed", raw=gzip.compress(raw), headers={"Content-Encoding": "gzip"}),
    "a bomb": lambda _: Malformed(kind="a bomb", raw=BOMB, headers={"Content-Encoding": "gzip"}),
    "deflated": lambda raw: Malformed(
        kind="deflated", raw=zlib.compress(raw), headers={"Content-Encoding": "deflate, br"}
    ),
    "longer than it says": lambda raw: Malformed(kind="longer than it says", raw=raw, length=str(len(raw) // 2)),
    "shorter than it says": lambda raw: Malformed(kind="shorter than it says", raw=raw, length=str(len(raw) + 500)),
    "a negative length": lambda raw: Malformed(kind="a negative length", raw=raw, length="-1"),
    "a length that is none": lambda raw: Malformed(kind="a length that is none", raw=raw, length="many"),
    "a length of forty digits": lambda raw: Malformed(kind="a length of forty digits", raw=raw, length="9" * 40),
    "no length": lambda raw: Malformed(kind="no length", raw=raw, length=""),
    "in chunks that are none": lambda raw: Malformed(
        kind="in chunks that are none", raw=raw, length="", headers={"Transfer-Encoding": "chunked"}
    ),
    "both lengths": lambda raw: Malformed(kind="both lengths", raw=raw, headers={"Transfer-Encoding": "chunked"}),
    "a megabyte": lambda _: Malformed(kind="a megabyte", raw=b"x" * LARGE),
}
KINDS = (*BODIES, *WRONG)


def malformed(kind: str, *, order: Order, chance: random.Random) -> Malformed:
    """One body of a kind, made from an order that an address would take."""
    if kind in WRONG:
        return WRONG[kind](_dumped(order))
    return Malformed(kind=kind, raw=BODIES[kind](order, chance))
