"""A run as a page for people: what was played, what went wrong on purpose, what was asked, and what was found."""

from pathlib import Path
from typing import Any

from django.template import Context, Engine

from simulator import pages
from simulator.runs import Report, SeedRun

SHORT_WORDS = 200
PAGE = Path(__file__).with_name("report.html")


def as_page(report: Report) -> str:
    """The whole report as one HTML file without anything beside it."""
    first = report.first_violation
    context = {
        "report": report,
        "began_at": f"{report.began_at:%Y-%m-%d %H:%M}",
        "first": _in_short(first) if first is not None else None,
        "numbers": _numbers(report),
        "tables": [
            ("What went wrong on purpose", "fault", "times", report.summed("faults")),
            ("Where actors stopped", "stop", "times", report.summed("kinds")),
            ("Invariants asked", "invariant", "times", report.summed("asked")),
            ("What was hit at least once", "mark", "times", report.summed("marks")),
        ],
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
    verdict = "no violation" if first is None else f"seed {first.seed} found: {first.violation}"
    return (
        f"{len(report.runs):,} seeds, {report.steps:,} steps, {sum(report.summed('faults').values()):,} faults,"
        f" {report.total('days'):,.0f} days, {speed:,.0f} steps/s: {verdict}"
    )


def _in_short(run: SeedRun) -> dict[str, Any]:
    words = " ".join((run.violation or "held").split())
    return {**run.facts, "trace": run.facts["trace"][:12], "short": words[:SHORT_WORDS]}


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
