"""`cliphaven …`: every command of the house. Those that need the books start or join the database by themselves."""

import sys

import typer
from django.db import OperationalError

from cliphaven.config.commands import (
    api,
    evidence,
    fraud,
    ledger,
    payouts,
    people,
    processes,
    reconciliation,
    schedule,
    simulation,
    url,
)
from cliphaven.config.local.problems import CannotStart

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A marketplace for clipping.")
app.add_typer(url.app, name="url")
app.add_typer(evidence.app, name="evidence")
app.add_typer(fraud.app, name="fraud")
app.add_typer(ledger.app, name="ledger")
app.add_typer(people.app, name="people")
app.add_typer(payouts.app, name="payouts")
app.add_typer(schedule.app, name="schedule")
app.command("openapi")(api.openapi)
app.command("reconcile")(reconciliation.reconcile)
app.command("worker")(processes.worker)
app.command("scheduler")(processes.scheduler)
app.command("simulate")(simulation.simulate)


def main() -> None:
    """The console script. What keeps a command from starting is said in one sentence, and the exit code is not 0."""
    try:
        app()
    except CannotStart as problem:
        print(f"ClipHaven: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)
    except OperationalError as error:
        reason, *_ = str(error).splitlines() or ["it gives no reason"]
        print(f"ClipHaven: the database does not answer: {reason}", file=sys.stderr)
        sys.exit(1)
