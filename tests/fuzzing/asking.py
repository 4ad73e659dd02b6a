"""One run of Schemathesis against a house, and what came of it."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "openapi.json"  # which another test holds against what is served
ANSWERS_S = 60  # machines may be busy with other tests
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one visitor was answered: how many requests of how many operations, by status, and what was wrong."""

    visitor: str
    operations: int
    requests: int
    statuses: Mapping[int, int]
    failures: Mapping[str, int]
    told: str

    def answers(self, hundred: int) -> int:
        """How many answers had a status of this hundred: 4 for all from 400 to 499."""
        return sum(count for status, count in self.statuses.items() if status // 100 == hundred)


def ask_everything(
    *,
    visitor: str,
    site: str,
    environment: Mapping[str, str],
    folder: Path,
    seed: int,
    examples: int,
    phases: str = PHASES,
) -> Found:
    """Ask every operation of the document as this visitor, with all checks."""
    report, tally = folder / f"{visitor}.json", folder / f"{visitor}.tally.json"
    command = [
        str(Path(sys.executable).with_name("st")),
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "--no-color",
    ]
    command += ["run", str(DOCUMENT), "--url", site, "--checks", "all", "--phases", phases, "--continue-on-failure"]
    command += ["--request-timeout", str(ANSWERS_S)]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"]
    command += ["--report", "json", "--report-json-path", str(report), "--suppress-health-check", "all"]
    told = {**environment, "FUZZING_AS": visitor, "FUZZING_TALLY": str(tally), "NO_PROXY": "*"}
    told |= {"SCHEMATHESIS_HOOKS": "tests.fuzzing.hooks", "PYTHONPATH": str(HERE.parents[1])}
    run = subprocess.run(command, env=told, cwd=folder, capture_output=True, text=True, check=False)
    said = json.loads(report.read_text()) if report.exists() else {}
    if not said.get("operations"):
        raise RuntimeError(f"Schemathesis did not come to an end: {run.stdout[-3_000:]}{run.stderr[-3_000:]}")
    failures = {one["title"]: one["count"] for one in said["failures"]}
    failures |= {one["title"]: one["count"] for one in said["errors"]}
    return Found(
        visitor=visitor,
        operations=said["operations"]["tested"],
        requests=said["test_cases"]["generated"],
        statuses={int(status): count for status, count in json.loads(tally.read_text()).items()},
        failures=failures,
        told=run.stdout,
    )


def rows(found: Sequence[Found]) -> list[tuple[str, ...]]:
    """A line for each visitor, for a table."""
    return [
        (
            one.visitor,
            f"{one.operations}",
            f"{sum(one.statuses.values()):,}",
            *(f"{one.answers(hundred):,}" for hundred in (2, 4, 5)),
            f"{sum(one.failures.values())}",
        )
        for one in found
    ]


HEAD = ("as", "operations", "requests", "2xx", "4xx", "5xx", "failed checks")
