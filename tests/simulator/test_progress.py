"""Whoever waits sees that something moves, also while one seed is played; and hears why when its process fails."""

import sys
from collections.abc import Iterator

import pytest

from simulator.progress import HEALING_STEPS, Progress
from simulator.runs import SeedLost, SeedRun, outcome_of

STEPS = 6_300
WHOLE = STEPS + HEALING_STEPS  # 10,000


@pytest.fixture
def progress() -> Iterator[Progress]:
    with Progress(seeds=3, steps_each=STEPS, shown=False) as progress:
        yield progress


def over(seed: int, steps: int) -> SeedRun:
    """A seed in which everything held."""
    return SeedRun(seed=seed, facts={"steps": steps, "violation": None})


def test_the_bar_moves_while_a_seed_is_played(progress: Progress):
    progress.go_on(1, WHOLE // 4)
    assert progress.shown == 0.25

    progress.go_on(1, WHOLE // 2)
    assert progress.shown == 0.5


def test_seeds_that_are_played_at_once_move_it_together(progress: Progress):
    progress.go_on(1, WHOLE // 2)
    progress.go_on(2, WHOLE // 4)

    assert progress.shown == 0.75


def test_a_seed_that_is_over_counts_whole_however_short_it_was(progress: Progress):
    progress.go_on(1, WHOLE // 2)
    progress.over(over(1, WHOLE // 2))

    assert progress.shown == 1


def test_a_seed_that_heals_for_long_is_not_shown_as_over(progress: Progress):
    progress.go_on(1, 3 * WHOLE)

    assert progress.shown == 0.99


def said_by(program: str) -> tuple[dict[str, object], list[tuple[int, int]]]:
    """What becomes of a process that is told to play seed 7, and what is heard of it meanwhile."""
    heard: list[tuple[int, int]] = []
    outcome = outcome_of([sys.executable, "-c", program], {}, seed=7, go_on=lambda *said: heard.append(said))
    return outcome, heard


def test_what_a_seeds_process_says_is_heard_line_by_line():
    outcome, heard = said_by(
        'print(\'{"steps": 100}\'); print("a line of somebody else\'s"); print(\'{"steps": 200}\');'
        ' print(\'{"steps": 250, "trace": "1ea0"}\'); print("[1]"); print(\'{"cut o\')'
    )

    assert heard == [(7, 100), (7, 200)]
    assert outcome == {"steps": 250, "trace": "1ea0"}


def test_a_seed_without_an_outcome_is_lost_with_what_its_process_complained_of():
    with pytest.raises(SeedLost, match=r"(?s)Seed 7 ended without an outcome.*no room on this machine"):
        said_by('print(\'{"steps": 100}\'); raise SystemExit("no room on this machine")')


def test_a_process_may_complain_at_length_before_it_says_anything():
    outcome, _ = said_by(
        'import sys; sys.stderr.write("so much to say " * 100_000); print(\'{"steps": 1, "trace": "1ea0"}\')'
    )

    assert outcome["trace"] == "1ea0"
