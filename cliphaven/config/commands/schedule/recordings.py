"""Files of recorded counts, read and written by DuckDB: Parquet, CSV, and either compressed.

One row is one reading. Columns: `platform`, `video_id`, `ts` (a moment, UTC if it does not say) and `views` have to be
there; `source`, `published_at` and `age_h` (hours) help if they are; others are not looked at. Rows may come in any
order, and more than once: of several counts of a clip at one moment the highest is taken. Rows without a count, a
moment or a name are left out, and so are clips with fewer than two readings. What cannot be true (a count below
nothing, a moment that was never) is refused by name: whoever wrote such a file wants to know.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from cliphaven.tracking.rules.replay.curves import Curve, TooShort

if TYPE_CHECKING:
    import duckdb

_NEEDED = ("platform", "video_id", "ts", "views")
_COLUMNS = "source, platform, video_id, creator_id, published_at, ts, views, likes, comments, shares, age_h"
_ROWS_AT_ONCE = 50_000
_VIEWS_MAX = 1e11
_FIRST, _LAST = "1990-01-01", "2100-01-01"
_DAYS_MAX = 3_660
_REASON_CHARACTERS = 240


class UnreadableRecording(ValueError):
    """The file holds no counts that can be replayed. The sentence says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file held: curves to replay, and how many clips were too short for that."""

    curves: list[Curve]
    too_short: int


def read(path: Path, *, sources: Iterable[str] = (), clips: int | None = None) -> Recording:
    """The clips of a file, in order of their names; of these `sources` only, and at most so many.

    Raises UnreadableRecording.
    """
    import duckdb  # noqa: PLC0415  # large, and only here

    curves: list[Curve] = []
    too_short = 0
    # Never a network, an extension or another file: only this one is read.
    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as reader:
        try:
            for key, rows in groupby(_rows(reader, path, tuple(sources)), key=lambda row: row[:3]):
                kept = list(rows)
                try:
                    curves.append(_curve(key, kept))
                except TooShort:
                    too_short += 1
                if clips is not None and len(curves) >= clips:
                    break
        except duckdb.Error as error:
            raise UnreadableRecording(f"{path} cannot be read as a recording: {_reason(error)}") from error
    if not curves:
        raise UnreadableRecording(f"{path} holds no clip with two readings at two moments.")
    days = (max(curve.end for curve in curves) - min(curve.start for curve in curves)) / 24
    if days > _DAYS_MAX:
        raise UnreadableRecording(f"{path} spans {days:,.0f} days; at most {_DAYS_MAX:,} can be replayed.")
    return Recording(curves, too_short)


def write(path: Path, curves: Iterable[Curve]) -> int:
    """Write curves as a recording, in the format that the name asks for; answers how many rows."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as writer:
        writer.execute(
            "create table rows (source varchar, platform varchar, video_id varchar, creator_id varchar,"
            " published_at timestamptz, ts timestamptz, views double, likes double, comments double, shares double,"
            " age_h double)"
        )
        written = 0
        for curve in curves:
            writer.execute(
                "insert into rows select 'generated', $platform, $clip, $clip, to_timestamp($posted * 3600),"
                " to_timestamp(moment * 3600), count, null, null, null, moment - $posted"
                " from (select unnest($times) as moment, unnest($views) as count)",
                {
                    "platform": curve.platform,
                    "clip": curve.clip,
                    "posted": curve.posted,
                    "times": curve.times,
                    "views": curve.views,
                },
            )
            written += len(curve.times)
        shape = "(format parquet, compression zstd)" if path.suffix == ".parquet" else "(format csv, header)"
        writer.execute("set timezone = 'UTC'")
        writer.execute(f"copy (select {_COLUMNS} from rows) to {_quoted(path)} {shape}")  # nosec B608  # noqa: S608  # our own words
        return written


def _rows(reader: "duckdb.DuckDBPyConnection", path: Path, sources: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """(source, platform, clip, posted or None, moment, count), one clip after the other; moments are hours."""
    reader.execute("set timezone = 'UTC'")
    table = f"read_parquet({_quoted(path)})" if ".parquet" in path.name else f"read_csv({_quoted(path)})"
    there = {row[0] for row in reader.execute(f"describe select * from {table}").fetchall()}  # nosec B608  # noqa: S608
    missing = [name for name in _NEEDED if name not in there]
    if missing:
        raise UnreadableRecording(f"{path} lacks the column {missing[0]!r}; it needs {', '.join(_NEEDED)}.")
    source = "coalesce(source, '')" if "source" in there else "''"
    known = [
        word
        for name, word in (
            ("published_at", "published_at::timestamptz"),
            ("age_h", "case when abs(age_h::double) < 1e6 then ts::timestamptz - to_seconds(age_h::double * 3600) end"),
        )
        if name in there
    ]
    posted = f"coalesce({', '.join([*known, 'null::timestamptz'])})"
    reader.execute(
        f"create temp view told as select {source} as source, platform, video_id::varchar as clip, {posted} as posted,"  # nosec B608  # noqa: S608  # our own words
        f" ts::timestamptz as moment, views::double as count from {table}"
        " where ts is not null and views is not null and not isnan(views::double)"
        " and platform is not null and video_id is not null"
    )
    wanted = "(len($sources::varchar[]) = 0 or list_contains($sources, source))"
    _refuse_the_impossible(reader, path, wanted=wanted, sources=sources)
    found = reader.execute(
        "select source, platform, clip, epoch(posted) / 3600, epoch(moment) / 3600, count"  # nosec B608  # noqa: S608  # our own words
        f" from told where {wanted} order by 1, 2, 3, 5, 6",
        {"sources": list(sources)},
    )
    while rows := found.fetchmany(_ROWS_AT_ONCE):
        yield from rows


def _refuse_the_impossible(
    reader: "duckdb.DuckDBPyConnection", path: Path, *, wanted: str, sources: tuple[str, ...]
) -> None:
    """Raise for a count or a moment that cannot have been: it is the file that is wrong, and a guess would hide it."""
    wrong = reader.execute(
        "select clip, moment::varchar, posted::varchar, count, count between 0 and $most from told"  # nosec B608  # noqa: S608  # our own words
        f" where {wanted} and not (count between 0 and $most and moment between $first and $last"
        "  and coalesce(posted between $first and $last, true)) order by clip, moment, count limit 1",
        {"sources": list(sources), "most": _VIEWS_MAX, "first": _FIRST, "last": _LAST},
    ).fetchone()
    if wrong is None:
        return
    clip, moment, posted, count, counts = wrong
    if not counts:
        raise UnreadableRecording(
            f"{path}: clip {clip!r} has {count:,.0f} views at {moment}; a count is from 0 to {_VIEWS_MAX:,.0f}."
        )
    born = f", posted {posted}" if posted else ""
    raise UnreadableRecording(
        f"{path}: clip {clip!r} was read at {moment}{born}; moments lie from {_FIRST} to {_LAST}."
    )


def _reason(error: "duckdb.Error") -> str:
    """What DuckDB says first, in one line; what follows are settings of its reader."""
    told, *_ = str(error).split("\n\n")
    return " ".join(told.split())[:_REASON_CHARACTERS] or "it gives no reason"


def _curve(key: tuple[object, ...], rows: list[tuple[object, ...]]) -> Curve:
    source, platform, clip = (str(word) for word in key)
    posted = next((float(str(row[3])) for row in rows if row[3] is not None), None)
    return Curve.of(
        clip=f"{source}/{clip}" if source else clip,
        platform=platform.lower(),
        posted=posted,
        rows=[(float(str(row[4])), float(str(row[5]))) for row in rows],
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
