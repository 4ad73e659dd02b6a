"""Everything that must hold of the house's money, in one list for tests, for a shell, and for the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from cliphaven.backoffice.models import ProofRun
from cliphaven.backoffice.queries import reconciliations
from cliphaven.campaigns.queries import invariants as campaigns
from cliphaven.clips import queries as clips
from cliphaven.earnings.queries import proofs as earnings
from cliphaven.foundation.money import formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind, account_named
from cliphaven.payouts.queries import invariants as payouts
from cliphaven.tracking import queries as tracking

FAILURES_SHOWN_MAX = 100
# Nightly, and a day's grace for a Stripe that does not answer.
RECONCILED_WITHIN = timedelta(hours=36)
ARRIVES_WITHIN = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How far a proof looks; None: at everything.

    Books with up to `legs_max` legs are recomputed whole; larger ones by their sums, their floors and a sample.
    """

    legs_max: int | None = None
    rows_max: int | None = None
    chains_max: int | None = None
    statements_max: int = 20


EVERYTHING = Limits()
# What a quarter of an hour is enough for, whatever the size of the books.
AFFORDABLE = Limits(legs_max=200_000, rows_max=5_000, chains_max=25)


@dataclass(frozen=True, kw_only=True)
class LastProof:
    """The latest run of the invariants, and when it was."""

    ran_at: datetime
    took_ms: int
    checks: Sequence[books.Check]

    @property
    def broken(self) -> list[books.Check]:
        """Those that do not hold."""
        return [check for check in self.checks if check.failures]


@one_snapshot
def checks(*, now: datetime, limits: Limits = EVERYTHING) -> list[books.Check]:
    """Every property, asked of one moment: the books, the rooms' rows against them, and Stripe as last asked."""
    trial = books.trial_balance()
    return [
        *_of_the_books(trial, limits=limits),
        _our_balance_is_not_negative(trial),
        _closed_time_is_balanced(),
        _statements_add_up(trial, now=now, limits=limits),
        *campaigns.checks(rows_max=limits.rows_max),
        *payouts.checks(rows_max=limits.rows_max),
        _nothing_is_on_its_way_for_long(now),
        _stripe_agrees(now),
        _readings_are_whole(limits.chains_max),
    ]


def last_proof() -> LastProof | None:
    """What the last run found, or None before the first."""
    run = ProofRun.objects.order_by("-ran_at", "-id").first()
    if run is None:
        return None
    kept = [
        books.Check(name=check["name"], looked_at=check["looked_at"], failures=tuple(check["failures"]))
        for check in run.checks
    ]
    return LastProof(ran_at=run.ran_at, took_ms=run.took_ms, checks=kept)


def _of_the_books(trial: books.TrialBalance, *, limits: Limits) -> Iterator[books.Check]:
    newest = books.search(limit=1).legs
    legs = newest[0].leg_id if newest else 0
    if limits.legs_max is None or legs <= limits.legs_max:
        yield from books.verify()
        yield from earnings.books_checks()
        return
    yield _check(
        "the books sum to zero",
        len(trial.lines),
        [
            f"the {currency} books are off by {formatted(difference, currency=currency)}"
            for currency, difference in trial.difference_minor.items()
            if difference
        ],
    )
    yield _check(
        "no guarded account is below zero",
        len(trial.lines),
        [
            f"{line.account} {line.currency} is {formatted(line.balance_minor, currency=line.currency)}"
            for line in trial.lines
            if line.balance_minor < 0
            and (account := account_named(line.account, currency=line.currency)) is not None
            and ACCOUNT_TYPES[account.kind].guarded
        ],
    )
    yield from books.prove_sample()


def _our_balance_is_not_negative(trial: books.TrialBalance) -> books.Check:
    """It is not guarded, because Stripe takes disputed money whether it is there or not: so somebody must look."""
    ours = [line for line in trial.lines if line.account == ACCOUNT_TYPES[AccountKind.STRIPE_BALANCE].pattern]
    return _check(
        "our balance at Stripe is not negative",
        len(ours),
        [
            f"stripe:balance is {formatted(line.balance_minor, currency=line.currency)}: we owe Stripe money, and no "
            "payday can run; see the runbook on negative balances"
            for line in ours
            if line.balance_minor < 0
        ],
    )


def _closed_time_is_balanced() -> books.Check:
    """What was closed is final, and so is that it sums to zero."""
    through = books.closed_through()
    if through is None:
        return _check("closed time sums to zero", 0, [])
    then = books.trial_balance(as_of=through)
    return _check(
        "closed time sums to zero",
        len(then.lines),
        [
            f"as of {through:%Y-%m-%d %H:%M} UTC the {currency} books are off by {formatted(off, currency=currency)}"
            for currency, off in then.difference_minor.items()
            if off
        ],
    )


def _statements_add_up(trial: books.TrialBalance, *, now: datetime, limits: Limits) -> books.Check:
    """What a page shows of an account totals to the balance in its own heading; other accounts each time."""
    lines = list(trial.lines)
    first = int(now.timestamp()) // 900 * limits.statements_max % max(1, len(lines))
    failures = []
    looked_at = 0
    for line in islice(lines[first:] + lines[:first], limits.statements_max):
        account = account_named(line.account, currency=line.currency)
        if account is None:
            failures.append(f"{line.account} {line.currency} has a name that no account can have")
            continue
        looked_at += 1
        statement = books.statement(account, limit=books.STATEMENT_LINES)
        newest = statement.postings[0].balance_minor if statement.postings else 0
        steps = all(
            older.balance_minor + newer.signed_minor == newer.balance_minor
            for newer, older in zip(statement.postings, statement.postings[1:], strict=False)
        )
        if not steps or not newest == statement.closing_minor == line.balance_minor:
            failures.append(f"the statement of {line.account} {line.currency} does not add up")
    return _check("statements add up to balances", looked_at, failures)


def _nothing_is_on_its_way_for_long(now: datetime) -> books.Check:
    """The accounts that money passes through return to zero."""
    oldest = {
        "money set aside for a transfer has waited": payouts.oldest_reserved_at(),
        "money at Stripe has been in no bank": payouts.oldest_in_transit_at(),
        "a refund has been on its way": campaigns.oldest_refund_at(),
    }
    moments = {what: moment for what, moment in oldest.items() if moment is not None}
    failures = [
        f"{what} for {(now - moment) // timedelta(days=1)} days"
        for what, moment in moments.items()
        if now - moment > ARRIVES_WITHIN
    ]
    return _check("nothing is on its way for more than seven days", len(moments), failures)


def _stripe_agrees(now: datetime) -> books.Check:
    """As the last reconciliation found it. Before the first there is nothing to say."""
    last = reconciliations.last_judged()
    if last is None:
        return _check("the books agree with Stripe", 0, [])
    failures = []
    if last.open_lines:
        failures.append(f"{last.open_lines:,} things did not tie when Stripe was last asked: see Reconciliation")
    if now - last.began_at > RECONCILED_WITHIN:
        failures.append(
            f"Stripe was last asked at {last.began_at:%Y-%m-%d %H:%M} UTC: the nightly run does not get through"
        )
    return _check("the books agree with Stripe", last.balances_read, failures)


def _readings_are_whole(chains_max: int | None) -> books.Check:
    """Each reading of a clip carries the hash of the one before it: nobody took one out or changed it."""
    clip_ids = list(clips.countable_clips().order_by("-id").values_list("id", flat=True)[:chains_max])
    failures = []
    for clip_id in clip_ids:
        place = tracking.broken_link(clip_id)
        if place is not None:
            failures.append(f"reading {place + 1} of clip {clip_id} does not follow from those before it")
    return _check("readings follow from each other", len(clip_ids), failures)


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))
