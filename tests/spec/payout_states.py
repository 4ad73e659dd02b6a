"""Writes docs/payout-states.md: `python -m tests.spec.payout_states`. Steps are the rules', reasons the stories'."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import django

from cliphaven.payouts import rules
from tests.cluster import prepare_environment

Edge = tuple[str, str]
PAGE = Path(__file__).parents[2] / "docs" / "payout-states.md"

HEAD = """# States of money on its way

Generated from `cliphaven/payouts/rules.py` and `tests/rooms/payouts/test_edges.py`; a test fails when this page is
older than they are. What each state means stands in the [glossary](../GLOSSARY.md#states), the table of answers in
[money.md](money.md), why the walk is said once in [ADR 0013](adr/0013-one-walk-for-money-that-leaves.md).

Nothing else than these steps is ever taken: `move` refuses it, and each step below is taken in a test by real
operations against the pretend Stripe. A state that does not stand on the left is an end.

A transfer is born `reserved`: its row and the entry that sets its money aside are written in one transaction, together
with the batch, so there is no moment in which it is planned and not reserved.
"""


def page() -> str:
    """The whole page."""
    from tests.rooms.payouts import test_edges as told  # noqa: PLC0415  # its models exist only inside the house

    heard_of = {
        (was, to): "a payout is heard of before its answer comes" for was in told.HEARD_OF for to in told.SEEN_AS
    }
    return "\n".join(
        [
            HEAD,
            *_section("Transfers", rules.TRANSFER_EDGES, _reasons(told.TRANSFER_STORIES)),
            *_section("Bank payouts", rules.BANK_PAYOUT_EDGES, heard_of | _reasons(told.PAYOUT_STORIES)),
            *_section("Transfers taken back", rules.TRANSFER_REVERSAL_EDGES, _reasons(told.REVERSAL_STORIES)),
        ]
    )


def _reasons(stories: Mapping[Any, Iterable[Edge]]) -> dict[Edge, str]:
    reasons: dict[Edge, str] = {}
    for story, edges in stories.items():
        for edge in edges:
            reasons.setdefault(edge, story.__name__.replace("_", " "))
    return reasons


def _section(title: str, edges: Mapping[Any, Iterable[Any]], reasons: Mapping[Edge, str]) -> list[str]:
    order = [state.value for state in edges]
    steps = sorted(
        ((was.value, to.value) for was, tos in edges.items() for to in tos),
        key=lambda step: (order.index(step[0]), order.index(step[1])),
    )
    rows = [f"| `{was}` | `{to}` | {reasons[was, to]} |" for was, to in steps]
    ends = ", ".join(f"`{was.value}`" for was, tos in edges.items() if not tos)
    return [
        f"## {title}", "", f"Ends: {ends}.", "", "| from | to | as when |", "|---|---|---|", *rows, "",
    ]  # fmt: skip


if __name__ == "__main__":
    prepare_environment()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "cliphaven.config.settings", "DATABASE_URL": "postgresql://nowhere/none"}
    django.setup()
    PAGE.write_text(page())
