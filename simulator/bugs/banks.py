"""Mistakes in the second phase, from connected accounts to banks, and about who may be paid at all."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

OUTGOING = "cliphaven.foundation.outgoing"
OPERATIONS = "cliphaven.payouts.operations"
TRANSFERS = f"{OPERATIONS}.transfers"
# What a letter's name says, taken for the truth.
TOLD = {"payout.created": "pending", "payout.updated": "in_transit", "payout.paid": "paid", "payout.failed": "failed"}


def _payout_opened_after_the_commit(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from django.db import transaction

        def later(**what: Any) -> None:
            with transaction.atomic():
                real(**what)

        return lambda **what: transaction.on_commit(partial(later, **what))

    planting.replace(f"{OPERATIONS}.openings", "open_if_ready", make)


def _next_attempt_is_the_same_row(planting: Planting) -> None:
    def make(_: Any) -> Any:
        from cliphaven.payouts.models import BankPayout

        def again(*, payout: Any, state: Any, due_at: datetime, now: datetime) -> None:
            BankPayout.objects.filter(id=payout.id).update(
                state=state.value, due_at=due_at, attempt=payout.attempt + 1, stripe_id=None, first_sent_at=None
            )

        return again

    planting.replace(f"{OPERATIONS}.settlement", "open_next", make)


def _next_attempt_before_the_last_is_over(planting: Planting) -> None:
    """Banks that have had a payout for hours are taken for banks that refused it."""
    planting.sql("drop index one_live_bank_payout")

    def make(real: Any) -> Any:
        from cliphaven.payouts.models import BankPayout

        def record(*, bank_payout_id: int, facts: Any, now: datetime) -> None:
            real(bank_payout_id=bank_payout_id, facts=facts, now=now)
            payout = BankPayout.objects.get(id=bank_payout_id)
            later = BankPayout.objects.filter(batch=payout.batch, creator=payout.creator, attempt__gt=payout.attempt)
            if payout.state == "in_transit" and now - facts.created_at > timedelta(hours=12) and not later.exists():
                _another(payout, now=now)

        return record

    planting.replace(f"{OPERATIONS}.settlement", "record", make)


def _another(payout: Any, *, now: datetime) -> None:
    from django.db import transaction

    from cliphaven.payouts.operations import settlement
    from cliphaven.payouts.rules import BankPayoutState

    with transaction.atomic():
        settlement.open_next(payout=payout, state=BankPayoutState.WAITING_FOR_FUNDS, due_at=now, now=now)


def _money_sent_back_is_ignored(planting: Planting) -> None:
    def make(real: Any) -> Any:
        # Paid is paid.
        return lambda status, *, before: None if before == "paid" else real(status, before=before)

    planting.replace("cliphaven.payouts.rules", "payout_state", make)


def _letters_are_believed(planting: Planting) -> None:
    def dealing(real: Any) -> Any:
        from cliphaven.payouts.operations import settlement
        from cliphaven.providers import stripe

        def deal_with(event: Any, *, now: datetime) -> str:
            if event.event_type not in TOLD or not event.connected_account:
                return str(real(event, now=now))
            facts = stripe.payout(stripe_id=event.object_id, connected_account=event.connected_account)
            row = settlement._row_of(facts, connected_account=event.connected_account)
            if row is not None:
                as_told = replace(facts, status=TOLD[event.event_type])
                settlement.record(bank_payout_id=row.pk, facts=as_told, now=now)
            return "as the letter says"

        return deal_with

    planting.replace("cliphaven.webhooks.operations", "_deal_with", dealing)
    _states_follow_any_order(planting)


def _states_follow_any_order(planting: Planting) -> None:
    """Nobody asks any more whether a step is listed."""

    def walking(_: Any) -> Any:
        def move(row: Any, *, to: str, **changes: Any) -> None:
            changes["state"] = str(to)
            type(row)._default_manager.filter(pk=row.pk).update(**changes)
            for name, value in changes.items():
                setattr(row, name, value)

        return move

    def saying(real: Any) -> Any:
        from cliphaven.payouts.rules import BankPayoutState

        return lambda status, *, before: real(status, before=BankPayoutState.SENDING)

    planting.replace(f"{OUTGOING}.sender", "move", walking)
    planting.replace("cliphaven.payouts.rules", "payout_state", saying)


def _new_bank_account_is_not_held(planting: Planting) -> None:
    planting.replace(f"{OPERATIONS}.bank_payouts", "_held_until", lambda _: lambda account, *, currency: None)


def _pause_counts_when_it_is_over(planting: Planting) -> None:
    """The condition is the wrong way round: what was resumed is paused, and what is paused is not."""
    from cliphaven.payouts.models import PayoutPause

    def live(*, creator_id: int) -> Any:
        return PayoutPause.objects.filter(creator_id=creator_id, resumed_at__isnull=False).first()

    def paused_among(creator_ids: Iterable[int]) -> set[int]:
        over = PayoutPause.objects.filter(creator_id__in=list(creator_ids), resumed_at__isnull=False)
        return set(over.values_list("creator_id", flat=True))

    planting.replace("cliphaven.payouts.queries.pauses", "live", lambda _: live)
    planting.replace("cliphaven.payouts.queries.choices", "paused_among", lambda _: paused_among)


BUGS: tuple[Bug, ...] = (
    Bug(
        name="payout_opened_after_the_commit",
        what="the payout to the bank is opened by a hook after the commit, which a kill loses",
        invariant="I17",
        plant=_payout_opened_after_the_commit,
        shows_in=circumstances.befalls("committed", "kill", "lost_after_commit"),
    ),
    Bug(
        name="next_attempt_is_the_same_row",
        what="a payout that failed is tried again in the same row",
        invariant="I15",
        plant=_next_attempt_is_the_same_row,
        shows_in=circumstances.all_of(circumstances.bad_banks, circumstances.paid_by_banks),
        heals=True,
    ),
    Bug(
        name="slow_bank_is_paid_again",
        what="a payout that has been in transit for half a day is taken for lost, and another one opened",
        invariant="I12",
        plant=_next_attempt_before_the_last_is_over,
        shows_in=circumstances.paid_by_banks,
        heals=True,
    ),
    Bug(
        name="money_sent_back_is_ignored",
        what="a payout that was paid is never looked at again, though banks send money back",
        invariant="I16",
        plant=_money_sent_back_is_ignored,
        shows_in=circumstances.all_of(circumstances.bad_banks, circumstances.paid_by_banks),
    ),
    Bug(
        name="letters_are_believed",
        what="a payout takes the state that a letter tells, in whatever order letters come",
        invariant="I15",
        plant=_letters_are_believed,
        shows_in=circumstances.all_of(
            circumstances.letters("out_of_order", "late", "replayed"), circumstances.paid_by_banks
        ),
        heals=True,
    ),
    Bug(
        name="new_bank_account_is_not_held",
        what="a payout goes to a new bank account at once, not after 72 hours",
        invariant="I15",
        plant=_new_bank_account_is_not_held,
        shows_in=circumstances.all_of(circumstances.bent_on("payout set-up"), circumstances.paid_by_banks),
        heals=True,
    ),
    Bug(
        name="pause_counts_when_it_is_over",
        what="the condition for a live pause is the wrong way round",
        invariant="I15",
        plant=_pause_counts_when_it_is_over,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.weeks_go_by, circumstances.bent_on("pause")),
        heals=True,
    ),
)
