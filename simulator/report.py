"""A run as a page for people: what was played, what went wrong on purpose, what was asked, and what was found."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from cliphaven.backoffice.rules.invariants import INVARIANTS
from simulator import pages, swarm
from simulator.runs import Report, SeedRun

SHORT_WORDS = 200
PAGE = Path(__file__).with_name("report.html")
# Where an actor stood, in words; the keys are the kinds of a stop.
STOPS = {
    "idle": "between two pieces of work",
    "statement": "before a statement",
    "commit": "before COMMIT is sent",
    "committed": "after COMMIT was applied, before anybody knows",
    "request": "before a call to a vendor",
    "answer": "after a vendor answered, before anybody knows",
    "sleep": "instead of a sleep",
}
_TURN = re.compile(rf"(\d+) (\S+) (.+?) ({'|'.join(STOPS)})(?: (.*))?")
# What befalls an actor where it stands, and so can be the last word of a turn.
_BEFALLS = frozenset(name for names in swarm.FAULTS.values() for name in names)


def as_page(report: Report) -> str:
    """The whole report as one HTML file without anything beside it."""
    first = report.first_violation
    context = {
        "report": report,
        "began_at": f"{report.began_at:%Y-%m-%d %H:%M}",
        "steps_each": f"{report.steps_each:,}",
        "first": None if first is None else _as_found(first, again=again(report, first)),
        "more_found": [_in_short(run) for run in report.runs if run.violation is not None and run is not first],
        "numbers": _numbers(report),
        "invariants": list(_invariants(report)),
        "faults": _counted(report.summed("faults"), all_there_are=_faults()),
        "stops": [(STOPS[kind], f"{times:,}") for kind, times in report.summed("kinds").items()],
        "marks": _counted(report.summed("marks")),
        "seeds": [_in_short(run) for run in report.runs],
    }
    template = Engine().from_string(PAGE.read_text())
    return template.render(Context(context, use_l10n=False, use_tz=False))


def as_table(report: Report) -> str:
    """The run as Markdown, for a page that keeps the last long one."""
    numbers = list(_numbers(report).items())
    counts = [
        pages.table((title, "times"), [(what, f"{times:,}") for what, times in report.summed(name).items()])
        for title, name in (("what went wrong", "faults"), ("what was met", "marks"))
    ]
    when = (
        f"On {report.began_at:%Y-%m-%d} at commit {report.commit}, {report.steps_each:,} steps a seed before it heals."
    )
    return "\n\n".join([when, pages.table(("", ""), numbers), *counts])


def in_one_line(report: Report) -> str:
    """The run in a sentence."""
    first = report.first_violation
    speed = report.steps / report.seconds if report.seconds else 0
    verdict = "no violation" if first is None else f"seed {first.seed} found: {_one_line(first)}"
    seeds = "1 seed" if len(report.runs) == 1 else f"{len(report.runs):,} seeds"
    return (
        f"{seeds}, {report.steps:,} steps, {sum(report.summed('faults').values()):,} faults,"
        f" {report.total('days'):,.0f} days, {speed:,.0f} steps/s: {verdict}"
    )


def again(report: Report, run: SeedRun) -> str:
    """The options of the command that plays this seed of the report once more."""
    plant = f" --plant {report.plant}" if report.plant else ""
    return f"--seed {run.seed} --steps {report.steps_each}{plant}"


def _as_found(run: SeedRun, *, again: str) -> dict[str, Any]:
    """A seed in which something was wrong: what, what must hold instead, the turns before it, and what it is like."""
    facts = run.facts
    says = {one.number: one.says for one in INVARIANTS}
    return {
        **_in_short(run),
        "says": says.get(facts["invariant"], ""),
        "words": run.violation,
        "again": again,
        "turns": [_turn(line) for line in facts["last"]],
        "options": [(name.replace("_", " "), _shown(value)) for name, value in facts["options"].items()],
    }


def _turn(line: str) -> dict[str, str]:
    """A line of the trace in its parts; whatever has another shape stays whole."""
    found = _TURN.fullmatch(line)
    if found is None:
        return {"label": line}
    number, at, who, kind, label = found.groups(default="")
    label, _, befell = label.rpartition(" ") if label.rpartition(" ")[2] in _BEFALLS else (label, "", "")
    stood = {"statement": label, "request": f"before {label}", "answer": f"after {label}"}.get(kind, "")
    return {
        "number": f"{int(number):,}",
        "at": at.replace("T", " "),
        "who": who,
        "label": stood,
        "where": "" if stood else STOPS[kind],
        "befell": befell.replace("_", " "),
    }


def _shown(value: Any) -> str:
    """An option of a seed, whose rates stand under the name of what they befall."""
    match value:
        case dict():
            parts = [f"{name.replace('_', ' ')} {_shown(inner)}" for name, inner in value.items()]
            return "; ".join(parts) or "none"
        case list() | tuple():
            return ", ".join(map(str, value))
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _invariants(report: Report) -> Iterator[dict[str, str]]:
    """Each of them, how often it was asked, and in which seeds it was the first that did not hold."""
    asked = report.summed("asked")
    for one in INVARIANTS:
        broken = [str(run.seed) for run in report.runs if run.facts["invariant"] == one.number]
        yield {
            "number": one.number,
            "says": one.says,
            "times": f"{sum(asked.get(name, 0) for name in one.checks):,}",
            "broken": ", ".join(broken),
        }


def _counted(counts: Mapping[str, int], *, all_there_are: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """What was counted, most frequent first, and last what never happened."""
    never = [name for name in all_there_are if name not in counts]
    return [(name.replace("_", " "), f"{times:,}") for name, times in [*counts.items(), *((name, 0) for name in never)]]


def _faults() -> tuple[str, ...]:
    """The names of everything that can go wrong, as a seed counts it."""
    where_they_stand = dict.fromkeys(name for names in swarm.FAULTS.values() for name in names)
    letters = (f"letter {name}" for name in swarm.LETTERS)
    return (*where_they_stand, *swarm.SCRAPES, *swarm.RUNS, *letters, *swarm.TWISTS)


def _in_short(run: SeedRun) -> dict[str, Any]:
    words = _one_line(run) if run.violation is not None else "held"
    return {**run.facts, "steps": f"{run.facts['steps']:,}", "trace": run.facts["trace"][:12], "short": words}


def _one_line(run: SeedRun) -> str:
    """What was wrong in a line: of an error that was raised, where, and its own last line."""
    words = run.violation or ""
    first, *rest = [line.strip() for line in words.strip().splitlines()] or [""]
    if rest:
        first = f"{first.partition('Traceback')[0].rstrip(' :')}: {rest[-1]}"
    return first if len(first) <= SHORT_WORDS else f"{first[:SHORT_WORDS]}…"


def _numbers(report: Report) -> dict[str, str]:
    speed = report.steps / report.seconds if report.seconds else 0
    return {
        "Seeds": f"{len(report.runs):,}",
        "Steps": f"{report.steps:,}",
        "Faults": f"{sum(report.summed('faults').values()):,}",
        "Simulated days": f"{report.total('days'):,.0f}",
        "Steps a second": f"{speed:,.0f}",
        "Invariants asked": f"{sum(report.summed('asked').values()):,}",
        "Steps a second and process": f"{report.steps / max(1, report.total('seconds')):,.0f}",
        "Calls to vendors": f"{report.summed('kinds').get('request', 0):,}",
        "Violations": f"{sum(run.violation is not None for run in report.runs):,}",
    }
