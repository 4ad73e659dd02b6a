"""Mail as it is kept: what was asked for, checked as Resend checks it."""

import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sandbox.audience.chance import bits
from sandbox.store import Json
from sandbox.world import World

MOST_RECIPIENTS: Final = 50
_ADDRESS: Final = re.compile(r"^(?:[^<>]*<)?[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+>?$|^(?:[^<>]*<)?[^@\s<>]+@localhost>?$")


class RejectedError(Exception):
    """Mail that Resend would not take: an HTTP status, the error's name and its sentence."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


def take_mail(world: World, given: Any) -> Json:
    """Keep one mail. Raises RejectedError when it lacks a field or an address is not one."""
    mail = _checked(given)
    number = world.store.next_number("mail")
    id_ = str(UUID(int=bits(number, "mail", 1) << 64 | bits(number, "mail", 2), version=4))
    mail |= {"id": id_, "number": number, "created_at": world.clock.now().isoformat(sep=" ")}
    return world.store.put("mail", id_, mail)


def mail_json(mail: Json) -> Json:
    """The mail as `GET /emails/{id}` answers it."""
    shown = {key: value for key, value in mail.items() if key not in ("number", "headers")}
    return {"object": "email", **shown, "last_event": "delivered", "scheduled_at": None}


def outbox(world: World, to: str | None = None) -> list[Json]:
    """All mail, newest first; with `to`, only what went to that address."""
    found = [mail for mail in world.store.all("mail") if to is None or to.lower() in _addresses(mail["to"])]
    return found[::-1]


def sent_at(mail: Json) -> datetime:
    """When the mail was taken, on the world's clock."""
    return datetime.fromisoformat(mail["created_at"])


def _addresses(recipients: list[str]) -> list[str]:
    return [recipient.rsplit("<", 1)[-1].rstrip(">").strip().lower() for recipient in recipients]


def _checked(given: Any) -> Json:
    if not isinstance(given, dict):
        raise RejectedError(422, "validation_error", "The mail must be a JSON object.")
    for field in ("from", "to", "subject"):
        if not given.get(field):
            raise RejectedError(422, "missing_required_field", f"Missing `{field}` field.")
    if not (given.get("html") or given.get("text") or given.get("template")):
        raise RejectedError(422, "missing_required_field", "Missing `html` or `text` field.")
    lists = {field: _list(given.get(field)) for field in ("to", "cc", "bcc", "reply_to")}
    if len(lists["to"]) > MOST_RECIPIENTS:
        raise RejectedError(422, "validation_error", f"The `to` field has more than {MOST_RECIPIENTS} recipients.")
    for field, addresses in {**lists, "from": [given["from"]]}.items():
        for address in addresses:
            if not isinstance(address, str) or not _ADDRESS.match(address):
                message = (
                    f"Invalid `{field}` field. The email address needs to follow the "
                    "`email@example.com` or `Name <email@example.com>` format."
                )
                raise RejectedError(422, "validation_error", message)
    return {
        "from": given["from"],
        **lists,
        "subject": given["subject"],
        "html": given.get("html"),
        "text": given.get("text"),
        "headers": given.get("headers") or {},
        "tags": given.get("tags") or [],
    }


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
