"""Idempotency keys, exactly as strict as the real ones.

The first answer to a key is kept once the request was executed, whatever the answer was, and given again for 24 hours;
afterwards the same key executes anew. What was refused before execution leaves the key unused.
"""

import hashlib
import json
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from sandbox.store import Json, Store
from sandbox.stripe.errors import ApiError, BadParametersError
from sandbox.stripe.moments import DAY

KEPT_FOR: Final = DAY
LONGEST_KEY: Final = 255
_KIND: Final = "stripe:idempotency"


@dataclass(frozen=True)
class Saved:
    """The answer a key was used up by."""

    status: int
    body: Json
    request_id: str


class Register:
    """The keys used in the last 24 hours, and those in use at this instant. Keys are scoped by account."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: set[str] = set()
        self._oldest_first = deque((kept["created"], kept["id"]) for kept in store.all(_KIND))

    def enter(self, owner: str, key: str) -> str:
        """Take the key for the time of one request; `leave` must follow. Raises ApiError 409 when it is in use."""
        if len(key) > LONGEST_KEY:
            raise BadParametersError(f"Idempotency keys may have at most {LONGEST_KEY} characters")
        id = f"{owner} {key}"
        if id in self._running:
            raise ApiError(
                f"There is currently another in-progress request using this Idempotency-Key ({key}).",
                code="idempotency_key_in_use",
                status=409,
                type="idempotency_error",
            )
        self._running.add(id)
        return id

    def leave(self, id: str) -> None:
        """The request that had entered is over."""
        self._running.discard(id)

    def answered(self, id: str, fingerprint: str, now: int) -> Saved | None:
        """The answer already given to this key, if any. Raises ApiError when the key was used for something else."""
        self._prune(now)
        kept = self._store.get(_KIND, id)
        if kept is None:
            return None
        if kept["fingerprint"] != fingerprint:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same endpoint and the same parameters that "
                f"they were first used with. Try using a key other than '{id.partition(' ')[2]}' if you meant to "
                "execute a different request.",
                type="idempotency_error",
            )
        return Saved(kept["status"], kept["body"], kept["request_id"])

    def save(self, id: str, fingerprint: str, now: int, answer: Saved) -> None:
        """Keep the first answer to a key."""
        kept = {
            "id": id,
            "fingerprint": fingerprint,
            "created": now,
            "status": answer.status,
            "body": answer.body,
            "request_id": answer.request_id,
        }
        self._store.put(_KIND, id, kept)
        self._oldest_first.append((now, id))

    def _prune(self, now: int) -> None:
        while self._oldest_first and self._oldest_first[0][0] <= now - KEPT_FOR:
            created, id = self._oldest_first.popleft()
            kept = self._store.get(_KIND, id)
            if kept is not None and kept["created"] == created:
                self._store.delete(_KIND, id)


def fingerprint(method: str, path: str, form: dict[str, Any]) -> str:
    """What must be the same for a key to be used again: endpoint and parameters."""
    return hashlib.sha256(json.dumps([method, path, form], sort_keys=True).encode()).hexdigest()
