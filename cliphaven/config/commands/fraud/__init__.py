"""`cliphaven fraud`: how far views are doubted and why, and how good that is. Only `learn` needs a database."""

import typer

from cliphaven.config.commands.fraud.backtesting import backtest
from cliphaven.config.commands.fraud.calibrating import calibrate
from cliphaven.config.commands.fraud.evaluating import evaluate
from cliphaven.config.commands.fraud.learning import learn
from cliphaven.config.commands.fraud.scoring import score_file

app = typer.Typer(no_args_is_help=True)
app.command("score")(score_file)
app.command("calibrate")(calibrate)
app.command("learn")(learn)
app.command("evaluate")(evaluate)
app.command("backtest")(backtest)


@app.callback()
def fraud() -> None:
    """Doubt views: score clips of a file, make peer tables, measure how good both are."""
