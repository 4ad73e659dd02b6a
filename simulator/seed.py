"""`python -m simulator.seed`: one seed, played in this process; its parent prepared database and environment."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from simulator import swarm
from simulator.universe import Universe


def main() -> int:
    """Play, and print lines of JSON: how far it is, now and then, and at last the outcome; 1 when it is a violation."""
    asked = _parser().parse_args()
    options = swarm.drawn(asked.seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        Universe(
            seed=asked.seed,
            folder=Path(folder),
            database_url=asked.database_url,
            owner_url=asked.owner_url,
            disorder=options.disorder,
        ) as universe,
    ):
        from simulator.play import Play  # noqa: PLC0415  # models exist only inside the house

        play = Play(universe, options, steps=asked.steps, heals_days=asked.heals_days, plant=asked.plant, tell=_tell)
        outcome = play.run(server_log=asked.server_log)
    print(json.dumps(outcome.as_json()))
    return 0 if outcome.violation is None else 1


def _tell(steps: int) -> None:
    print(json.dumps({"steps": steps}), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--heals-days", type=int, required=True)
    parser.add_argument("--plant")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--owner-url", required=True)
    parser.add_argument("--server-log", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
