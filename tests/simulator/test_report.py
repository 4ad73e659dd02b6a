"""What a run says of itself: the page and the line for people, and the file that a later run goes on from."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cliphaven.backoffice.rules.invariants import INVARIANTS
from simulator import report, runs

BEGAN = datetime(2026, 1, 5, 6, tzinfo=UTC)
FEES = "fees are the agreed part of what clips earned"
BROKEN = f"I9 {FEES}: clip 3 paid a fee of 1118, and 1117 is agreed"
TURNS = [
    '1732 01-05T06:00:01 Sponsor 0, tab 1 statement UPDATE "campaigns_deposit" SET "state" = %s disk_full',
    "1733 01-05T06:00:01 worker 1 answer POST /stripe/…/transfers 200 answer_lost",
    "1734 01-05T06:00:01 worker 0 commit COMMIT",
]


def a_seed(seed: int, **changes: Any) -> runs.SeedRun:
    """A seed of which a process told this."""
    facts: dict[str, Any] = {
        "seed": seed,
        "steps": 1_734,
        "seconds": 5.0,
        "days": 9,
        "trace": "1ea0e47ca00dba91",
        "kinds": {"statement": 1_000, "commit": 734},
        "faults": {"kill": 3, "answer_lost": 1},
        "asked": {FEES: 40, "each step carries its part of the fee": 2},
        "marks": {"a transfer was sent": 2, "two workers had the same transfer": 0},
        "options": {"seed": seed, "faults": {"commit": {"kill": 1.25}}, "currencies": ["USD", "JPY"]},
        "violation": None,
        "invariant": "",
        "last": [],
    }
    return runs.SeedRun(seed=seed, facts={**facts, **changes})


def a_report(*played: runs.SeedRun, **changes: Any) -> runs.Report:
    """A run of these seeds."""
    facts: dict[str, Any] = {"began_at": BEGAN, "steps_each": 1_500, "commit": "abc1234", "seconds": 10.0}
    return runs.Report(**{**facts, **changes}, runs=list(played))


def found() -> runs.SeedRun:
    """Seed 6, in which a fee was wrong."""
    return a_seed(6, violation=BROKEN, invariant="I9", last=TURNS)


def test_a_page_says_that_everything_held():
    page = report.as_page(a_report(a_seed(1), a_seed(2)))

    assert "<strong>Everything held</strong>" in page
    assert "To see it again" not in page


def test_a_page_says_what_must_hold_and_what_was_so_instead():
    page = report.as_page(a_report(a_seed(1), found(), plant="fee_of_each_entry"))
    [fees] = [one for one in INVARIANTS if one.number == "I9"]

    assert "Seed 6 found something at step 1,734" in page
    assert fees.says in page
    assert BROKEN in page


def test_a_page_says_how_to_see_it_again():
    page = report.as_page(a_report(found(), plant="fee_of_each_entry"))

    assert "--seed 6 --steps 1500 --plant fee_of_each_entry" in page


def test_a_page_tells_the_last_turns_in_their_parts():
    page = report.as_page(a_report(found()))

    assert '<td class="who">worker 1</td><td class="befell">answer lost</td>' in page
    assert "<code>after POST /stripe/…/transfers 200</code>" in page
    assert '<td class="who">Sponsor 0, tab 1</td><td class="befell">disk full</td>' in page
    assert '<span class="soft">before COMMIT is sent</span>' in page


def test_a_page_tells_what_the_seed_is_like():
    page = report.as_page(a_report(found()))

    assert "<dt>faults</dt><dd>commit kill 1.25</dd>" in page
    assert "<dt>currencies</dt><dd>USD, JPY</dd>" in page


def test_a_page_has_every_invariant_with_how_often_it_was_asked():
    page = report.as_page(a_report(a_seed(1), found()))

    assert all(f"<td>{one.number}</td>" in page for one in INVARIANTS)
    # In each of two seeds 40 times by the one check and twice by the other.
    assert '<td class="number">84</td><td class="befell">6</td>' in page


def test_a_page_names_faults_and_marks_that_never_came():
    page = report.as_page(a_report(a_seed(1)))

    assert '<tr class="never"><td>views null</td>' in page
    assert '<tr class="never"><td>two workers had the same transfer</td>' in page


def test_an_error_is_told_by_its_own_line():
    words = (
        "worker 0: earnings.accrue: Traceback (most recent call last):\n  File x\nValueError: negative shift count\n"
    )
    told = report.in_one_line(a_report(a_seed(6, violation=words)))

    assert told.endswith("seed 6 found: worker 0: earnings.accrue: ValueError: negative shift count")


def test_a_run_is_gone_on_from_what_its_file_says():
    earlier = json.loads(json.dumps(a_report(a_seed(1), a_seed(2)).as_json()))
    told = a_report(a_seed(3), commit="def5678", seconds=7.0).after(earlier)

    assert [run.seed for run in told.runs] == [1, 2, 3]
    assert (told.steps, told.seconds) == (3 * 1_734, 10 + 7)
    assert (told.began_at, told.commit) == (BEGAN, "abc1234, def5678")


@pytest.mark.parametrize("commit", ["abc1234", "def5678"])
def test_a_commit_is_told_once_however_often_a_run_is_gone_on_with(commit: str):
    earlier = a_report(a_seed(1), commit="abc1234, def5678").as_json()

    assert a_report(a_seed(2), commit=commit).after(earlier).commit == "abc1234, def5678"
