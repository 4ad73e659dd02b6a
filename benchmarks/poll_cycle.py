"""The whole poll cycle: claim, ask the pretend vendors over HTTP, match, judge, chain and write observations, plan.

Three workers with four threads each, one more than processors, because each of them waits for vendors and for the
database; the vendors answer at once and share the processors with everybody else. The same batches are also only asked
for, without a database: what the cycle is held against.
"""

import os
import resource
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from benchmarks import polled_world
from benchmarks.crew import Crew
from benchmarks.frame import Bench, Figure, Reach, Result, Table
from tests.world import SandboxWorld

CLIPS, CLIPS_QUICK = 12_000, 600
WORKERS = 3
ROUNDS = 5
LIMIT = 3_000
BETWEEN = timedelta(hours=6)


def measure(bench: Bench) -> Result:
    """All clips are due, again and again; the workers poll until none is."""
    clips, rounds = bench.sized(CLIPS, CLIPS_QUICK), bench.sized(ROUNDS, 1)
    spent: Counter[str] = Counter()
    with bench.database() as database, polled_world.vendors() as world:
        bench.say(f"posting {clips:,} videos")
        polled_world.make_clips(world, clips)
        bench.say("ready to poll")
        with bench.crew(database.app_url, size=WORKERS) as crew:
            turns = bench.in_turns(
                {
                    "cycle": lambda: _cycle(crew, world, clips, spent, postmaster=_postmaster(bench)),
                    "asking": lambda: _asking(crew, world, clips),
                },
                rounds=rounds,
            )
        written = _written()
    assert written == clips * (rounds + 1), f"{written} observations of {clips * (rounds + 1)}"
    return Result(
        figures=[
            Figure(name=f"clips polled a second, {WORKERS} workers", value=turns.rate("cycle"), unit="clips/s",
                   limit=LIMIT),
            Figure(name="the same, ÷ only asking the vendors", value=turns.ratio("cycle", to="asking")),
            Figure(name="processor time of a clip", value=sum(spent.values()) / (clips * (rounds + 1)), unit="µs",
                   reach=Reach.AT_MOST),
        ],
        tables=[_table(spent, clips * (rounds + 1))],
    )  # fmt: skip


def _table(spent: Mapping[str, int], polls: int) -> Table:
    whole = sum(spent.values())
    return Table(
        title="Where the processors' time goes",
        head=("part", "µs a clip", "share"),
        rows=tuple((part, f"{micros / polls:.0f}", f"{micros * 100 // whole} %") for part, micros in spent.items()),
    )


def _cycle(crew: Crew, world: SandboxWorld, clips: int, spent: Counter[str], *, postmaster: int) -> float:
    polled_world.all_due(world, after=BETWEEN)
    before = _processors(world, postmaster)
    seconds, answers = crew.timed(drain)
    assert sum(polled for polled, _ in answers) == clips, answers
    after = _processors(world, postmaster)
    spent["workers"] += sum(micros for _, micros in answers)
    for part, micros in after.items():
        spent[part] += micros - before[part]
    return clips / seconds


def _asking(crew: Crew, world: SandboxWorld, clips: int) -> float:
    world.post("/control/youtube/quota", {"used": 0})
    seconds, answers = crew.timed(ask, workers=WORKERS)
    assert sum(answers) == clips, answers
    return clips / seconds


def drain(_number: int) -> tuple[int, int]:
    """In a worker: poll until nothing is due; answers how many clips were measured, and its microseconds."""
    from cliphaven.foundation import clock  # noqa: PLC0415  # the house exists only in the workers
    from cliphaven.tracking.operations import polling  # noqa: PLC0415

    began, measured = _own_micros(), 0
    while (polled := polling.poll_due(read_clock=clock.now)).asked:
        measured += polled.measured
    return measured, _own_micros() - began


def ask(number: int, *, workers: int) -> int:
    """In a worker: ask for its part of all clips, and match the answers; nothing is written."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415
    from secrets import token_hex  # noqa: PLC0415

    from cliphaven.clips.models import Clip  # noqa: PLC0415
    from cliphaven.clips.operations import asking  # noqa: PLC0415
    from cliphaven.providers.readings import RequestedClip  # noqa: PLC0415
    from cliphaven.tracking.operations.polling import CALLS_AT_ONCE  # noqa: PLC0415

    orders: list[Callable[[], int]] = []
    for platform, size in asking.CLIPS_AT_ONCE.items():
        rows = list(Clip.objects.filter(platform=platform).order_by("id").values_list("video_id", "canonical_url"))[
            number::workers
        ]
        for start in range(0, len(rows), size):
            requested = [
                RequestedClip(platform=platform, video_id=video_id, url=url)  # type: ignore[arg-type]  # one of the three
                for video_id, url in rows[start : start + size]
            ]
            orders.append(
                lambda platform=platform, requested=requested: len(  # type: ignore[misc]
                    asking.read_clips(platform=platform, requested=requested, tag=f"ask-{token_hex(8)}").result.polls
                )
            )
    with ThreadPoolExecutor(max_workers=CALLS_AT_ONCE) as pool:
        return sum(pool.map(lambda order: order(), orders))


def _written() -> int:
    from cliphaven.tracking.models import Observation  # noqa: PLC0415

    return Observation.objects.count()


def _own_micros() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return round((used.ru_utime + used.ru_stime) * 1e6)


def _processors(world: SandboxWorld, postmaster: int) -> dict[str, int]:
    """Microseconds of the processors that the vendors and this PostgreSQL have used so far."""
    micros = 1_000_000 // os.sysconf("SC_CLK_TCK")
    found = {"vendors": 0, "PostgreSQL": 0}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has just ended
        pid, parent, (own, system, of_children, system_of_children) = (
            int(stat.parent.name),
            int(fields[1]),
            map(int, fields[11:15]),
        )
        if pid == world.process.pid:
            found["vendors"] += (own + system) * micros
        elif postmaster in (pid, parent):
            found["PostgreSQL"] += (own + system) * micros
            if pid == postmaster:  # and those of its processes that have ended
                found["PostgreSQL"] += (of_children + system_of_children) * micros
    return found


def _postmaster(bench: Bench) -> int:
    return int(next(bench.server.folder.rglob("postmaster.pid")).read_text().split()[0])
