"""Rehearsing Monday: what Stripe holds for us is asked, the rest is read; on Sundays the staff is told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cliphaven.foundation import money
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.operations import acts
from cliphaven.payouts.queries import rehearsals
from cliphaven.payouts.queries.rehearsals import Cash, CurrencyRehearsal, Rehearsal
from cliphaven.providers import stripe

# A rehearsal that comes late, after a standstill, is about the next Monday, and that one's Sunday is still to come.
MAILED_BEFORE = timedelta(hours=24)


@no_transaction
def rehearse(*, now: datetime) -> Rehearsal:
    """What the next run would do as things stand, by the code that will do it, beside the cash at Stripe.

    Nothing is written. When Stripe does not answer, the cash is not known and the rest is there.
    """
    return rehearsals.rehearsal(cash=_cash(), now=now)


@no_transaction
def mail_rehearsal(*, now: datetime) -> bool:
    """On the day before payday mail every one of the staff what is to come, once a week; answers whether it is time."""
    if rules.next_payday(now) - now > MAILED_BEFORE:
        return False
    _mail(rehearse(now=now), now=now)
    return True


@own_transaction
def _mail(found: Rehearsal, *, now: datetime) -> None:
    sums = [line for line in found.totals if line.amount_minor]
    amounts = ", ".join(_said(line.amount_minor, line) for line in sums) or "nothing"
    changes = ", ".join(f"{count} {change}" for change, count in found.changes.items() if count)
    looked_at = sum(1 for line in found.payouts if line.outlier or line.new_bank)
    paragraphs = [
        f"As things stand {len(found.payouts)} payouts go out: {amounts}.",
        f"Against the last run: {changes}." if changes else "",
        *(_currency_sentence(line) for line in sums),
        f"Left out, with reasons: {len(found.left_out)}. To be looked at, by amount or bank account: {looked_at}.",
    ]
    acts.tell_staff(
        key=f"rehearsal:{found.week}",
        subject=f"Tomorrow's payday: {amounts}",
        text="\n\n".join(filter(None, paragraphs)),
        link="/staff/payday/",
        now=now,
    )


def _currency_sentence(line: CurrencyRehearsal) -> str:
    sentences = []
    if line.needs_release:
        sentences.append(f"{line.currency}: more than {_said(line.limit_minor, line)}, so two of you must release it.")
    if line.shortfall_minor:
        pending = "Money on its way in makes up for it." if line.helped_by_pending else "Nothing on its way covers it."
        sentences.append(f"{line.currency}: {_said(line.shortfall_minor, line)} are missing at Stripe today. {pending}")
    return " ".join(sentences)


def _said(amount_minor: int, line: CurrencyRehearsal) -> str:
    return money.formatted(amount_minor, currency=line.currency)


def _cash() -> Mapping[str, Cash] | None:
    try:
        held = stripe.balance()
    except ProviderFailed:
        return None
    return {
        currency: Cash(available_minor=balance.available_minor, pending_minor=balance.pending_minor)
        for currency, balance in held.items()
    }
