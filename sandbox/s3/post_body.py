"""Bodies of browsers' uploads: forms of several parts, of which the last one that counts is the file."""

import re
from dataclasses import dataclass
from typing import Final

FIELD_BYTES_MAX: Final = 20_000
_BOUNDARY: Final = re.compile(r'boundary="?([^";]{1,200})"?')
_NAME: Final = re.compile(r'[; ]name="([^"]*)"')
_FILE_NAME: Final = re.compile(r'filename="([^"]*)"')


class BadFormError(Exception):
    """The body is no form of several parts with a file in it."""


@dataclass(frozen=True)
class PostedForm:
    """The fields before the file by their names in small letters, and the file; what comes after it is not read."""

    fields: dict[str, str]
    file: bytes
    file_name: str


def posted_form(content_type: str, body: bytes) -> PostedForm:
    """The form that a browser sent. Raises BadFormError."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or boundary is None:
        raise BadFormError("The body of your POST request is not well-formed multipart/form-data.")
    mark = b"--" + boundary.group(1).encode()
    fields: dict[str, str] = {}
    for part in (b"\r\n" + body).split(b"\r\n" + mark)[1:]:
        if part.startswith(b"--"):
            break
        head, parted, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = head.decode("utf-8", "replace")
        name = _NAME.search(headers)
        if not parted or name is None:
            raise BadFormError("The body of your POST request is not well-formed multipart/form-data.")
        if name.group(1).lower() == "file":
            file_name = _FILE_NAME.search(headers)
            return PostedForm(fields, content, file_name.group(1) if file_name else "")
        if len(content) > FIELD_BYTES_MAX:
            raise BadFormError("Your POST request fields preceding the upload file were too large.")
        fields[name.group(1).lower()] = content.decode("utf-8", "replace")
    raise BadFormError("POST requires exactly one file upload per request.")
