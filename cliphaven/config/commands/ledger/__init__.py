"""`cliphaven ledger`: the books, read, proved, closed and taken out from a shell."""

import typer

from cliphaven.config.commands.ledger import accounts, closing, files, proofs

app = typer.Typer(
    no_args_is_help=True,
    help="The books. Days such as 2026-11-30 are whole days in UTC; 2026-11-30T12:00 is a moment.",
)
app.command("verify")(proofs.verify)
app.command("balance")(accounts.balance)
app.command("statement")(accounts.statement)
app.command("trial-balance")(accounts.trial_balance)
app.command("export")(files.export)
app.command("close")(closing.close)
app.command("seal")(closing.seal)
app.command("rebuild")(closing.rebuild)
