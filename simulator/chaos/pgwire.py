"""As much of PostgreSQL's protocol as is needed to see a COMMIT go by: where messages end, and what they say."""

from dataclasses import dataclass

_LENGTH = 4
# They ask for encryption, and are answered by one byte; a real greeting, or another request, follows.
_ASKS_FOR_ENCRYPTION = frozenset({80_877_103, 80_877_104})
_COMMITS = (b"COMMIT", b"END")


@dataclass(frozen=True)
class Message:
    """One whole message of a client, as it came."""

    raw: bytes
    is_commit: bool


class Framer:
    """Splits what one client sends into messages, wherever the network has cut it."""

    def __init__(self) -> None:
        """Nothing was sent yet."""
        self._held = b""
        self._greets = True

    def feed(self, data: bytes) -> list[Message]:
        """The messages that these bytes complete; the rest is held until more come."""
        self._held += data
        found = []
        while (length := self._next_length()) is not None:
            raw, self._held = self._held[:length], self._held[length:]
            found.append(Message(raw=raw, is_commit=not self._greets and _commits(raw)))
            if self._greets:
                self._greets = int.from_bytes(raw[_LENGTH : 2 * _LENGTH]) in _ASKS_FOR_ENCRYPTION
        return found

    def _next_length(self) -> int | None:
        """How many bytes the first held message has, once all of them are here."""
        kind = 0 if self._greets else 1  # only the greeting has no letter in front
        if len(self._held) < kind + _LENGTH:
            return None
        length = kind + int.from_bytes(self._held[kind : kind + _LENGTH])
        return length if len(self._held) >= length else None


def _commits(raw: bytes) -> bool:
    """Whether a simple query, or one that is to be parsed, ends a transaction well."""
    kind, body = raw[:1], raw[1 + _LENGTH :]
    if kind == b"P":  # the statement's name goes first
        body = body.partition(b"\0")[2]
    elif kind != b"Q":
        return False
    words = body.partition(b"\0")[0].upper().replace(b";", b" ").split()
    return words[:1] != [] and words[0] in _COMMITS and words[1:2] != [b"PREPARED"]
