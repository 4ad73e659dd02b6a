"""`cliphaven schedule`: which clips would have been polled when, and what that costs and misses. No database needed."""

import typer

from cliphaven.config.commands.schedule.replaying import replay
from cliphaven.config.commands.schedule.writing import traces

app = typer.Typer(no_args_is_help=True)
app.command("replay")(replay)
app.command("traces")(traces)


@app.callback()
def schedule() -> None:
    """Try polling policies on recorded or invented counts."""
