"""Which bodies the API looks at, and how it reads them: of the kind that the address takes, and of bounded size."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias, cast

from django.http import HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from ninja.errors import HttpError
from ninja.operation import Operation
from ninja.parser import Parser

from cliphaven.foundation import strict_json
from cliphaven.foundation.errors import Refused

JSON = "application/json"
FORM = "multipart/form-data"
JSON_BYTES_MAX = 64 * 1024
# A file of two megabytes, which is the most that anything takes, with the words that go with it.
FORM_BYTES_MAX = 2_300_000
_KINDS = {"body": JSON, "form": FORM, "file": FORM}

Run: TypeAlias = Callable[..., HttpResponse]


class NotOfThisKind(Refused):
    """The body is of another kind than the address takes, or packed."""

    code = "unsupported_media_type"


class BodyTooLarge(Refused):
    """The body is larger than any that makes sense."""

    code = "too_large"


class BodyNotReadable(Refused):
    """The body is no JSON that has one meaning, or no form."""

    code = "not_readable"


class StrictParser(Parser):
    """Reads JSON bodies (see `foundation/strict_json.py`), and the fields of forms and questions."""

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The fields; raises BodyNotReadable for a text that no column could hold."""
        for name in data:
            for text in (name, *data.getlist(name)):
                if isinstance(text, str) and not strict_json.is_whole(text):
                    raise BodyNotReadable("A text has the character NUL, or half of a character, in it")
        return super().parse_querydict(data, list_fields, request)

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The object in the body; raises strict_json.NotReadable."""
        return strict_json.read_object(request.body)


def kind_of(operation: Operation) -> str | None:
    """The media type of the bodies that an operation takes; None where it takes none."""
    kinds = [_KINDS[str(source)] for model in operation.models if (source := model.__ninja_param_source__) in _KINDS]
    return FORM if FORM in kinds else kinds[0] if kinds else None


def looked_at_first(run: Run) -> Run:
    """What each operation of the API is wrapped in: the body is looked at before anything of it is read.

    By its headers: what comes without a length is not read at all.
    """
    operation = cast(Operation, getattr(run, "__self__"))  # noqa: B009  # a method of it, which its type does not say
    kind = kind_of(operation)

    @wraps(run)
    def looked_at(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            check_headers(request, kind=kind)
        except Refused as refused:
            return operation.api.on_exception(request, refused)
        return run(request, *args, **kwargs)

    return looked_at


def check_headers(request: HttpRequest, *, kind: str | None) -> None:
    """Raises BodyNotReadable, NotOfThisKind or BodyTooLarge for a body that is not read."""
    length = _length(request)
    if kind is None or not (length or request.content_type):
        return
    if request.content_type != kind or (kind == FORM and "boundary" not in (request.content_params or {})):
        raise NotOfThisKind(f"Send the body as {kind}{', with its boundary' if kind == FORM else ''}")
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8") or request.headers.get("Content-Encoding", "identity") != "identity":
        raise NotOfThisKind("Send the body in plain UTF-8, not packed")
    most = JSON_BYTES_MAX if kind == JSON else FORM_BYTES_MAX
    if length > most:
        raise BodyTooLarge(f"The body is larger than {most} bytes")


def _length(request: HttpRequest) -> int:
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (said.isascii() and said.isdigit() and len(said) <= strict_json.DIGITS_MAX):
        raise BodyNotReadable("The length of the body is no number")
    return int(said)


def not_readable(error: HttpError) -> str:
    """The sentence for a body that could not be read, where the library hides it."""
    cause = error.__cause__
    if error.status_code == HTTPStatus.BAD_REQUEST and isinstance(cause, strict_json.NotReadable):
        return str(cause)
    return str(error)
