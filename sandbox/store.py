"""What the pretend world remembers: JSON objects by kind and id, kept in memory and written through to SQLite.

SQLite is enough here: one process writes, and a killed process must find its world again at the next start.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Store:
    """Objects of the pretend world, in the order in which they were first put.

    Reads come from memory; every `put` and `delete` joins the current SQLite transaction, which `commit` ends.
    The app commits once per request, so that an answer is never sent before its effect is kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the world at `path`, or an empty one that forgets everything (None)."""
        self._objects: dict[str, dict[str, Json]] = {}
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level="DEFERRED")
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute(
            "create table if not exists object (kind text, id text, position integer primary key autoincrement,"
            " value text not null, unique (kind, id))"
        )
        self._db.commit()
        for kind, id_, value in self._db.execute("select kind, id, value from object order by position"):
            self._objects.setdefault(kind, {})[id_] = json.loads(value)

    def get(self, kind: str, id: str) -> Json | None:
        """The object, or None. The caller may change it, but must `put` it back for the change to be kept."""
        return self._objects.get(kind, {}).get(id)

    def put(self, kind: str, id: str, value: Json) -> Json:
        """Keep the object under (kind, id); a second put replaces the value and keeps the place in the order."""
        self._objects.setdefault(kind, {})[id] = value
        self._db.execute(
            "insert into object (kind, id, value) values (?, ?, ?)"
            " on conflict (kind, id) do update set value = excluded.value",
            (kind, id, json.dumps(value)),
        )
        return value

    def delete(self, kind: str, id: str) -> None:
        """Forget the object; nothing happens when it is not there."""
        self._objects.get(kind, {}).pop(id, None)
        self._db.execute("delete from object where kind = ? and id = ?", (kind, id))

    def all(self, kind: str) -> Iterator[Json]:
        """All objects of a kind, oldest first."""
        return iter(list(self._objects.get(kind, {}).values()))

    def next_number(self, name: str) -> int:
        """1, 2, 3 … for each name, never the same twice, also after a restart."""
        counter = self.get("counter", name) or {"value": 0}
        counter["value"] += 1
        self.put("counter", name, counter)
        return int(counter["value"])

    def commit(self) -> None:
        """Keep everything put so far."""
        self._db.commit()

    def close(self) -> None:
        """Commit and close."""
        self._db.commit()
        self._db.close()
