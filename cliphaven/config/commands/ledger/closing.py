"""`cliphaven ledger close`, `seal` and `rebuild`: the past is settled, and what is kept of it is derived anew."""

import json
from typing import Annotated

import typer

from cliphaven.config.commands import house
from cliphaven.config.commands.ledger import words
from cliphaven.config.commands.ledger.words import Json

ACTOR = "shell"


def close(
    through: Annotated[str, typer.Option(metavar="MOMENT", help="The last moment, or the last day, to close.")],
    as_json: Json = False,
) -> None:
    """Close the books: balances of then never change, and what is recorded later is dated later.

    Every night closes the day before by itself. Exits 1 for a moment that has not passed, before the last close, or
    more than a week after it.
    """
    moment = words.last_moment(through)
    if moment is None:
        raise typer.BadParameter("say through which moment or day")
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.ledger import operations  # noqa: PLC0415

    try:
        is_new = operations.close_books(through=moment, actor=ACTOR, now=clock.now())
    except Refused as refused:
        raise words.refusal(refused.sentence) from refused
    if as_json:
        typer.echo(json.dumps({"closed_through": moment.isoformat(), "is_new": is_new}))
    else:
        typer.echo(f"The books {'are' if is_new else 'were already'} closed through {words.said(moment)}.")


def seal(as_json: Json = False) -> None:
    """Seal what was recorded since the last seal, and say the hash that stands for the whole books up to now.

    Every night seals by itself. Keep the hash elsewhere: `ledger verify` shows whether the books still lead to it.
    Exits 1 if legs are missing that were sealed.
    """
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.ledger import operations, queries  # noqa: PLC0415

    try:
        no = operations.seal_books(now=clock.now())
    except Refused as refused:
        raise words.refusal(refused.sentence) from refused
    newest = next(iter(queries.seals(limit=1)), None)
    if as_json:
        found = (
            {"no": newest.no, "legs": newest.legs, "upto_leg": newest.upto_leg, "chain": newest.chain}
            if newest
            else None
        )
        typer.echo(json.dumps({"is_new": no is not None, "seal": found}))
    elif newest is None:
        typer.echo("There is nothing to seal: the books are empty.")
    elif no is None:
        typer.echo(f"Nothing is new since seal {newest.no}: {newest.chain}")
    else:
        typer.echo(f"Seal {newest.no}, {newest.legs:,} legs: {newest.chain}")


def rebuild() -> None:
    """Forget the sums that are kept of the books, and derive them anew from all legs.

    No answer changes by it, unless a kept sum was wrong; `ledger verify` names those. Takes a minute or more for each
    million legs, while everything else goes on.
    """
    house.enter()
    from cliphaven.ledger import operations  # noqa: PLC0415  # models exist only inside the house

    operations.rebuild_checkpoints()
    typer.echo("The sums that are kept of the books were derived anew.")
