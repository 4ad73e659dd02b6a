"""Everything that must hold of the house's money, in one list for tests, for a shell, and for the clock."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Max, Min

from cliphaven.backoffice.models import ProofRun, ReconciliationRun
from cliphaven.backoffice.queries import late_jobs, reconciliations, told
from cliphaven.campaigns.queries import invariants as campaigns
from cliphaven.clips import queries as clips
from cliphaven.earnings.queries import proofs as earnings
from cliphaven.foundation.money import EXPONENTS, formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind, account_named
from cliphaven.payouts.queries import invariants as payouts
from cliphaven.tracking import queries as tracking

FAILURES_SHOWN_MAX = 100
# Nightly, and a day's grace for a Stripe that does not answer.
RECONCILED_WITHIN = timedelta(hours=36)
PROVED_WITHIN = timedelta(hours=36)
ARRIVES_WITHIN = timedelta(days=7)
NO_LEG_IS_LOST = "no leg is ever lost"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How far a proof looks; None: at everything.

    Books with up to `legs_max` legs are recomputed whole; larger ones by their sums, their floors and a sample, and
    whole by the nightly proof alone.
    """

    legs_max: int | None = None
    rows_max: int | None = None
    chains_max: int | None = None
    statements_max: int = 20
    told_max: int | None = None


EVERYTHING = Limits()
# Who writes what is read; what the passing of time alone can break is asked with everything else.
_BOOKS, _TIME = frozenset({"ledger", "earnings"}), frozenset[str]()
# What a quarter of an hour is enough for, whatever the size of the books.
AFFORDABLE = Limits(legs_max=200_000, rows_max=5_000, chains_max=25, told_max=100)


@dataclass(frozen=True, kw_only=True)
class LastProof:
    """The latest run of the invariants; what only a full proof asks, as that of `full_at` answered it."""

    ran_at: datetime
    full_at: datetime | None
    took_ms: int
    checks: Sequence[books.Check]

    @property
    def broken(self) -> list[books.Check]:
        """Those that do not hold."""
        return [check for check in self.checks if check.failures]


@one_snapshot
def checks(*, now: datetime, limits: Limits = EVERYTHING, rooms: frozenset[str] | None = None) -> list[books.Check]:
    """Every property, asked of one moment: the books, the rooms' rows against them, and Stripe as last asked.

    With `rooms`, only what writing to the tables of these can have broken, whatever the clock says.
    """
    trial = books.trial_balance()
    parts: tuple[tuple[frozenset[str], Callable[[], Iterable[books.Check]]], ...] = (
        (_BOOKS, lambda: _of_the_books(trial, limits=limits)),
        (_BOOKS, lambda: [_our_balance_is_not_negative(trial), _closed_time_is_balanced(), _closed_time_is_over(now)]),
        (_BOOKS, lambda: [told.told_balances_stay(limits.told_max)]),
        (_BOOKS, lambda: [_statements_add_up(trial, now=now, limits=limits)]),
        (frozenset({"campaigns"}), lambda: campaigns.checks(rows_max=limits.rows_max)),
        (frozenset({"payouts"}), lambda: payouts.checks(rows_max=limits.rows_max)),
        (_TIME, lambda: [_nothing_is_on_its_way_for_long(now), _stripe_agrees(now)]),
        (_TIME, lambda: [_everything_was_proved(now, limits=limits)]),
        (frozenset({"tracking"}), lambda: [_readings_are_whole(limits.chains_max)]),
        (_TIME, lambda: [late_jobs.every_job_is_seen_to()]),
    )
    return [check for reads, ask in parts if rooms is None or rooms & reads for check in ask()]


def last_proof() -> LastProof | None:
    """What the last run found, or None before the first."""
    runs = ProofRun.objects.order_by("-ran_at", "-id")
    run, full = runs.first(), runs.filter(is_full=True).first()
    if run is None:
        return None
    asked = {check["name"] for check in run.checks}
    only_full = [check for check in full.checks if check["name"] not in asked] if full is not None else []
    kept = [
        books.Check(name=check["name"], looked_at=check["looked_at"], failures=tuple(check["failures"]))
        for check in [*run.checks, *only_full]
    ]
    return LastProof(ran_at=run.ran_at, full_at=None if full is None else full.ran_at, took_ms=run.took_ms, checks=kept)


def _of_the_books(trial: books.TrialBalance, *, limits: Limits) -> Iterator[books.Check]:
    if limits.legs_max is None or not books.has_more_legs_than(limits.legs_max):
        yield from books.verify()
        yield _no_leg_is_lost()
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
    yield from books.prove_newest()


def _no_leg_is_lost() -> books.Check:
    """The books only grow: they have at least as many legs as whenever they were counted before."""
    legs = books.leg_count()
    most = ProofRun.objects.aggregate(legs=Max("legs"))["legs"] or 0
    failures = [f"the books have {legs:,} legs, and once had {most:,}"] if legs < most else []
    return _check(NO_LEG_IS_LOST, legs, failures)


def _everything_was_proved(now: datetime, *, limits: Limits) -> books.Check:
    """What a quarter of an hour is too short for is asked every night, and somebody hears when it is not."""
    name = "everything was proved within 36 hours"
    if limits == EVERYTHING:
        return _check(name, 1, [])
    runs = ProofRun.objects.order_by("ran_at", "id")
    first, full = runs.first(), runs.filter(is_full=True).last()
    since = full or first
    failures = []
    if since is not None and now - since.ran_at > PROVED_WITHIN:
        failures.append(
            f"{'the last full proof was' if full else 'no full proof since'} at {since.ran_at:%Y-%m-%d %H:%M} UTC: "
            "the nightly one does not get through"
        )
    return _check(name, int(full is not None), failures)


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


def _closed_time_is_over(now: datetime) -> books.Check:
    """Nobody closed the books ahead of time: what is recorded would be dated later than it happened."""
    through = books.closed_through()
    failures = []
    if through is not None and through > now:
        failures.append(f"the books are closed through {through:%Y-%m-%d %H:%M} UTC, which is still to come")
    return _check("closed time is over", int(through is not None), failures)


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
    """As the last reconciliation found it, and that Stripe was asked at all."""
    last, asked_at = reconciliations.last_judged(), reconciliations.last_asked_at()
    failures = []
    if last is not None and last.open_lines:
        failures.append(f"{last.open_lines:,} things did not tie when Stripe was last asked: see Reconciliation")
    since = asked_at or _first_reason_to_ask()
    if since is not None and now - since > RECONCILED_WITHIN:
        words = "Stripe was last asked at" if asked_at else "Stripe was never asked, and there is reason to since"
        failures.append(f"{words} {since:%Y-%m-%d %H:%M} UTC: the nightly run does not get through")
    return _check("the books agree with Stripe", 0 if last is None else last.balances_read, failures)


def _first_reason_to_ask() -> datetime | None:
    """When the first run began that did not get through, or the first money of a mirror moved; the earlier of both."""
    began_at = ReconciliationRun.objects.aggregate(at=Min("began_at"))["at"]
    firsts = [
        leg.occurred_at
        for kind in (AccountKind.STRIPE_BALANCE, AccountKind.STRIPE_CONNECTED)
        for currency in EXPONENTS
        for leg in books.mirror_legs(kind, currency=currency, limit=1)
    ]
    return min(filter(None, [began_at, *firsts]), default=None)


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
