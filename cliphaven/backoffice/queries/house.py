"""What must hold of the house as a whole: of the books over time, of what pages show, and of what Stripe says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Max, Min

from cliphaven.backoffice.models import ProofRun, ReconciliationRun
from cliphaven.backoffice.queries import late_jobs, reconciliations, told
from cliphaven.campaigns.queries import invariants as campaigns
from cliphaven.earnings import queries as earnings
from cliphaven.foundation.money import EXPONENTS, formatted
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind, account_named
from cliphaven.payouts.queries import invariants as payouts

FAILURES_SHOWN_MAX = 100
# Nightly, and a day's grace for a Stripe that does not answer.
RECONCILED_WITHIN = timedelta(hours=36)
PROVED_WITHIN = timedelta(hours=36)
ARRIVES_WITHIN = timedelta(days=7)
NO_LEG_IS_LOST = "no leg is ever lost"
PEOPLE_SHOWN = 5


def _no_leg_is_lost(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """The books only grow: they have at least as many legs as whenever they were counted before."""
    legs = books.leg_count()
    most = ProofRun.objects.aggregate(legs=Max("legs"))["legs"] or 0
    failures = [f"the books have {legs:,} legs, and once had {most:,}"] if legs < most else []
    return _check(NO_LEG_IS_LOST, legs, failures)


def _everything_was_proved(look: books.Look) -> books.Check:
    """What a quarter of an hour is too short for is asked every night, and somebody hears when it is not."""
    name = "everything was proved within 36 hours"
    now = look.now
    if look.limits == books.EVERYTHING:
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


def _our_balance_is_not_negative(look: books.Look) -> books.Check:
    """It is not guarded, because Stripe takes disputed money whether it is there or not: so somebody must look."""
    ours = [line for line in look.trial.lines if line.account == ACCOUNT_TYPES[AccountKind.STRIPE_BALANCE].pattern]
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


def _closed_time_is_balanced(look: books.Look) -> books.Check:  # noqa: ARG001  # all of it
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


def _closed_time_is_over(look: books.Look) -> books.Check:
    """Nobody closed the books ahead of time: what is recorded would be dated later than it happened."""
    through = books.closed_through()
    failures = []
    if through is not None and through > look.now:
        failures.append(f"the books are closed through {through:%Y-%m-%d %H:%M} UTC, which is still to come")
    return _check("closed time is over", int(through is not None), failures)


def _statements_add_up(look: books.Look) -> books.Check:
    """What a page shows of an account totals to the balance in its own heading; other accounts each time."""
    lines = list(look.trial.lines)
    at_once = look.limits.statements_max
    first = _turn(look.now) * at_once % max(1, len(lines))
    failures = []
    looked_at = 0
    for line in islice(lines[first:] + lines[:first], at_once):
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


def _nothing_is_on_its_way_for_long(look: books.Look) -> books.Check:
    """The accounts that money passes through return to zero."""
    oldest = {
        "money set aside for a transfer has waited": payouts.oldest_reserved_at(),
        "money at Stripe has been in no bank": payouts.oldest_in_transit_at(),
        "a refund has been on its way": campaigns.oldest_refund_at(),
    }
    moments = {what: moment for what, moment in oldest.items() if moment is not None}
    failures = [
        f"{what} for {(look.now - moment) // timedelta(days=1)} days"
        for what, moment in moments.items()
        if look.now - moment > ARRIVES_WITHIN
    ]
    return _check("nothing is on its way for more than seven days", len(moments), failures)


def _stripe_agrees(look: books.Look) -> books.Check:
    """As the last reconciliation found it, and that Stripe was asked at all."""
    last, asked_at = reconciliations.last_judged(), reconciliations.last_asked_at()
    failures = []
    if last is not None and last.open_lines:
        failures.append(f"{last.open_lines:,} things did not tie when Stripe was last asked: see Reconciliation")
    since = asked_at or _first_reason_to_ask()
    if since is not None and look.now - since > RECONCILED_WITHIN:
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


def _what_creators_see_adds_up(look: books.Look) -> books.Check:
    """A creator's balance page totals to its own heading, and is what the books have; other creators each time."""
    kinds = (AccountKind.CREATOR_CLEARING, AccountKind.CREATOR_HELD, AccountKind.CREATOR_PAYABLE)
    whose = sorted({whose for kind in kinds for whose in look.owned.get(kind, {})})
    at_once = min(look.limits.statements_max, PEOPLE_SHOWN)
    first = _turn(look.now) * at_once % max(1, len(whose))
    shown = (whose[first:] + whose[:first])[:at_once]
    failures = []
    for creator_id, currency in shown:
        page = earnings.explained_balance(creator_id=creator_id, currency=currency, now=look.now)
        explained = page.payable_minor + sum(blocker.amount_minor for blocker in page.blockers)
        if explained != page.owed_minor:
            failures.append(
                f"creator {creator_id} sees {formatted(page.owed_minor, currency=currency)} in all, and "
                f"{formatted(explained, currency=currency)} in its parts"
            )
        for kind, minor in zip(kinds, (page.clearing_minor, page.held_minor, page.payable_minor), strict=True):
            booked = look.owned.get(kind, {}).get((creator_id, currency), 0)
            if minor != booked:
                failures.append(
                    f"creator {creator_id} sees {formatted(minor, currency=currency)} under {kind}, and the books have "
                    f"{formatted(booked, currency=currency)}"
                )
    return _check("what creators are shown adds up", len(shown), failures)


def _turn(now: datetime) -> int:
    """Which quarter of an hour it is, so that each look takes its turn."""
    return int(now.timestamp()) // 900


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


_CLOSED = books.CLOSES | books.BUCKETS
QUESTIONS = (
    books.Question(name=NO_LEG_IS_LOST, reads=books.LEGS, ask=_no_leg_is_lost, recomputes=True),
    books.Question(name="our balance at Stripe is not negative", reads=books.LEGS, ask=_our_balance_is_not_negative),
    books.Question(name="closed time sums to zero", reads=_CLOSED, ask=_closed_time_is_balanced),
    books.Question(name="closed time is over", reads=books.CLOSES, ask=_closed_time_is_over),
    # Nothing can be dated into closed time, which is a property of its own: writing the books does not touch this one.
    books.Question(
        name="balances of closed time stay as told",
        reads=_CLOSED,
        ask=lambda look: told.told_balances_stay(look.limits.told_max),
    ),
    books.Question(name="statements add up to balances", reads=books.LEGS, ask=_statements_add_up),
    books.Question(
        name="what creators are shown adds up",
        reads=books.LEGS | {"earnings_hold", "earnings_accrual"},
        ask=_what_creators_see_adds_up,
    ),
    books.Question(
        name="nothing is on its way for more than seven days",
        reads=books.TIME,
        ask=_nothing_is_on_its_way_for_long,
    ),
    books.Question(name="the books agree with Stripe", reads=books.TIME, ask=_stripe_agrees),
    books.Question(name="everything was proved within 36 hours", reads=books.TIME, ask=_everything_was_proved),
    books.Question(
        name="every job is done, waits its time, runs, or is shown as given up",
        reads=books.TIME,
        ask=lambda look: late_jobs.every_job_is_seen_to(now=look.now),
    ),
)
