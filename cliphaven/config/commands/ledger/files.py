"""`cliphaven ledger export`: the books as a file, for a spreadsheet or for Beancount."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from cliphaven.config.commands import house
from cliphaven.config.commands.ledger import words
from cliphaven.config.commands.ledger.words import Currency, Since, Until


class Format(StrEnum):
    """What a file is written for."""

    CSV = "csv"
    BEANCOUNT = "beancount"


def export(
    *,
    format_: Annotated[Format, typer.Option("--format", help="A line a posting, or double entry as plain text.")],
    since: Since = "",
    until: Until = "",
    account: Annotated[
        str, typer.Option("--account", metavar="ACCOUNT", help="Only what touches this account; CSV only.")
    ] = "",
    currency: Currency = "",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to; the terminal if left out.")
    ] = None,
) -> None:
    """The books of a period as a file, of one moment, whatever is recorded meanwhile.

    A Beancount file holds whole books: what was there before as opening balances, every entry, and at the end an
    assertion of every balance, so that `bean-check` refuses a file in which a cent was changed. An older FILE is
    replaced when the new one is whole. Exits 1 and writes nothing if something is wrong.
    """
    if account and format_ is Format.BEANCOUNT:
        raise typer.BadParameter("a Beancount file holds whole books: --account goes with --format csv")
    if currency and not account:
        raise typer.BadParameter("--currency chooses among the books of an --account")
    first, last = words.beginning(since), words.end(until)
    if first and last and last <= first:
        raise typer.BadParameter("the period ends before it begins: --until lies before --since")
    house.enter()
    from cliphaven.ledger.queries import exports  # noqa: PLC0415  # models exist only inside the house

    one = words.the_one_opened(account, currency=currency) if account else None
    with _file(output) as target:
        if format_ is Format.CSV:
            count, what = exports.write_csv(target=target, since=first, until=last, account=one), "postings"
        else:
            count, what = exports.write_beancount(target=target, since=first, until=last), "entries"
    typer.echo(f"{count:,} {what}{f' in {output}' if output else ''}.", err=True)


@contextmanager
def _file(output: Path | None) -> Iterator[TextIO]:
    """The file to write, under its name only when it is whole; UTF-8 and its own line ends on every machine."""
    if output is None:
        with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as target:
            yield target
        return
    unfinished = output.with_name(f"{output.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as target:
            yield target
        os.replace(unfinished, output)  # noqa: PTH105
    except OSError as error:
        raise words.refusal(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
