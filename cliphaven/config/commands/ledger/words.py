"""What people write behind `cliphaven ledger …`: accounts, moments, currencies; what is said when it is wrong."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cliphaven.ledger import chart

Json = Annotated[bool, typer.Option("--json", help="JSON; amounts are integers of minor units.")]
AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="As in the books: creator:12:payable.")]
Currency = Annotated[
    str, typer.Option("--currency", metavar="CODE", help="Such as USD; needed where the account has several.")
]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="MOMENT", help="As it was at this moment, or at the end of this day.")
]
Since = Annotated[str, typer.Option("--since", metavar="MOMENT", help="From this moment or day on.")]
Until = Annotated[str, typer.Option("--until", metavar="MOMENT", help="Up to this moment, or to the end of this day.")]


def beginning(text: str) -> datetime | None:
    """The moment that is written, or the first one of the day; None where nothing is written."""
    if not text:
        return None
    day_or_moment = _read(text)
    return day_or_moment if isinstance(day_or_moment, datetime) else _midnight(day_or_moment)


def end(text: str) -> datetime | None:
    """The moment that is written, or the first one after the day; None where nothing is written."""
    if not text:
        return None
    day_or_moment = _read(text)
    if isinstance(day_or_moment, datetime):
        return day_or_moment
    return _midnight(day_or_moment) + timedelta(days=1)


def last_moment(text: str) -> datetime | None:
    """The moment that is written, or the last one of the day, which belongs to it; None where nothing is written."""
    if not text:
        return None
    day_or_moment = _read(text)
    if isinstance(day_or_moment, datetime):
        return day_or_moment
    return _midnight(day_or_moment) + timedelta(days=1) - timedelta(microseconds=1)


def said(moment: datetime) -> str:
    """A moment for people, to the second where it is a whole one."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def opened(code: str, *, currency: str) -> "list[chart.Account]":
    """The accounts of the books that are meant, one for each currency.

    Says which others there are and exits 1 when there is none. Must be called inside the house.
    """
    from cliphaven.ledger.queries import accounts  # noqa: PLC0415  # models exist only inside the house

    found = accounts.named(code)
    if not found:
        like = accounts.like(code)
        others = f" There are {', '.join(like)}." if like else " They are empty."
        raise refusal(f"{code} is not in the books.{others}")
    meant = [account for account in found if not currency or account.currency == currency.upper()]
    if not meant:
        raise refusal(f"{code} has no books in {currency}, but in {_listed(found)}.")
    return meant


def the_one_opened(code: str, *, currency: str) -> "chart.Account":
    """The one account that is meant; says which currencies there are and exits 1 when several could be."""
    found = opened(code, currency=currency)
    if len(found) > 1:
        raise refusal(f"{code} has books in {_listed(found)}: say which with --currency.")
    return found[0]


def refusal(sentence: str) -> typer.Exit:
    """Say it where errors are said; raise what is answered."""
    typer.echo(sentence, err=True)
    return typer.Exit(1)


def _listed(accounts: "list[chart.Account]") -> str:
    return " and ".join(account.currency for account in accounts)


def _read(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is neither a day like 2026-11-30 nor a moment like 2026-11-30T12:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
