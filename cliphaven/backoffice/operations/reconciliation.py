"""Holding the books against Stripe: bring in what moved there, tie it to entries, keep a line for what does not tie."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import chain

from cliphaven.backoffice.models import (
    Offset,
    ReconciliationLine,
    ReconciliationRun,
    ReconciliationState,
    Tie,
)
from cliphaven.backoffice.queries.comparison import Comparison, StripeSide, compared
from cliphaven.backoffice.rules.findings import EXPLAINED, mirror_code
from cliphaven.backoffice.rules.matching import Matching
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts.operations import balance_transactions
from cliphaven.payouts.queries import mirrors
from cliphaven.providers import stripe

PLATFORM = ""
LINES_KEPT_MAX = 10_000
FIGURES_KEPT_MAX = 1_000
TIES_AT_ONCE = 5_000
# A balance that moves while it is read is read again, so often at most.
READINGS_MAX = 3
TOLD_EVERY = 25
# A run that says nothing for so long was broken off.
BROKEN_OFF_AFTER = timedelta(hours=12)
KEPT_FOR = timedelta(days=400)

log = logging.getLogger(__name__)


class NothingBroughtIn(ProviderFailed):
    """There is nothing yet to hold the books against: bring it in first."""


def _say_nothing(_: int, __: int) -> None:
    pass


@no_transaction
def reconcile(*, now: datetime, with_import: bool = True, tell: Callable[[int, int], None] = _say_nothing) -> int:
    """Hold the books against Stripe, to the cent; answers the id of the run that keeps what was found.

    Safe at any time, also twice at once. Without the import only what was brought in earlier is looked at, and Stripe
    is not asked. `tell` hears how many balances were read, of how many. Raises ProviderFailed when Stripe does not
    answer; a connected account that it no longer shows us is a line of its own.
    """
    run_id = _begin(with_import=with_import, now=now)
    try:
        sides = _read_all(run_id=run_id, now=now, tell=tell) if with_import else _as_brought_in()
    except ProviderFailed as failure:
        _end_silent(run_id=run_id, problem=f"{failure.code}: {failure.sentence}", now=now)
        raise
    if sides is None:
        _end_unfinished(run_id=run_id, now=now)
        return run_id
    found = compared(sides=sides, now=now)
    _keep(run_id=run_id, found=found, now=now)
    for line in found.lines:
        if line.finding not in EXPLAINED:
            log.error(
                "reconciliation: %s on %s: %s %s %s %s",
                line.finding,
                mirror_code(line.owner_id),
                line.difference_minor,
                line.currency,
                line.what,
                line.name,
            )
    return run_id


@own_transaction
def ask_for() -> None:
    """Let a run begin soon, unless one waits already."""
    jobs.defer("backoffice.reconcile", at_most_one_waiting="reconcile")


@own_transaction
def _begin(*, with_import: bool, now: datetime) -> int:
    ReconciliationRun.objects.filter(began_at__lt=now - KEPT_FOR).delete()
    ReconciliationRun.objects.filter(state=ReconciliationState.RUNNING, began_at__lt=now - BROKEN_OFF_AFTER).update(
        state=ReconciliationState.UNFINISHED, ended_at=now, problem="It was broken off."
    )
    return ReconciliationRun.objects.create(
        with_import=with_import, began_at=now, balances_total=1 + mirrors.connected_accounts_count()
    ).id


def _read_all(*, run_id: int, now: datetime, tell: Callable[[int, int], None]) -> list[StripeSide] | None:
    """Every balance with what moved on it, the platform's first; None when there is more than one run brings in."""
    total = ReconciliationRun.objects.values_list("balances_total", flat=True).get(id=run_id)
    balances: Iterator[tuple[int | None, str]] = chain([(None, PLATFORM)], mirrors.connected_accounts())
    sides: list[StripeSide] = []
    moved = 0

    def count(found: int) -> None:
        nonlocal moved
        moved += found

    for number, (owner_id, account) in enumerate(balances, start=1):
        side = _read(account, owner_id=owner_id, now=now, count=count)
        if side is None:
            return None
        sides.append(side)
        tell(number, total)
        if number % TOLD_EVERY == 0 or number == total:
            _note(run_id=run_id, balances_read=number, movements_read=moved)
    return sides


def _read(account: str, *, owner_id: int | None, now: datetime, count: Callable[[int], None]) -> StripeSide | None:
    held: dict[str, int] = {}
    for _ in range(READINGS_MAX):
        try:
            if not balance_transactions.bring_in(stripe_account=account, now=now, tell=count):
                return None
            balances = stripe.balance(account or None)
        except ProviderFailed as failure:
            if account == PLATFORM or failure.outcome is not Outcome.DEFINITE:
                raise
            return StripeSide(owner_id=owner_id, held_minor={}, problem=failure.code)
        held = {currency: it.available_minor + it.pending_minor for currency, it in balances.items()}
        held = {currency: amount for currency, amount in held.items() if amount}
        if held == mirrors.moved_minor(account):
            break
    return StripeSide(owner_id=owner_id, held_minor=held)


def _as_brought_in() -> list[StripeSide]:
    moved, owners, former = mirrors.moved_minor_by_account(), mirrors.owners(), mirrors.former_accounts()
    if not moved:
        raise NothingBroughtIn(
            "Nothing was brought in from Stripe yet", outcome=Outcome.NOT_EXECUTED, code="nothing_brought_in"
        )
    return [
        StripeSide(owner_id=owners.get(account), held_minor=held)
        for account, held in moved.items()
        if account not in former
    ]


@own_transaction
def _note(*, run_id: int, balances_read: int, movements_read: int) -> None:
    ReconciliationRun.objects.filter(id=run_id).update(balances_read=balances_read, movements_read=movements_read)


@own_transaction
def _end_silent(*, run_id: int, problem: str, now: datetime) -> None:
    ReconciliationRun.objects.filter(id=run_id).update(
        state=ReconciliationState.SILENT, ended_at=now, problem=problem[:300]
    )


@own_transaction
def _end_unfinished(*, run_id: int, now: datetime) -> None:
    ReconciliationRun.objects.filter(id=run_id).update(
        state=ReconciliationState.UNFINISHED,
        ended_at=now,
        problem="There is more to bring in than one run does. Run it again: it goes on where this one stopped.",
    )


@own_transaction
def _keep(*, run_id: int, found: Comparison, now: datetime) -> None:
    ties = _ties(found.matching, now=now)
    Tie.objects.bulk_create(ties, batch_size=TIES_AT_ONCE, ignore_conflicts=True)
    offsets = _offsets(found.matching, now=now)
    Offset.objects.bulk_create(offsets, batch_size=TIES_AT_ONCE, ignore_conflicts=True)
    ReconciliationLine.objects.bulk_create(
        [
            ReconciliationLine(
                run_id=run_id,
                finding=line.finding.value,
                account=mirror_code(line.owner_id),
                currency=line.currency,
                difference_minor=line.difference_minor,
                what=line.what[:160],
                name=line.name[:255],
                stripe_id=line.stripe_id,
                happened_at=line.at,
                sentence=line.sentence,
            )
            # What a person must look at first, should there be more than is kept.
            for line in sorted(found.lines, key=lambda line: line.finding in EXPLAINED)[:LINES_KEPT_MAX]
        ]
    )
    differs = any(line.finding not in EXPLAINED for line in found.lines)
    shown = [it for it in found.figures if it.account == mirror_code(None) or it.difference_minor]
    ReconciliationRun.objects.filter(id=run_id).update(
        state=ReconciliationState.DIFFERING if differs else ReconciliationState.AGREED,
        ended_at=now,
        new_ties=len(ties),
        figures=[asdict(figure) for figure in shown[:FIGURES_KEPT_MAX]],
        findings=dict(Counter(line.finding.value for line in found.lines)),
        legs_from=found.legs_from,
        legs_through=found.legs_through,
    )


def _ties(matching: Matching, *, now: datetime) -> list[Tie]:
    to_entries = [
        Tie(
            balance_transaction_id=moved.row_id,
            part=moved.part.value,
            entry_kind=int(entry.kind),
            external_id=entry.external_id,
            account=mirror_code(entry.owner_id),
            currency=entry.currency,
            tied_at=now,
        )
        for moved, entry in matching.ties
    ]
    to_returns = [
        Tie(balance_transaction_id=one.row_id, part=one.part.value, returned_by_id=other.row_id, tied_at=now)
        for gone, back in matching.returned
        for one, other in ((gone, back), (back, gone))
    ]
    return to_entries + to_returns


def _offsets(matching: Matching, *, now: datetime) -> list[Offset]:
    return [
        Offset(
            entry_kind=int(entry.kind),
            external_id=entry.external_id,
            account=mirror_code(entry.owner_id),
            currency=entry.currency,
            about=about,
            offset_at=now,
        )
        for entry, about in matching.offset
    ]
