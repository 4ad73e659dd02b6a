"""`make bench`: run the benchmarks, print what they found, and keep it in docs/performance.md."""

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, report
from benchmarks.frame import Bench, Result
from benchmarks.server import Server
from cliphaven.config.local.problems import CannotStart
from simulator import pages

# Each is a module with `measure(bench: Bench) -> Result` and has its two markers in docs/performance.md.
BENCHMARKS = (
    "posting",
    "hot_campaign",
    "single_entries",
    "other_ways",
    "balances",
    "trial_balance",
    "accrual",
    "monday",
    "choosing",
    "observations",
    "poll_cycle",
    "poll_memory",
    "fraud_scoring",
)


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all; returns 0 also where a figure is not reached: the table says so."""
    asked = _parser().parse_args(arguments)
    names = [name for name in BENCHMARKS if name in (asked.names or BENCHMARKS)]
    try:
        with Server(durable=asked.sync) as server:
            facts = machine.facts(postgres=server.version, durable=server.durable)
            for name in names:
                result = _measured(name, Bench(server=server, quick=asked.quick, name=name))
                print(f"\n{name}\n\n{report.as_text(result, facts)}", flush=True)
                if asked.json:
                    with asked.json.open("a") as lines:
                        lines.write(report.as_json(name, result, facts, quick=asked.quick) + "\n")
                if not asked.quick and not asked.sync and not asked.no_docs:
                    pages.keep(report.PERFORMANCE, name, report.as_text(result, facts))
    except CannotStart as problem:
        print(f"ClipHaven: {problem}", file=sys.stderr)
        return 1
    return 0


def _measured(name: str, bench: Bench) -> Result:
    module = importlib.import_module(f"benchmarks.{name}")
    result = module.measure(bench)
    assert isinstance(result, Result)
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="which ones; all when none is named")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works; writes no page")
    parser.add_argument("--sync", action="store_true", help="commits wait for the disk; writes no page")
    parser.add_argument("--no-docs", action="store_true", help="leave docs/performance.md as it is")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append one line of JSON for each benchmark")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server goes with us, also when we are told to go
    sys.exit(main(sys.argv[1:]))
