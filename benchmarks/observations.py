"""A year of observations: how fast calls are recorded when there are a hundred million, and how fast one clip is read.

OBSERVATIONS_ROWS sets the larger number. Two houses stand beside each other on one server, one with a million rows, and
two workers record answers of vendors in each in turn: answers about clips drawn at random, which were made before the
clock starts. What only writes the rows is timed by itself, too.
"""

import json
import os
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from benchmarks import observed_world
from benchmarks.crew import Crew
from benchmarks.frame import Bench, Figure, Reach, Result, Table, percentile
from benchmarks.observed_world import ObservedWorld
from benchmarks.tracked_world import NOON, PLATFORMS

if TYPE_CHECKING:
    from cliphaven.providers.readings import FetchedBatch
    from cliphaven.tracking.models import VendorCall

FEW, FEW_QUICK = 1_000_000, 50_000
MANY, MANY_QUICK = 100_000_000, 200_000
WORKERS = 2
CALLS, CALLS_QUICK = 90, 6
ROUNDS = 7
LOOKS = 500
VIEWS = 10_000
ITEM_BYTES = 150
"""A vendor's item is about a kilobyte: a clip's number, so many times."""
RATIO_MIN, MILLISECONDS_MAX = 0.8, 10


@dataclass(frozen=True)
class _Ready:
    """A call that was made, and what the vendor answered."""

    call: "VendorCall"
    clip_ids: list[int]
    answer: "FetchedBatch"


_ready: list[_Ready] = []


@dataclass
class _House:
    """One of the two: the workers in it, and how fast they wrote in each round."""

    crew: Crew
    world: ObservedWorld
    calls: int
    rounds: int
    inserts: list[float]

    def record(self) -> float:
        """A round; answers how many observations were recorded a second."""
        self.rounds += 1
        self.crew.run(prepare, turn=self.rounds, calls=self.calls, first_active=self.world.first_active)
        seconds, answers = self.crew.timed(record, turn=self.rounds)
        rows = sum(written for written, _ in answers)
        self.inserts.append(rows / sum(inserting for _, inserting in answers))
        return rows / seconds


def measure(bench: Bench) -> Result:
    """Both houses are filled, then take turns; then clips' histories are read in the larger one."""
    few = bench.sized(FEW, FEW_QUICK)
    many = bench.sized(int(os.environ.get("OBSERVATIONS_ROWS", MANY)), MANY_QUICK)
    calls, rounds = bench.sized(CALLS, CALLS_QUICK), bench.sized(ROUNDS, 1)
    with bench.database() as small:
        smaller = _filled(bench, few, small.owner_url)
        with bench.database() as large:
            larger = _filled(bench, many, large.owner_url)
            with (
                bench.crew(small.app_url, size=WORKERS) as in_small,
                bench.crew(large.app_url, size=WORKERS) as in_large,
            ):
                houses = {
                    "few": _House(crew=in_small, world=smaller, calls=calls, rounds=0, inserts=[]),
                    "many": _House(crew=in_large, world=larger, calls=calls, rounds=0, inserts=[]),
                }
                bench.say("ready to record")
                turns = bench.in_turns({name: house.record for name, house in houses.items()}, rounds=rounds)
            looks = _looks(larger, bench.sized(LOOKS, 50))
            gigabytes = _gigabytes()
            bench.say("measured")
    inserts = [many / few for few, many in zip(houses["few"].inserts[1:], houses["many"].inserts[1:], strict=True)]
    return Result(
        figures=[
            Figure(name=f"recorded a second among {larger.rows:,} ÷ among {smaller.rows:,}",
                   value=turns.ratio("many", to="few"), limit=RATIO_MIN),
            Figure(name="the INSERT of them alone, ÷", value=percentile(inserts, 0.5), limit=RATIO_MIN),
            Figure(name=f"a clip's history among {larger.rows:,}, p99", value=1e3 * percentile(looks, 0.99), unit="ms",
                   reach=Reach.AT_MOST, limit=MILLISECONDS_MAX),
        ],
        tables=[
            Table(
                title="Observations a second, two workers",
                head=("rows", "recorded", "inserted alone, by one worker"),
                rows=tuple(
                    (f"{house.world.rows:,}", f"{turns.rate(name):,.0f}", f"{percentile(house.inserts[1:], 0.5):,.0f}")
                    for name, house in houses.items()
                ),
            ),
            Table(
                title=f"Milliseconds for one clip's history, of {gigabytes:.1f} GB of observations and their indexes",
                head=("p50", "p99", "most"),
                rows=((*(f"{1e3 * seconds:.1f}" for seconds in (*_shares(looks), max(looks))),),),
            ),
        ],
    )  # fmt: skip


def _filled(bench: Bench, rows: int, owner_url: str) -> ObservedWorld:
    began = time.monotonic()
    world = observed_world.make_observations(rows, owner_url=owner_url)
    bench.say(f"{world.rows:,} observations of {world.clips:,} clips made in {time.monotonic() - began:.0f} s")
    return world


def _looks(world: ObservedWorld, number: int) -> list[float]:
    """The seconds that it takes to read the whole history of clips from all months, each for the first time."""
    from cliphaven.tracking.queries import history  # noqa: PLC0415  # the house exists only inside the run

    seconds = []
    for clip_id in random.Random(world.rows).sample(range(1, world.clips + 1), number + 1):
        begin = time.perf_counter()
        points = history.clip_history(clip_id)
        seconds.append(time.perf_counter() - begin)
        assert points, f"clip {clip_id} has no history"
    return seconds[1:]


def _shares(seconds: list[float]) -> tuple[float, float]:
    return percentile(seconds, 0.5), percentile(seconds, 0.99)


def _gigabytes() -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "select sum(pg_total_relation_size(relid)) from pg_partition_tree('tracking_observation') where isleaf"
        )
        return float(cursor.fetchone()[0]) / 1e9


def prepare(number: int, *, turn: int, calls: int, first_active: int) -> None:
    """In a worker: make its next calls, about clips drawn at random, and the vendors' answers to them."""
    from cliphaven.clips.operations.asking import CLIPS_AT_ONCE  # noqa: PLC0415  # as above
    from cliphaven.tracking.models import VendorCall  # noqa: PLC0415

    made = []
    for platform in PLATFORMS:
        size = CLIPS_AT_ONCE[platform]
        with connection.cursor() as cursor:
            cursor.execute(
                "select id, video_id from clips_clip where id >= %s and platform = %s and id %% %s = %s"
                " order by hashint8extended(id, %s) limit %s",
                [first_active, platform, WORKERS, number, turn, size * calls // len(PLATFORMS)],
            )
            rows = cursor.fetchall()
        made += [
            _asked(platform, rows[start : start + size], at=_moment(turn), views=VIEWS + 100 * turn)
            for start in range(0, len(rows), size)
        ]
    VendorCall.objects.bulk_create([ready.call for ready in made])
    random.Random(turn).shuffle(made)
    _ready[:] = made


def _asked(platform: str, rows: list[tuple[int, str]], *, at: datetime, views: int) -> _Ready:
    """A call about these clips, and its answer: each has so many views."""
    from cliphaven.providers.readings import (  # noqa: PLC0415  # as above
        ClipPoll,
        ClipReading,
        FetchedBatch,
        PollOutcome,
        RequestedClip,
        ScrapeResult,
    )
    from cliphaven.tracking.models import VendorCall  # noqa: PLC0415

    polls = tuple(
        ClipPoll(
            clip=RequestedClip(platform=platform, video_id=video_id, url=""),  # type: ignore[arg-type]  # one of the three
            outcome=PollOutcome.MEASURED,
            reading=ClipReading(
                platform=platform,  # type: ignore[arg-type]
                video_id=video_id,
                views=views,
                likes=views // 40,
                comments=views // 900,
                shares=None,
                saves=None,
                author_id="1",
                author_handle="ben",
                coauthor_handles=(),
                caption="On the trail #shoes",
                posted_at=NOON,
                is_video=True,
                source=observed_world.SOURCE,
            ),
        )
        for _, video_id in rows
    )
    raw = [{"id": video_id, "views": views, "rest": f"{clip_id:x}" * ITEM_BYTES} for clip_id, video_id in rows]
    clip_ids = [clip_id for clip_id, _ in rows]
    return _Ready(
        call=VendorCall(platform=platform, source=platform, asked=len(rows), clip_ids=clip_ids, started_at=at),
        clip_ids=clip_ids,
        answer=FetchedBatch(
            result=ScrapeResult(polls=polls),
            cost_microusd=0,
            run_id="",
            raw_items=(),
            raw_json=json.dumps(raw).encode(),
        ),
    )


def record(_number: int, *, turn: int) -> tuple[int, float]:
    """In a worker: record the answers; how many observations, and the seconds in which their rows were inserted."""
    from cliphaven.tracking.operations import chaining, recording  # noqa: PLC0415  # as above

    inserting = 0.0
    plain = chaining.write

    def timed(**said: Any) -> dict[int, int]:
        nonlocal inserting
        begin = time.perf_counter()
        written = plain(**said)
        inserting += time.perf_counter() - begin
        return written

    chaining.write = timed
    try:
        written = sum(
            recording.record_answer(call=one.call, clip_ids=one.clip_ids, answer=one.answer, now=_moment(turn))
            for one in _ready
        )
    finally:
        chaining.write = plain
    assert written == sum(len(one.clip_ids) for one in _ready), f"{written} observations"
    return written, inserting


def _moment(turn: int) -> datetime:
    return NOON + timedelta(hours=turn)
