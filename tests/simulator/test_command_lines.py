"""What cannot come to anything is refused at once, in a sentence, and not after hours of playing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cliphaven.config.commands import app
from simulator import swarm
from simulator.bugs import hunt
from simulator.bugs.catalogue import BUGS

PROJECT = Path(__file__).parents[2]
REFUSED = 2
FACTS = {"seed": 6, "steps": 1, "trace": "0"}
A_REPORT = {
    "began_at": "2026-01-05T06:00:00+00:00",
    "commit": "abc1234",
    "steps_each": 1,
    "plant": None,
    "seconds": 1.0,
    "first_violation": None,
    "seeds": [FACTS],
}


def simulate(*words: str) -> tuple[int, str]:
    """The exit code of `cliphaven simulate`, and what it says, in one line, however narrow the frame around it is."""
    said = CliRunner(env={"NO_COLOR": "1"}).invoke(app, ["simulate", *words])
    return said.exit_code, " ".join(said.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--steps", "0"), "Invalid value for '--steps'"),
        (("--seeds", "none"), "Invalid value for '--seeds'"),
        (("--replay", "nowhere.json"), "nowhere.json cannot be read"),
        (("--replay", "text.json"), "text.json cannot be read"),
        (("--resume", "other.json"), "other.json is no report of a run"),
        (("--replay", "run.json", "--seed", "7"), "the report has no seed 7"),
        (("--replay", "run.json", "--resume", "run.json"), "played again or gone on from, not both"),
        (("--resume", "run.json", "--plant", "caps_forget"), "the report says what was planted"),
        (("--report", "nowhere/run"), "there is no folder nowhere"),
        (("--write", "page.md"), "page.md is no page with a place for a run"),
        (("--plant", "moon_dust"), "there is no mistake called moon_dust"),
    ],
)
def test_what_comes_to_nothing_is_refused(
    words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("text.json").write_text("not JSON")
    Path("other.json").write_text("{}")
    Path("run.json").write_text(json.dumps(A_REPORT))
    Path("page.md").write_text("no marks")

    code, said = simulate(*words)

    assert (code, sentence in said) == (REFUSED, True), said


def test_mistakes_that_can_be_planted_are_listed():
    code, said = simulate("--plant", "help")

    assert code == 0
    assert all(name in said for name in BUGS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("simulator.bugs.hunt", "moon_dust"), "No such bugs: moon_dust"),
        (("simulator.bugs.hunt", "--seeds", "0"), "0 is below 1"),
        (("simulator.bugs.hunt", "--write", "README.md"), "README.md is no page with a place for bugs"),
        (("simulator.bugs.hunt", "--bag", "nowhere/bag"), "nowhere/bag cannot be written"),
        (("simulator.chaos", "--minutes", "nan"), "nan is not above zero"),
        (("simulator.chaos", "--kills", "many"), "many is not a whole number"),
        (("simulator.chaos", "--workers", "0"), "0 is below 1"),
    ],
)
def test_the_hunt_and_the_chaos_refuse_it_too(words: tuple[str, ...], sentence: str):
    said = subprocess.run([sys.executable, "-m", *words], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert (said.returncode, sentence in said.stderr) == (REFUSED, True), said.stderr


def test_the_hunt_names_invariants_that_noticed_nothing_first():
    hunted = [hunt.Hunted(name="x", seed=1, seeds=1, noticed_by=number) for number in hunt.INVARIANTS if number != "I3"]

    assert hunt.asleep(hunted) == ["I3"]


def test_a_mistake_is_hunted_in_the_first_worlds_that_could_show_it():
    worlds = hunt.worlds(BUGS["fees_in_one_currency"], seeds=20)

    by_hand = [seed for seed in range(1, worlds[-1] + 1) if len(swarm.drawn(seed).currencies) > 1]
    assert (len(worlds), worlds) == (20, by_hand)
