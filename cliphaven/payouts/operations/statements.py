"""A week's payout as a document to keep."""

from datetime import UTC, datetime
from typing import Any

from cliphaven.foundation import money
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction
from cliphaven.identity import queries as people
from cliphaven.payouts.queries import statements
from cliphaven.payouts.queries.statements import StatementLine
from cliphaven.providers.pdf import pdf

ISSUER = "ClipHaven"


class NothingThatWeek(Refused):
    """The week was not planned, or nothing in it was this creator's."""

    code = "nothing_that_week"


@no_transaction
def drawn_statement(*, creator_id: int, week: str, now: datetime) -> bytes:
    """A week's payout as a PDF, as it stands now. Raises NothingThatWeek."""
    lines = statements.weekly_statement(creator_id=creator_id, week=week)
    if not lines:
        raise NothingThatWeek("There was nothing of yours in this week.")
    facts = {
        "title": "Payout statement",
        "issuer": ISSUER,
        "creator": people.person(user_id=creator_id).name,
        "week": week,
        "planned": f"{lines[0].planned_at.astimezone(UTC):%A, %d %B %Y}",
        "sections": [
            _section(currency, [line for line in lines if line.currency == currency])
            for currency in sorted({line.currency for line in lines})
        ],
        "notes": [
            f"As of {now.astimezone(UTC):%d %B %Y, %H:%M} UTC. Banks take one to three working days.",
            "What was left out stays yours and goes into a later run.",
        ],
    }
    return pdf("payouts/statement.typ", facts=facts, made_at=now)


def _section(currency: str, lines: list[StatementLine]) -> dict[str, Any]:
    paid_minor = sum(line.amount_minor for line in lines if line.what == "payout" and line.state == "paid")
    return {
        "currency": currency,
        "lines": [
            {
                "label": line.campaign or _LABELS[line.what],
                "detail": ". ".join(
                    filter(None, (line.state.replace("_", " ").capitalize(), line.reference, line.reason))
                ),
                "amount": money.formatted(line.amount_minor, currency=currency),
            }
            for line in lines
        ],
        "total": {"label": "Arrived in your bank", "amount": money.formatted(paid_minor, currency=currency)},
    }


def _detail(line: StatementLine) -> str:
    state = line.state.replace("_", " ").capitalize()
    return ". ".join(part for part in (state, line.reference, line.reason) if part)


_LABELS = {"transfer": "Transfer", "payout": "To your bank", "left out": "Left out"}
