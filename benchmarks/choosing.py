"""Choosing what is polled in a minute, among a hundred thousand clips and among ten million.

CHOOSING_CLIPS sets the larger number. A minute's work is what one poller may claim for one round of calls: four batches
for each platform, 400 clips. Half of all clips are due, so that there are always more than can be taken; in a quiet
minute thirty clips of a platform are due, and others ride along.
"""

import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from benchmarks.frame import Bench, Figure, Reach, Result, Table, percentile
from benchmarks.tracked_world import NOON, PLATFORMS, make_clips

FEW, MANY = 100_000, 10_000_000
ROUNDS = 100
MILLISECONDS_MAX, RATIO_MAX = 50, 1.5
DUE_WHEN_QUIET = 30


def measure(bench: Bench) -> Result:
    """The same rounds in a small and in a large table, one after the other."""
    sizes = (bench.sized(FEW, 20_000), bench.sized(int(os.environ.get("CHOOSING_CLIPS", MANY)), 200_000))
    rounds = bench.sized(ROUNDS, 10)
    busy: list[list[float]] = []
    quiet: list[list[float]] = []
    started: list[float] = []
    for clips in sizes:
        with bench.database():
            began = time.monotonic()
            make_clips(clips)
            bench.say(f"{clips:,} clips made in {time.monotonic() - began:.0f} s")
            quiet.append(_quiet_minutes(rounds))
            busy.append(_busy_minutes(rounds))
            started.append(_start_seconds())
            bench.say(f"{clips:,} clips: a minute's work is chosen in {1e3 * percentile(busy[-1], 0.5):.1f} ms")
    few, many = sizes
    return Result(
        figures=[
            Figure(name=f"choosing 400 clips among {many:,}, median", value=1e3 * percentile(busy[1], 0.5), unit="ms",
                   reach=Reach.AT_MOST, limit=MILLISECONDS_MAX),
            Figure(name=f"the same, ÷ among {few:,}", value=percentile(busy[1], 0.5) / percentile(busy[0], 0.5),
                   reach=Reach.AT_MOST, limit=RATIO_MAX),
            Figure(name=f"a quiet minute among {many:,}, median", value=1e3 * percentile(quiet[1], 0.5), unit="ms",
                   reach=Reach.AT_MOST, limit=MILLISECONDS_MAX),
            Figure(name="the same, ÷ among few", value=percentile(quiet[1], 0.5) / percentile(quiet[0], 0.5),
                   reach=Reach.AT_MOST, limit=RATIO_MAX),
            Figure(name=f"finding what began to count among {many:,}", value=1e3 * started[1], unit="ms"),
        ],
        tables=[
            Table(
                title="Milliseconds",
                head=("clips", "busy p50", "busy p99", "quiet p50", "quiet p99", "began to count"),
                rows=tuple(
                    (f"{clips:,}", *_percentiles(busy[place]), *_percentiles(quiet[place]), f"{1e3 * start:.1f}")
                    for place, (clips, start) in enumerate(zip(sizes, started, strict=True))
                ),
            )
        ],
    )  # fmt: skip


def _percentiles(seconds: Sequence[float]) -> tuple[str, str]:
    return f"{1e3 * percentile(seconds, 0.5):.1f}", f"{1e3 * percentile(seconds, 0.99):.1f}"


def _busy_minutes(rounds: int) -> list[float]:
    return [_chosen(NOON + timedelta(minutes=number))[0] for number in range(rounds + 1)][1:]


def _quiet_minutes(rounds: int) -> list[float]:
    """Minutes in which thirty clips of each platform are due; what was chosen is planned for the next day each time."""
    seconds = []
    for _ in range(rounds + 1):
        with connection.cursor() as cursor:
            cursor.execute(
                "select max(due_at) from (select due_at from tracking_trackedclip where platform = %s"
                " order by due_at limit %s) first",
                [PLATFORMS[0], DUE_WHEN_QUIET],
            )
            [[moment]] = cursor.fetchall()
        taken, clips = _chosen(moment)
        assert clips, "nothing was chosen"
        seconds.append(taken)
    return seconds[1:]


def _chosen(now: datetime) -> tuple[float, int]:
    """The seconds that a claim of each vendor takes, and how many clips it claimed; they are then planned anew."""
    from cliphaven.clips.models import Vendor  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.tracking.operations import polling  # noqa: PLC0415

    begin = time.perf_counter()
    batches = [
        batch for vendor in Vendor for batch in polling._claim(now=now, vendor=vendor)
    ]  # that is what is measured
    seconds = time.perf_counter() - begin
    clip_ids = [clip_id for batch in batches for clip_id in batch.clip_ids]
    with connection.cursor() as cursor:
        cursor.execute(
            "update tracking_trackedclip set leased_until = null, last_polled_at = %(now)s, measured_at = %(now)s,"
            " due_at = %(now)s + interval '30 hours', ride_at = %(now)s + interval '24 hours'"
            " where clip_id = any(%(ids)s)",
            {"now": now, "ids": clip_ids},
        )
    return seconds, len(clip_ids)


def _start_seconds() -> float:
    from cliphaven.tracking.operations import lifecycle  # noqa: PLC0415

    seconds = []
    for number in range(6):
        begin = time.perf_counter()
        lifecycle.start_tracking(now=NOON + timedelta(minutes=number))
        seconds.append(time.perf_counter() - begin)
    return percentile(seconds[1:], 0.5)
