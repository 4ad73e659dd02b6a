"""Files of observations as series to score: Parquet, CSV, and either compressed, read by DuckDB.

One row is one reading. Columns: `platform`, `video_id`, `ts` (a moment, UTC if it does not say) and `views` have to be
there; `likes`, `comments` and `shares` are read where they are, and an empty one was not measured; `source`,
`creator_id`, `published_at` and `age_h` (hours) help. Rows without a count or a moment are left out.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliphaven.fraud.rules.series import Series, Snapshot

if TYPE_CHECKING:
    import duckdb

_NEEDED = ("platform", "video_id", "ts", "views")
_ROWS_AT_ONCE = 50_000
_COUNT_MAX = 1e11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableObservations(ValueError):
    """The file holds nothing that can be scored. The sentence says why."""


def read(path: Path, *, sources: Iterable[str] = ()) -> Iterator[Series]:
    """The clips of a file in order of their names, of these `sources` only. Raises UnreadableObservations."""
    import duckdb  # noqa: PLC0415  # large, and only here

    if not path.is_file():
        raise UnreadableObservations(f"There is no file {path}.")
    nothing = True
    # Never a network, an extension or another file: only this one is read.
    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as reader:
        try:
            for key, rows in groupby(_rows(reader, path, tuple(sources)), key=lambda row: row[:3]):
                nothing = False
                yield _series(key, list(rows))
        except duckdb.Error as error:
            reason, *_ = str(error).splitlines() or ["it gives no reason"]
            raise UnreadableObservations(f"{path} cannot be read as observations: {reason}") from error
    if nothing:
        raise UnreadableObservations(f"{path} holds no reading with a moment and a count of views.")


def _rows(reader: "duckdb.DuckDBPyConnection", path: Path, sources: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """(source, platform, clip, creator, posted, moment, views, likes, comments, shares), one clip after the other.

    Moments are microseconds since 1970.
    """
    reader.execute("set timezone = 'UTC'")
    table = f"read_parquet({_quoted(path)})" if ".parquet" in path.name else f"read_csv({_quoted(path)})"
    there = {row[0] for row in reader.execute(f"describe select * from {table}").fetchall()}  # nosec B608  # noqa: S608
    missing = [name for name in _NEEDED if name not in there]
    if missing:
        raise UnreadableObservations(f"{path} lacks the column {missing[0]!r}; it needs {', '.join(_NEEDED)}.")
    source = "coalesce(source::varchar, '')" if "source" in there else "''"
    creator = "creator_id::varchar" if "creator_id" in there else "null::varchar"
    known = [
        word
        for name, word in (
            ("published_at", "epoch_us(published_at::timestamptz)"),
            ("age_h", "epoch_us(ts::timestamptz) - (age_h::double * 3600000000)::bigint"),
        )
        if name in there
    ]
    counts = ", ".join(_count(name) if name in there else f"null::bigint as {name}" for name in _COUNTS)
    found = reader.execute(
        f"select {source} as source, lower(platform::varchar) as platform, video_id::varchar as clip,"  # nosec B608  # noqa: S608
        f" {creator} as creator, coalesce({', '.join([*known, 'null::bigint'])}) as posted,"
        f" epoch_us(ts::timestamptz) as moment, {counts} from {table}"
        " where ts is not null and platform is not null and video_id is not null"
        f" and views::double between 0 and {_COUNT_MAX:.0f}"
        " and (len($sources::varchar[]) = 0 or list_contains($sources, source)) order by 1, 2, 3, moment",
        {"sources": list(sources)},
    )
    while rows := found.fetchmany(_ROWS_AT_ONCE):
        yield from rows


_COUNTS = ("views", "likes", "comments", "shares")


def _count(name: str) -> str:
    """A counter as a whole number; what is no number, or below nothing, was not measured."""
    return f"case when {name}::double between 0 and {_COUNT_MAX:.0f} then {name}::double::bigint end as {name}"


def _series(key: tuple[Any, ...], rows: list[tuple[Any, ...]]) -> Series:
    source, platform, clip = key
    posted = next((row[4] for row in rows if row[4] is not None), None)
    creator = next((row[3] for row in rows if row[3] is not None), None)
    return Series(
        clip=f"{source}/{clip}" if source else clip,
        platform=platform,
        snapshots=tuple(Snapshot(_moment(row[5]), row[6], row[7], row[8], row[9]) for row in rows),
        posted_at=None if posted is None else _moment(posted),
        creator=creator,
    )


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
