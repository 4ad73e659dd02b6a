"""`cliphaven reconcile`: the books held against Stripe."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cliphaven.config.commands import house

if TYPE_CHECKING:
    from cliphaven.backoffice.queries.reconciliations import Outcome

LINES_PRINTED_MAX = 200
Json = Annotated[bool, typer.Option("--json", help="One JSON object; amounts in minor units.")]
Import = Annotated[bool, typer.Option("--import/--no-import", help="Ask Stripe first, or look at what is here.")]


def reconcile(with_import: Import = True, as_json: Json = False) -> None:
    """Tie every movement at Stripe to an entry, and every balance to its mirror in the books, to the cent.

    Exits 1 if anything does not match, 2 if Stripe could not be asked.
    """
    house.enter()
    from cliphaven.backoffice.operations import reconciliation  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.backoffice.queries import reconciliations  # noqa: PLC0415
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import ProviderFailed  # noqa: PLC0415

    try:
        run_id = reconciliation.reconcile(now=clock.now(), with_import=with_import, tell=_progress)
    except ProviderFailed as failure:
        typer.echo(f"Stripe could not be asked: {failure.sentence.splitlines()[0]}", err=True)
        raise typer.Exit(2) from failure
    found = reconciliations.outcome(run_id=run_id)
    typer.echo(json.dumps(found.as_dict()) if as_json else "\n".join(_told(found)))
    if not found.agrees:
        raise typer.Exit(1)


def _progress(read: int, total: int) -> None:
    """How far it is, on one line that is written over, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{read:,} of {total:,} balances read", end="\n" if read == total else "", file=sys.stderr, flush=True)


def _told(found: "Outcome") -> list[str]:
    from cliphaven.backoffice.queries.reconciliations import said  # noqa: PLC0415

    told = []
    for figure in found.figures:
        held = f"books {said(figure.books_minor, currency=figure.currency)}"
        there = f"Stripe {said(figure.stripe_minor, currency=figure.currency)}"
        mark = "FAIL" if (figure.account, figure.currency) in found.failing else "ok  "
        told.append(f"{mark}  {figure.account} {figure.currency}: {held}, {there}")
    for line in found.lines[:LINES_PRINTED_MAX]:
        names = " ".join(filter(None, (line.what, line.name, line.stripe_id)))
        told.append(
            f"      {line.label}, {line.account}: {line.amount}, {names}, {line.happened_at:%Y-%m-%d %H:%M} UTC"
        )
        told.append(f"        {line.sentence}")
    if found.line_count > LINES_PRINTED_MAX:
        told.append(f"      and {found.line_count - LINES_PRINTED_MAX:,} more, on the page /staff/reconciliation/")
    return [*told, *filter(None, [found.problem])] or ["Nothing has ever moved."]
