"""What must hold of payouts' items among each other: which steps they walked, and that none is there twice."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Max, Q, Sum

from cliphaven.earnings.queries import totals
from cliphaven.foundation.money import formatted
from cliphaven.foundation.outgoing import steps
from cliphaven.ledger import queries as books
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, BatchState, Transfer, TransferReversal
from cliphaven.payouts.queries import batches
from cliphaven.payouts.rules import BANK_PAYOUT_OVER, TransferState

FAILURES_SHOWN_MAX = 100
_ITEMS = (Transfer, BankPayout, TransferReversal)


def _steps_are_listed(look: books.Look) -> books.Check:
    found = [steps.walked(model, newest=look.limits.rows_max) for model in _ITEMS]
    return _check(
        "transfers, payouts and reversals walk only listed steps",
        sum(one.looked_at for one in found),
        (failure for one in found for failure in one.failures),
    )


def _a_failed_attempt_is_over(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Before there is a next attempt at some money, the one before it has ended at Stripe."""
    over = sorted(state.value for state in BANK_PAYOUT_OVER)
    whose = ("batch_id", "creator_id", "currency", "part")
    parts = (
        BankPayout.objects.order_by(*whose)
        .values(*whose)
        .annotate(rows=Count("id"), latest=Max("attempt"), open=Max("attempt", filter=~Q(state__in=over)))
        .filter(rows__gt=1)
    )
    open_ones = Q()
    number = 0
    for part in parts:
        number += 1
        if part["open"] is not None and part["open"] < part["latest"]:
            open_ones |= Q(**{name: part[name] for name in whose}, attempt__lt=part["latest"]) & ~Q(state__in=over)
    failing = BankPayout.objects.filter(open_ones).order_by("id")[:FAILURES_SHOWN_MAX] if open_ones else []
    return _check(
        "an attempt is over before the next one",
        number,
        (f"payout {row.id} is {row.state}, and there is a later attempt at its money" for row in failing),
    )


def _an_object_is_of_one_item(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """What Stripe made was made for one of our rows: no transfer, payout or reversal counts for two."""
    failures: list[str] = []
    looked_at = 0
    for model in _ITEMS:
        known = model._default_manager.filter(stripe_id__isnull=False)
        looked_at += known.count()
        twice = known.values_list("stripe_id").annotate(times=Count("pk")).filter(times__gt=1).order_by("stripe_id")
        failures += [f"{stripe_id} counts for {times} of our rows" for stripe_id, times in twice[:FAILURES_SHOWN_MAX]]
    again = TransferReversal.objects.filter(sent_again_id__in=Transfer.objects.values("stripe_id")).order_by("id")
    failures += [f"{row.sent_again_id} is a transfer of ours, and what reversal {row.id} sent again" for row in again]
    return _check("an object at Stripe counts once", looked_at, failures)


def _a_week_has_one_batch(look: books.Look) -> books.Check:  # noqa: ARG001  # they are few
    """Of all batches of a week one at most is not sent back, and each is of the week in which it was planned.

    The week is worked out anew: a mistake of whoever names it must not hide here as well.
    """
    rows = list(Batch.objects.order_by("id").values_list("id", "iso_week", "state", "planned_at"))
    live: dict[str, int] = {}
    failures = []
    for batch_id, week, state, planned_at in rows:
        if state != BatchState.SENT_BACK:
            live[week] = live.get(week, 0) + 1
        year, number, _ = (planned_at - timedelta(hours=rules.PAYDAY_HOUR)).isocalendar()
        if week != f"{year}-W{number:02d}":
            failures.append(f"batch {batch_id} is of {week}, and was planned in {year}-W{number:02d}")
    failures += [f"week {week} has {times} batches" for week, times in sorted(live.items()) if times > 1]
    return _check("a week has one batch", len(rows), failures)


def _no_campaign_sends_more_than_it_earned(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """What was sent to each creator for each campaign and not taken back is at most what they earned in it."""
    sent = {
        (creator_id, campaign_id): (int(minor), currency)
        for creator_id, campaign_id, currency, minor in Transfer.objects.filter(state__in=sorted(batches.BOOKED))
        .order_by("creator_id", "campaign_id")
        .values_list("creator_id", "campaign_id", "currency")
        .annotate(Sum("amount_minor"))
    }
    back = TransferReversal.objects.filter(booked_at__isnull=False, sent_again_id=None).exclude(
        transfer__state=TransferState.RELEASED
    )
    kept = {
        (creator_id, campaign_id): int(minor)
        for creator_id, campaign_id, minor in back.order_by()
        .values_list("transfer__creator_id", "transfer__campaign_id")
        .annotate(Sum("amount_minor"))
    }
    earned = totals.net_by_campaign()
    failures = [
        f"creator {whose[0]} was sent {formatted(minor - kept.get(whose, 0), currency=currency)} for campaign "
        f"{whose[1]}, and earned {formatted(earned.get(whose, 0), currency=currency)} in it"
        for whose, (minor, currency) in sent.items()
        if minor - kept.get(whose, 0) > earned.get(whose, 0)
    ]
    return _check("nobody is sent more for a campaign than they earned in it", len(sent), failures)


def _check(name: str, looked_at: int, failures: Iterable[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures)[:FAILURES_SHOWN_MAX])


_SENT = frozenset({"payouts_transfer", "payouts_transferreversal"})
_PAID_OUT = frozenset({"payouts_bankpayout"})
QUESTIONS = (
    books.Question(
        name="transfers, payouts and reversals walk only listed steps", reads=_SENT | _PAID_OUT, ask=_steps_are_listed
    ),
    books.Question(name="an attempt is over before the next one", reads=_PAID_OUT, ask=_a_failed_attempt_is_over),
    books.Question(name="an object at Stripe counts once", reads=_SENT | _PAID_OUT, ask=_an_object_is_of_one_item),
    books.Question(name="a week has one batch", reads=frozenset({"payouts_batch"}), ask=_a_week_has_one_batch),
    books.Question(
        name="nobody is sent more for a campaign than they earned in it",
        reads=_SENT | {"earnings_accrual"},
        ask=_no_campaign_sends_more_than_it_earned,
    ),
)
