"""The OpenAPI document: what the library says of each operation, with what every address may answer besides."""

from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from cliphaven.config import bodies
from cliphaven.foundation.shapes import PROBLEM_TYPE

WHOLE_TEXT = "^[^\\u0000]*$"
NAME_BEGINS = "api_"
_FILE = {"type": "string", "format": "binary"}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
# Anybody may be told these: of a host or a header that makes no sense, of too many requests, of a silent database.
ALWAYS = (HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
OF_ADDRESSES = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
OF_BODIES = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _header(description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": schema}


HEADERS = {
    "RateLimit-Limit": _header("How much may be asked for in the window that is running.", type="integer", minimum=1),
    "RateLimit-Remaining": _header("How much of it is left.", type="integer", minimum=0),
    "RateLimit-Reset": _header("In how many seconds it begins anew.", type="integer", minimum=1),
    "Retry-After": _header("In how many seconds to ask again.", required=True, type="integer", minimum=1),
    "WWW-Authenticate": _header("How to come in.", required=True, type="string"),
    "Idempotency-Replayed": _header("true for an answer that was given before.", type="string", enum=["true", "false"]),
}
EVERYWHERE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
WITH_STATUS = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}


def _is_file(answer: dict[str, Any]) -> bool:
    """Whether it is bytes as somebody sent them, of whichever kind that was."""
    return any(one["schema"].get("format") == _FILE["format"] for one in answer.get("content", {}).values())


def _name(status: int) -> str:
    """A status as a name: NotFound."""
    return "".join(word.title() for word in HTTPStatus(status).name.split("_"))


def _headers(status: int) -> dict[str, Any]:
    names = (*EVERYWHERE, *WITH_STATUS.get(HTTPStatus(status), ()))
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}


PROBLEMS = {
    _name(status): {"description": status.phrase, "content": {PROBLEM_TYPE: {"schema": _PROBLEM}}} | _headers(status)
    for status in (*ALWAYS, *OF_BODIES, *OF_ADDRESSES)
}


def _say_whole(schema: dict[str, Any]) -> None:
    """Texts of an order hold no NUL: what is refused of any of them is told with each."""
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        _say_whole(inner)
    if isinstance(schema.get("items"), dict):
        _say_whole(schema["items"])
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "format", "const"}:
        schema["pattern"] = WHOLE_TEXT


class Document(OpenAPISchema):
    """The document of our API."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        """Raises ValueError where two shapes have one name: only the last of them would be told."""
        super().__init__(api, path_prefix)
        for schema in self.schemas.values():
            if schema.get("additionalProperties") is False:
                _say_whole(schema)
        self["components"] |= {"headers": HEADERS, "responses": PROBLEMS}

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        """What the operation says, and what every address may answer besides; problems are told once for all."""
        found = super().responses(operation)
        always = (*ALWAYS, *(OF_BODIES if bodies.kind_of(operation) else ()))
        answers = {status: found[status] | _headers(status) for status in found if status < HTTPStatus.BAD_REQUEST}
        for answer in answers.values():
            if _is_file(answer):
                answer["content"] = {"*/*": {"schema": _FILE}}
        refusals = {int(status) for status in (*found, *always)} - answers.keys()
        return answers | {status: {"$ref": f"#/components/responses/{_name(status)}"} for status in refusals}

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        """As the library, but no shape takes another one's name."""
        for name, definition in definitions.items():
            if self.schemas.setdefault(name, definition) != definition:
                raise ValueError(f"Two shapes are called {name}: rename one of them")


def operation_id(operation: Operation) -> str:
    """The name under which programs know an operation: that of its address, without what all of them begin with."""
    return str(operation.url_name).removeprefix(NAME_BEGINS)
