"""The memory of a worker over a million polls: what it holds after the first twentieth is about all it ever holds.

POLL_MEMORY_POLLS sets how many.
"""

import os
from pathlib import Path

from benchmarks import poll_cycle, polled_world
from benchmarks.frame import Bench, Figure, Reach, Result, Table

CLIPS, CLIPS_QUICK = 10_000, 900
POLLS = 1_000_000
WARM_SHARE = 20
GROWTH_MAX = 1.1
_KIB = 1024


def measure(bench: Bench) -> Result:
    """One worker polls all clips, round after round, and says after each how much memory it has."""
    clips = bench.sized(CLIPS, CLIPS_QUICK)
    rounds = max(2, bench.sized(int(os.environ.get("POLL_MEMORY_POLLS", POLLS)), 5 * CLIPS_QUICK) // clips)
    held: list[int] = []
    with bench.database() as database, polled_world.vendors() as world:
        bench.say(f"posting {clips:,} videos")
        polled_world.make_clips(world, clips)
        bench.say("ready to poll")
        with bench.crew(database.app_url, size=1) as crew:
            for number in range(rounds):
                polled_world.all_due(world, after=poll_cycle.BETWEEN)
                [(polled, bytes_held)] = crew.run(drain_and_weigh)
                assert polled == clips, f"{polled} of {clips} clips"
                held.append(bytes_held)
                if number % max(1, rounds // 20) == 0:
                    bench.say(f"{(number + 1) * clips:,} polls: {held[-1] / 2**20:.1f} MiB")
    warm = held[max(1, rounds // WARM_SHARE) :]
    return Result(
        figures=[
            Figure(name=f"most ÷ least memory after {rounds // WARM_SHARE * clips:,} polls",
                   value=max(warm) / min(warm), reach=Reach.AT_MOST, limit=GROWTH_MAX),
            Figure(name=f"memory of a worker after {rounds * clips:,} polls", value=held[-1] / 2**20, unit="MiB"),
        ],
        tables=[
            Table(
                title="Memory of the worker",
                head=("polls", "MiB"),
                rows=tuple(
                    (f"{(number + 1) * clips:,}", f"{held[number] / 2**20:.1f}")
                    for number in range(0, rounds, max(1, rounds // 10))
                ),
            )
        ],
    )  # fmt: skip


def drain_and_weigh(number: int) -> tuple[int, int]:
    """In the worker: poll until nothing is due; answers how many clips, and the bytes of memory it holds."""
    measured, _ = poll_cycle.drain(number)
    status = Path("/proc/self/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return measured, int(resident.split()[1]) * _KIB
