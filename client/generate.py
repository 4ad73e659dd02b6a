"""Makes `src/cliphaven_client/generated` from docs/openapi.json: `python client/generate.py`, or `--check` to compare.

Models are pydantic's, operations are methods with keyword arguments, grouped by the tags of the document.
"""

import argparse
import json
import keyword
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "openapi.json"
GENERATED = HERE / "src" / "cliphaven_client" / "generated"
HEAD = "# Made from docs/openapi.json by client/generate.py. Do not change it here.\n"
WIDTH = 112
KEY = "Idempotency-Key"
# How an address tells where the next page begins, and the name of the argument that asks for it.
CURSORS = {"next_before": "before", "next_after": "after"}
# The groups of operations, by how their tags begin; of other tags, such as "Staff: payday", what follows is the name.
GROUPS = {"Creators": "creator", "Sponsors": "sponsor", "Signing in": "auth", "Everybody": "public", "You": "you"}
FORMATS = {"date-time": "datetime", "date": "date", "uuid": "UUID", "binary": "bytes"}
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

Schema = Mapping[str, Any]


class CannotSay(Exception):
    """The document says something that is not known here."""


def type_of(schema: Schema, *, prefix: str = "", is_open: bool = False) -> str:
    """A schema as a type of Python. With `is_open` other words than the known ones are let through, too."""

    def inner(one: Schema) -> str:
        return type_of(one, prefix=prefix, is_open=is_open)

    match schema:
        case {"$ref": reference}:
            found = prefix + str(reference).rpartition("/")[2]
        case {"anyOf": choices}:
            found = " | ".join(dict.fromkeys(inner(one) for one in choices))
        case {"enum": words}:
            found = f"Literal[{', '.join(json.dumps(word) for word in words)}]{' | str' if is_open else ''}"
        case {"type": "array", "items": items}:
            found = f"list[{inner(items)}]"
        case {"type": "object", "additionalProperties": True}:
            found = "dict[str, object]"
        case {"type": "object", "additionalProperties": values} if values:
            found = f"dict[str, {inner(values)}]"
        case {"type": "string", "format": form} if form in FORMATS:
            found = FORMATS[form]
        case {"type": kind} if kind in TYPES:
            found = TYPES[kind]
        case _:
            raise CannotSay(f"no type for {json.dumps(schema)}")
    return found


def fields_of(schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Name, schema and whether it is required: those that are come first, in their own order."""
    properties, required = schema.get("properties", {}), schema.get("required", [])
    for name in (*required, *(name for name in properties if name not in required)):
        yield name, properties[name], name in required


def said(text: str, *, depth: int) -> str:
    """A text of the document as a docstring."""
    indent = "    " * depth
    parts = ["\n".join(textwrap.wrap(part, WIDTH - len(indent))) for part in text.strip().split("\n\n")]
    whole = "\n\n".join(parts).replace("\\", "\\\\")
    end = "\n" if "\n" in whole else ""
    return textwrap.indent(f'"""{whole}{end}"""\n', indent)


@dataclass(frozen=True)
class Argument:
    """What an operation is told: where it goes, and how it is called there."""

    name: str
    place: str
    schema: Schema
    required: bool

    @property
    def variable(self) -> str:
        """Its name in Python."""
        name = self.name.replace("-", "_").lower()
        return f"{name}_" if keyword.iskeyword(name) else name

    @property
    def parameter(self) -> str:
        """As a parameter; what is not given is not sent."""
        kind = type_of(self.schema, prefix="models.").replace("bytes", "File")
        kind = kind.replace("list[", "Sequence[").replace("dict[", "Mapping[")
        if self.required:
            return f"{self.variable}: {kind}"
        return f"{self.variable}: {kind if kind.endswith('None') else f'{kind} | None'} = None"


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked for."""

    method: str
    path: str
    said: Schema
    document: Schema

    @property
    def name(self) -> str:
        """Its name in Python."""
        return str(self.said["operationId"])

    @property
    def group(self) -> str:
        """By the first tag: "Staff: payday" is `payday`, "Creators: your clips" is `creator`."""
        whom, _, what = str(self.said["tags"][0]).partition(": ")
        return GROUPS.get(whom) or (what or whom).lower().replace(" ", "_")

    @cached_property
    def body(self) -> tuple[str, Schema]:
        """The media type of the body and its shape; "" where there is none."""
        for kind, content in self.said.get("requestBody", {}).get("content", {}).items():
            return kind, self.resolved(content["schema"])
        return "", {}

    @property
    def has_key(self) -> bool:
        """Whether it is asked for under a name of its own."""
        return any(one["name"] == KEY for one in self.said["parameters"])

    @property
    def arguments(self) -> list[Argument]:
        """All of them, required ones first."""
        found = [
            Argument(one["name"], one["in"], one["schema"], one["required"])
            for one in self.said["parameters"]
            if one["name"] != KEY
        ]
        found += [Argument(name, "body", schema, required) for name, schema, required in fields_of(self.body[1])]
        return sorted(found, key=lambda one: not one.required)

    @property
    def answer(self) -> str:
        """The type of what it gives; several statuses may give several."""
        kinds = []
        for status, one in sorted(self.said["responses"].items()):
            if status < "300":
                contents = list(one.get("content", {}).values())
                kinds.append(type_of(contents[0]["schema"], prefix="models.") if contents else "None")
        return " | ".join(dict.fromkeys(kinds))

    @property
    def page(self) -> tuple[str, str, str, str] | None:
        """Of a list that goes on: the argument, where its next value stands, the list, and the type of its items."""
        shape = self.document["components"]["schemas"].get(self.answer.removeprefix("models."), {})
        lists = {name: one for name, one, _ in fields_of(shape) if one.get("type") == "array"}
        for told, asked in CURSORS.items():
            if told in shape.get("properties", {}) and any(one.name == asked for one in self.arguments):
                if len(lists) != 1:  # which of them goes on cannot be told
                    return None
                [(name, items)] = lists.items()
                return asked, told, name, type_of(items["items"], prefix="models.")
        return None

    def resolved(self, schema: Schema) -> Schema:
        """What a reference stands for."""
        if "$ref" not in schema:
            return schema
        found: Schema = self.document["components"]["schemas"][str(schema["$ref"]).rpartition("/")[2]]
        return found


def operations(document: Schema) -> list[Operation]:
    """All of them, in the order of the document."""
    return [
        Operation(method.upper(), path, found, document)
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    ]


def sent(document: Schema) -> set[str]:
    """The names of the shapes that are parts of orders."""
    return _reached(document, [one.body[1] for one in operations(document)])


def told(document: Schema) -> set[str]:
    """The names of the shapes that come as answers, or as parts of them."""
    return _reached(document, [one.said["responses"] for one in operations(document)])


def _reached(document: Schema, beginnings: Sequence[Schema]) -> set[str]:
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    todo = [json.dumps(one) for one in beginnings]
    while todo:
        text = todo.pop()
        for name in schemas:
            if f'/schemas/{name}"' in text and name not in found:
                found.add(name)
                todo.append(json.dumps(schemas[name]))
    return found


def model(name: str, schema: Schema, *, is_sent: bool) -> str:
    """One shape as a class; a choice of words as a name for them."""
    if "enum" in schema:
        return f"{name} = {type_of(schema, is_open=not is_sent)}\n"
    lines = [f"class {name}({'Sent' if is_sent else 'Told'}):\n", said(schema.get("description", name), depth=1), "\n"]
    for field, one, required in fields_of(schema):
        default = "" if required else f" = {one.get('default')!r}"
        kind = type_of(one, is_open=not is_sent)
        if not required and one.get("default") is None and not kind.endswith("None"):
            kind = f"{kind} | None"
        lines.append(f"    {field}: {kind}{default}\n")
    return "".join(lines)


def models(document: Schema) -> str:
    """The module of all shapes."""
    schemas = document["components"]["schemas"]
    orders, answers = sent(document), told(document)
    # Whole bodies are told as arguments, and need no class.
    body = "\n\n".join(
        model(name, schema, is_sent=name not in answers)
        for name, schema in schemas.items()
        if name in orders or name in answers
    )
    head = (
        f'{HEAD}"""The shapes in which the API speaks."""\n\nfrom __future__ import annotations\n\n'
        "from datetime import date, datetime\nfrom typing import Any, Literal\nfrom uuid import UUID\n\n"
        "from cliphaven_client.shapes import Sent, Told\n\n\n"
    )
    return head + body


def method(operation: Operation) -> str:
    """One operation as a method, and a second one that walks through the pages of a list."""
    parameters = [one.parameter for one in operation.arguments]
    if operation.has_key:
        parameters.append('idempotency_key: str = ""')
    signature = ", ".join(["self", "*", *parameters]) if parameters else "self"
    text = str(operation.said.get("description") or operation.said["summary"])
    lines = [f"    def {operation.name}({signature}) -> {operation.answer}:\n", said(text, depth=2)]
    lines.append(f"        return self._transport.ask({', '.join(_call(operation))})\n")
    if operation.page:
        lines += ["\n", _walk(operation, *operation.page)]
    return "".join(lines)


def _call(operation: Operation) -> Iterator[str]:
    yield f'"{operation.method}"'
    yield f'"{operation.path}"'
    for place, parameter in (("path", "path_values"), ("query", "query")):
        if told := [one for one in operation.arguments if one.place == place]:
            yield f"{parameter}={_named(told)}"
    kind, _ = operation.body
    if kind:
        told = [one for one in operation.arguments if one.place == "body"]
        yield f"{'body' if kind == 'application/json' else 'form'}={_named(told)}"
    if operation.has_key:
        yield "key=idempotency_key or new_key()"
    yield f"gives={reader(operation.answer)}"


def _named(arguments: Sequence[Argument]) -> str:
    return "{" + ", ".join(f'"{one.name}": {one.variable}' for one in arguments) + "}"


def reader(answer: str) -> str:
    """What makes the answer of its bytes."""
    if answer in ("None", "bytes"):
        return {"None": "nothing", "bytes": "bytes"}[answer]
    return f"{answer}.model_validate_json" if _is_model(answer) else f"{_constant(answer)}.validate_json"


def _is_model(answer: str) -> bool:
    return answer.removeprefix("models.").isidentifier()


def _constant(answer: str) -> str:
    words = answer.replace("models.", "").replace("list[", "LIST_OF_").replace("]", "").replace(" | ", "_OR_")
    return f"_{words.upper()}"


def _walk(operation: Operation, asked: str, told: str, items: str, item: str) -> str:
    rest = [one for one in operation.arguments if one.name != asked]
    signature = ", ".join(["self", "*", *(one.parameter for one in rest)]) if rest else "self"
    passed = ", ".join([*(f"{one.variable}={one.variable}" for one in rest), f"{asked}=page.{told}"])
    first = ", ".join(f"{one.variable}={one.variable}" for one in rest)
    return (
        f"    def {operation.name}_all({signature}) -> Iterator[{item}]:\n"
        f'        """All of `{operation.name}`, one after the other: the next page is asked for when it is needed."""\n'
        f"        page = self.{operation.name}({first})\n"
        f"        yield from page.{items}\n"
        f"        while page.{told}:\n"
        f"            page = self.{operation.name}({passed})\n"
        f"            yield from page.{items}\n"
    )


def groups(document: Schema) -> str:
    """The module of all operations."""
    found: dict[str, list[Operation]] = {}
    for operation in operations(document):
        found.setdefault(operation.group, []).append(operation)
    answers = sorted({one.answer for one in operations(document)})
    adapters = [one for one in answers if one not in ("None", "bytes") and not _is_model(one)]
    constants = "".join(f"{_constant(one)}: TypeAdapter[{one}] = TypeAdapter({one})\n" for one in adapters)
    classes = []
    for name, ones in found.items():
        tags = dict.fromkeys(str(one.said["tags"][0]) for one in ones)
        title = f"class {_class(name)}(Group):\n" + said("; ".join(tags) + ".", depth=1)
        classes.append("\n".join([title, *(method(one) for one in sorted(ones, key=lambda one: one.name))]))
    attributes = "".join(f"        self.{name} = {_class(name)}(transport)\n" for name in found)
    everything = (
        'class Groups:\n    """Everything that can be asked for, by whom it is for."""\n\n'
        f"    def __init__(self, transport: Transport) -> None:\n{said('Ask by this.', depth=2)}{attributes}"
    )
    head = (
        f'{HEAD}"""What can be asked for."""\n\nfrom collections.abc import Iterator, Mapping, Sequence\n'
        "from datetime import date, datetime\nfrom typing import Any, Literal\nfrom uuid import UUID\n\n"
        "from pydantic import TypeAdapter\n\nfrom cliphaven_client.generated import models\n"
        "from cliphaven_client.transport import File, Group, Transport, new_key, nothing\n\n"
    )
    return head + constants + "\n\n" + "\n\n".join([*classes, everything])


def _class(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def made(document: Schema) -> dict[str, str]:
    """The generated modules by name, formatted as the rest of the house."""
    texts = {
        "__init__.py": f'{HEAD}"""Made from the OpenAPI document."""\n',
        "models.py": models(document),
        "operations.py": groups(document),
    }
    return {name: _formatted(text, name=name) for name, text in texts.items()}


def _formatted(text: str, *, name: str) -> str:
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["check", "--select", "F401,I,PIE790", "--fix-only", "--exit-zero"], ["format"]):
        words = [ruff, *command, "--quiet", "--stdin-filename", str(GENERATED / name), "-"]
        text = subprocess.run(words, input=text, capture_output=True, text=True, check=True, cwd=HERE.parent).stdout
    return text


def main(arguments: Sequence[str]) -> int:
    """Write the modules, or compare them; 1 when they differ."""
    parser = argparse.ArgumentParser(prog="client/generate.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something would change")
    asked = parser.parse_args(arguments)
    texts = made(json.loads(DOCUMENT.read_text()))
    there = {path.name: path.read_text() for path in GENERATED.glob("*.py")}
    if asked.check:
        differing = sorted(name for name in texts.keys() | there.keys() if texts.get(name) != there.get(name))
        print("\n".join(differing))
        return 1 if differing else 0
    GENERATED.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - texts.keys():
        (GENERATED / name).unlink()
    for name, text in texts.items():
        (GENERATED / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
