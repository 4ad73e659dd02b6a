"""Every listed step from one state to another is really taken, by real operations against the pretend Stripe.

The database writes down each step as it happens. A story declares the steps it is told for; all stories together take
every one there is.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Transfer, TransferReversal
from cliphaven.payouts.operations import bank_payouts, reversals, reviews, settlement, transfers
from cliphaven.providers import stripe
from tests.people import MONDAY, a_user, dot
from tests.rooms.payouts.conftest import CLOSED_BANK, REFUSING_BANK, Payday, bank_of
from tests.rooms.payouts.test_stuck import moved_between

pytestmark = pytest.mark.django_db

Edge = tuple[str, str]
TRANSFERS, PAYOUTS = "v1/transfers", "v1/payouts"


class WorkerDied(BaseException):
    """Nobody catches it, like the end of a process."""


def die(*_: object, **__: object) -> Any:
    raise WorkerDied


def watch(table: str) -> Callable[[], set[Edge]]:
    """From now on the database notes each step of this table's rows; the answer tells which were taken."""
    with connection.cursor() as cursor:
        cursor.execute(f"create temp table if not exists steps_of_{table} (was text, is_now text) on commit drop")
        cursor.execute(
            f"create or replace function note_{table}() returns trigger language plpgsql as $$ begin"
            f" insert into steps_of_{table} values (old.state, new.state); return null; end $$"
        )
        cursor.execute(
            f"create trigger note_{table} after update of state on {table} for each row execute function note_{table}()"
        )

    def taken() -> set[Edge]:
        with connection.cursor() as cursor:
            cursor.execute(f"select distinct was, is_now from steps_of_{table}")  # a name of our own
            return set(cursor.fetchall())

    return taken


def lost(payday: Payday, path: str, kind: str = "error_500") -> None:
    payday.world.fault("stripe", kind, path_prefix=path)


def absent_twice(payday: Payday, path: str, send: Callable[[], object]) -> None:
    """The call gets lost on its way there, is looked for twice, and may be made anew."""
    lost(payday, path)
    send()
    payday.advance(hours=26)
    send()
    payday.advance(minutes=11)
    send()


def transfer_by_hand(transfer: Transfer, *, amount_minor: int | None = None, key: str = "by hand") -> str:
    """A call of ours that was thought lost arrives after all, or something else under its name."""
    made = stripe.send_transfer(
        amount_minor=amount_minor or transfer.amount_minor,
        currency=transfer.currency,
        destination=transfer.destination,
        transfer_group=transfer.group,
        metadata={"transfer": str(transfer.id)},
        idempotency_key=f"{transfer.group}:{key}",
    )
    return made.stripe_id


# ---- transfers


def a_transfer_goes(payday: Payday) -> None:
    payday.send(payday.planned_transfer())


def a_transfer_waits_a_day_after_it_was_not_executed(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    lost(payday, TRANSFERS, "rate_limit_429")
    payday.send(transfer)
    payday.advance(hours=26)
    payday.send(transfer)


def a_transfer_is_absent_twice_and_arrives_after_all(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    absent_twice(payday, TRANSFERS, lambda: payday.send(transfer))
    transfers.settle_hint(stripe_id=transfer_by_hand(transfer), now=payday.now)


def the_same_and_the_books_refuse_it(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    absent_twice(payday, TRANSFERS, lambda: payday.send(transfer))
    moved_between(transfer, EntryKind.UNRESERVE)
    transfers.settle_hint(stripe_id=transfer_by_hand(transfer), now=payday.now)


def an_account_that_left_is_refused(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    transfer.creator.connected_account.delete()
    payday.world.http.delete(
        f"{payday.world.url}/stripe/v1/accounts/{transfer.destination}",
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    )
    payday.send(transfer)


def a_transfer_is_refused_and_its_worker_had_died(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    with pytest.raises(WorkerDied):
        transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=die)
    payday.advance(minutes=11)
    payday.send(transfer)


def a_transfer_is_lost_and_sent_again(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    lost(payday, TRANSFERS)
    payday.send(transfer)
    payday.advance(minutes=2)
    payday.send(transfer)


def a_transfers_key_was_used_for_something_else(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    key = rules.transfer_key(group="", amount_minor=transfer.amount_minor, attempt=1)
    transfer_by_hand(transfer, amount_minor=1, key=key.removeprefix(":"))
    payday.send(transfer)


def something_else_is_found_and_looked_at_again(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    transfer_by_hand(transfer, amount_minor=1)
    lost(payday, TRANSFERS)
    payday.send(transfer)
    payday.advance(hours=26)
    payday.send(transfer)
    reviews.look_again_for_transfer(transfer_id=transfer.id, now=payday.now)


def a_transfer_is_heard_of_while_a_person_looks_for_it(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    stripe.send_transfer(
        amount_minor=1,
        currency=transfer.currency,
        destination=transfer.destination,
        transfer_group="another",
        metadata={},
        idempotency_key=transfers.SENDER.key(transfer),
    )
    payday.send(transfer)
    transfers.settle_hint(stripe_id=transfer_by_hand(transfer), now=payday.now)


def an_answer_is_lost_and_looked_up(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    lost(payday, TRANSFERS, "drop_after_effect")
    payday.send(transfer)
    payday.advance(hours=26)
    payday.send(transfer)


def taken_back(payday: Payday, transfer: Transfer) -> int:
    asked = reversals.take_back(transfer_id=transfer.id, staff_id=dot().id, reason="a test", now=payday.now)
    assert asked is not None
    return asked


def send_reversal(payday: Payday, reversal_id: int) -> TransferReversal:
    reversals.send(reversal_id=reversal_id, now=payday.now, read_clock=payday.world.now)
    return TransferReversal.objects.get(id=reversal_id)


def sent(payday: Payday, *, is_slow: bool = False) -> Transfer:
    return payday.send(payday.planned_transfer(is_slow=is_slow))


def a_transfer_is_taken_back(payday: Payday) -> None:
    send_reversal(payday, taken_back(payday, sent(payday)))


def a_transfer_cannot_be_taken_back(payday: Payday) -> None:
    send_reversal(payday, taken_back(payday, sent(payday, is_slow=True)))


def reverse_by_hand(payday: Payday, transfer: Transfer, *, name: int | None = None, amount: int | None = None) -> None:
    stripe.reverse_transfer(
        transfer_id=str(transfer.stripe_id),
        amount_minor=amount or transfer.amount_minor,
        metadata={} if name is None else {"transfer_reversal": str(name)},
        idempotency_key=f"{transfer.group}:reversed by hand",
    )
    reversals.settle_hint(stripe_id=str(transfer.stripe_id), now=payday.now)


def somebody_takes_it_back_at_stripe(payday: Payday) -> None:
    reverse_by_hand(payday, sent(payday))


TRANSFER_STORIES: dict[Callable[[Payday], None], set[Edge]] = {
    a_transfer_goes: {("reserved", "sending"), ("sending", "sent")},
    a_transfer_waits_a_day_after_it_was_not_executed: {("sending", "reserved"), ("reserved", "unknown")},
    a_transfer_is_absent_twice_and_arrives_after_all: {
        ("unknown", "unknown"),
        ("unknown", "reserved"),
        ("reserved", "sent"),
    },
    the_same_and_the_books_refuse_it: {("reserved", "needs_review")},
    an_account_that_left_is_refused: {("sending", "released")},
    a_transfer_is_refused_and_its_worker_had_died: {("sending", "sending")},
    a_transfer_is_lost_and_sent_again: {("sending", "unknown"), ("unknown", "sending")},
    a_transfers_key_was_used_for_something_else: {("sending", "needs_review")},
    something_else_is_found_and_looked_at_again: {("unknown", "needs_review"), ("needs_review", "unknown")},
    an_answer_is_lost_and_looked_up: {("unknown", "sent")},
    a_transfer_is_heard_of_while_a_person_looks_for_it: {("needs_review", "sent")},
    a_transfer_is_taken_back: {("sent", "reversing"), ("reversing", "reversed")},
    a_transfer_cannot_be_taken_back: {("reversing", "sent")},
    somebody_takes_it_back_at_stripe: {("sent", "reversed")},
}


def wants_transfers(payday: Payday, destination: str, *, wants: bool) -> None:
    payday.world.http.post(
        f"{payday.world.url}/stripe/v1/accounts/{destination}/capabilities/transfers",
        data={"requested": str(wants).lower()},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    )


def an_account_loses_its_capability_before_it_is_sent(payday: Payday) -> None:
    transfer = payday.planned_transfer()
    wants_transfers(payday, transfer.destination, wants=False)
    payday.advance(minutes=11)
    payday.send(transfer)


def a_refused_transfer_is_made_after_all_and_taken_back(payday: Payday) -> None:
    an_account_loses_its_capability_before_it_is_sent(payday)
    transfer = Transfer.objects.get()
    wants_transfers(payday, transfer.destination, wants=True)
    transfers.settle_hint(stripe_id=transfer_by_hand(transfer), now=payday.now)
    transfer.refresh_from_db()
    reverse_by_hand(payday, transfer)


TRANSFER_STORIES[an_account_loses_its_capability_before_it_is_sent] = {("reserved", "released")}
TRANSFER_STORIES[a_refused_transfer_is_made_after_all_and_taken_back] = {("released", "reversed")}


# ---- bank payouts


def payout_by_hand(payout: BankPayout, *, amount_minor: int | None = None, key: str = "by hand") -> str:
    """A call of ours that was thought lost arrives after all, or something else under its name."""
    made = stripe.send_payout(
        connected_account=payout.connected_account,
        bank_account_id=bank_of(payout.creator).stripe_id,
        amount_minor=amount_minor or payout.amount_minor,
        currency=payout.currency,
        metadata={"bank_payout": str(payout.id)},
        idempotency_key=key,
    )
    return made.stripe_id


def heard_of(payday: Payday, payout: BankPayout, stripe_id: str) -> None:
    settlement.settle_hint(stripe_id=stripe_id, connected_account=payout.connected_account, now=payday.now)


def a_payout_goes_its_way(payday: Payday) -> None:
    payout = payday.pay_out(payday.waiting_payout())
    payday.settle(payout)
    for hours in (2, 1, 60, 1):
        payday.advance(hours=hours)
        payday.settle(payout)


def a_payout_arrives_while_nobody_looks(payday: Payday) -> None:
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(days=3)
    payday.settle(payout)


def a_payout_is_refused_at_once(payday: Payday) -> None:
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    payday.advance(days=3)
    payday.settle(payout)


def a_payout_is_refused_on_its_way(payday: Payday) -> None:
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    payday.advance(hours=2)
    payday.settle(payout)
    payday.advance(days=3)
    payday.settle(payout)


def a_payout_comes_back(payday: Payday) -> None:
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    for days in (2, 1):
        payday.advance(days=days)
        payday.settle(payout)


def a_payout_waits_for_money(payday: Payday) -> None:
    payday.pay_out(payday.waiting_payout(is_slow=True))


def a_payout_waits_a_day_after_it_was_not_executed(payday: Payday) -> None:
    payout = payday.waiting_payout()
    lost(payday, PAYOUTS, "rate_limit_429")
    payday.pay_out(payout)
    payday.advance(hours=26)
    payday.pay_out(payout)


def a_payout_is_lost_and_sent_again(payday: Payday) -> None:
    payout = payday.waiting_payout()
    lost(payday, PAYOUTS)
    payday.pay_out(payout)
    payday.advance(minutes=2)
    payday.pay_out(payout)


def a_payout_is_absent_twice(payday: Payday) -> None:
    payout = payday.waiting_payout()
    absent_twice(payday, PAYOUTS, lambda: payday.pay_out(payout))


def a_payouts_worker_dies(payday: Payday) -> None:
    payout = payday.waiting_payout()
    with pytest.raises(WorkerDied):
        bank_payouts.send(bank_payout_id=payout.id, now=payday.now, read_clock=die)
    payday.advance(minutes=11)
    payday.pay_out(payout)


def a_payouts_key_was_used_for_something_else(payday: Payday) -> None:
    a_key_used_for_another_payout(payday, payday.waiting_payout())


def a_key_used_for_another_payout(payday: Payday, payout: BankPayout) -> None:
    stripe.send_payout(
        connected_account=payout.connected_account,
        bank_account_id=bank_of(payout.creator).stripe_id,
        amount_minor=1,
        currency=payout.currency,
        metadata={},
        idempotency_key=bank_payouts.SENDER.key(payout),
    )
    stripe.send_transfer(
        amount_minor=1,
        currency="USD",
        destination=payout.connected_account,
        transfer_group="the cent that is missing now",
        metadata={},
        idempotency_key=f"cent:{payout.connected_account}",
    )
    payday.pay_out(payout)


def another_payout_is_found_and_looked_at_again(payday: Payday) -> None:
    payout = payday.waiting_payout()
    lost(payday, PAYOUTS)
    payday.pay_out(payout)
    payout_by_hand(payout, amount_minor=1)
    payday.advance(hours=26)
    payday.pay_out(payout)
    reviews.look_again_for_payout(bank_payout_id=payout.id, now=payday.now)


def a_waiting_payout_is_withdrawn(payday: Payday) -> None:
    payday.waiting_payout()
    taken_back(payday, Transfer.objects.get())


def a_stopped_payout_in_review_is_withdrawn(payday: Payday) -> None:
    payout = payday.pay_out(payday.waiting_payout())
    payday.world.http.post(
        f"{payday.world.url}/stripe/v1/payouts/{payout.stripe_id}/cancel",
        headers={
            "Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}",
            "Stripe-Account": payout.connected_account,
        },
    )
    payday.settle(payout)
    taken_back(payday, Transfer.objects.get())


PAYOUT_STORIES: dict[Callable[[Payday], None], set[Edge]] = {
    a_payout_goes_its_way: {
        ("waiting_for_funds", "sending"),
        ("sending", "pending"),
        ("pending", "pending"),
        ("pending", "in_transit"),
        ("in_transit", "in_transit"),
        ("in_transit", "paid"),
        ("paid", "paid"),
    },
    a_payout_arrives_while_nobody_looks: {("pending", "paid")},
    a_payout_is_refused_at_once: {("pending", "failed")},
    a_payout_is_refused_on_its_way: {("in_transit", "failed")},
    a_payout_comes_back: {("paid", "returned")},
    a_payout_waits_for_money: {("waiting_for_funds", "waiting_for_funds")},
    a_payout_waits_a_day_after_it_was_not_executed: {
        ("sending", "waiting_for_funds"),
        ("waiting_for_funds", "unknown"),
        ("unknown", "unknown"),
    },
    a_payout_is_lost_and_sent_again: {("sending", "unknown"), ("unknown", "sending")},
    a_payout_is_absent_twice: {("unknown", "waiting_for_funds")},
    a_payouts_worker_dies: {("sending", "sending")},
    a_payouts_key_was_used_for_something_else: {("sending", "needs_review")},
    another_payout_is_found_and_looked_at_again: {("unknown", "needs_review"), ("needs_review", "unknown")},
    a_waiting_payout_is_withdrawn: {("waiting_for_funds", "withdrawn")},
    a_stopped_payout_in_review_is_withdrawn: {("needs_review", "withdrawn")},
}

# When Stripe is asked, and with which bank account, for a payout to be seen in this state.
SEEN_AS = {"pending": (0, None), "in_transit": (2, None), "paid": (72, None), "failed": (72, REFUSING_BANK)}


def heard_of_while_waiting(payday: Payday, bank: str | None, hours: float) -> None:
    payout = payday.waiting_payout(**({"bank": bank} if bank else {}))
    absent_twice(payday, PAYOUTS, lambda: payday.pay_out(payout))
    made = payout_by_hand(payout, key=f"late:{payout.connected_account}")
    payday.advance(hours=hours)
    heard_of(payday, payout, made)


def heard_of_while_sending(payday: Payday, bank: str | None, hours: float) -> None:
    payout = payday.waiting_payout(**({"bank": bank} if bank else {}))
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(settlement, "record", die)
        with pytest.raises(WorkerDied):
            payday.pay_out(payout)
    [made] = stripe.payouts_of(payout.connected_account)
    payday.advance(hours=hours)
    heard_of(payday, payout, made.stripe_id)


def heard_of_while_unknown(payday: Payday, bank: str | None, hours: float) -> None:
    payout = payday.waiting_payout(**({"bank": bank} if bank else {}))
    lost(payday, PAYOUTS, "drop_after_effect")
    payday.pay_out(payout)
    [made] = stripe.payouts_of(payout.connected_account)
    payday.advance(hours=hours)
    heard_of(payday, payout, made.stripe_id)


def heard_of_while_in_review(payday: Payday, bank: str | None, hours: float) -> None:
    payout = payday.waiting_payout(**({"bank": bank} if bank else {}))
    a_key_used_for_another_payout(payday, payout)
    made = payout_by_hand(payout, key=f"late:{payout.connected_account}")
    payday.advance(hours=hours)
    heard_of(payday, payout, made)


HEARD_OF = {
    "waiting_for_funds": heard_of_while_waiting,
    "sending": heard_of_while_sending,
    "unknown": heard_of_while_unknown,
    "needs_review": heard_of_while_in_review,
}


def listed(edges: Any) -> set[Edge]:
    return {(was.value, to.value) for was, tos in edges.items() for to in tos}


@pytest.mark.parametrize("story", TRANSFER_STORIES, ids=lambda story: story.__name__)
def test_a_transfers_story_takes_its_steps(payday: Payday, story: Callable[[Payday], None]):
    taken = watch("payouts_transfer")

    story(payday)

    assert TRANSFER_STORIES[story] <= taken() <= listed(rules.TRANSFER_EDGES)


def test_the_stories_take_every_step_of_a_transfer():
    assert set().union(*TRANSFER_STORIES.values()) == listed(rules.TRANSFER_EDGES)


@pytest.mark.parametrize("story", PAYOUT_STORIES, ids=lambda story: story.__name__)
def test_a_payouts_story_takes_its_steps(payday: Payday, story: Callable[[Payday], None]):
    taken = watch("payouts_bankpayout")

    story(payday)

    assert PAYOUT_STORIES[story] <= taken() <= listed(rules.BANK_PAYOUT_EDGES)


@pytest.mark.parametrize("before", HEARD_OF)
@pytest.mark.parametrize("after", SEEN_AS)
def test_a_payout_is_heard_of_before_its_answer_comes(payday: Payday, before: str, after: str):
    taken = watch("payouts_bankpayout")
    hours, bank = SEEN_AS[after]

    HEARD_OF[before](payday, bank, hours)

    assert (before, after) in taken()


def test_the_stories_take_every_step_of_a_payout():
    heard_of_early = {(before, after) for before in HEARD_OF for after in SEEN_AS}

    assert set().union(*PAYOUT_STORIES.values(), heard_of_early) == listed(rules.BANK_PAYOUT_EDGES)


# ---- transfers taken back


def asked(payday: Payday) -> TransferReversal:
    return TransferReversal.objects.get(id=taken_back(payday, sent(payday)))


def a_reversal_waits_a_day_after_it_was_not_executed(payday: Payday) -> None:
    reversal = asked(payday)
    lost(payday, TRANSFERS, "rate_limit_429")
    send_reversal(payday, reversal.id)
    payday.advance(hours=26)
    send_reversal(payday, reversal.id)


def a_reversal_is_absent_twice_and_arrives_after_all(payday: Payday) -> None:
    reversal = asked(payday)
    absent_twice(payday, TRANSFERS, lambda: send_reversal(payday, reversal.id))
    reverse_by_hand(payday, Transfer.objects.get(), name=reversal.id)


def the_same_and_the_books_refuse_the_reversal(payday: Payday) -> None:
    reversal = asked(payday)
    absent_twice(payday, TRANSFERS, lambda: send_reversal(payday, reversal.id))
    nothing_in_transit(Transfer.objects.get())
    reverse_by_hand(payday, Transfer.objects.get(), name=reversal.id)


def nothing_in_transit(transfer: Transfer) -> None:
    """The books lose a transfer's money from the way, as nobody ever should let them."""
    whose = {"owner_id": transfer.creator_id, "currency": transfer.currency}
    leg = ledger.Leg(
        debit=Account(kind=AccountKind.CREATOR_IN_TRANSIT, **whose),
        credit=Account(kind=AccountKind.STRIPE_CONNECTED, **whose),
        amount_minor=transfer.amount_minor,
    )
    with transaction.atomic():
        ledger.record(
            [
                ledger.Entry(
                    kind=EntryKind.BANK_PAYOUT, external_id="po_0", legs=(leg,), occurred_at=MONDAY, cause="a test"
                )
            ]
        )


def a_reversals_worker_dies(payday: Payday) -> None:
    reversal = asked(payday)
    with pytest.raises(WorkerDied):
        reversals.send(reversal_id=reversal.id, now=payday.now, read_clock=die)
    payday.advance(minutes=11)
    send_reversal(payday, reversal.id)


def a_reversal_is_lost_and_sent_again(payday: Payday) -> None:
    reversal = asked(payday)
    lost(payday, TRANSFERS)
    send_reversal(payday, reversal.id)
    payday.advance(minutes=2)
    send_reversal(payday, reversal.id)


def a_reversals_key_was_used_for_something_else(payday: Payday) -> None:
    reversal = asked(payday)
    stripe.reverse_transfer(
        transfer_id=str(reversal.transfer.stripe_id),
        amount_minor=1,
        metadata={},
        idempotency_key=reversals.SENDER.key(reversal),
    )
    send_reversal(payday, reversal.id)


def another_reversal_is_found_and_looked_at_again(payday: Payday) -> None:
    reversal = asked(payday)
    lost(payday, TRANSFERS)
    send_reversal(payday, reversal.id)
    stripe.reverse_transfer(
        transfer_id=str(reversal.transfer.stripe_id),
        amount_minor=1,
        metadata={"transfer_reversal": str(reversal.id)},
        idempotency_key=f"{reversal.transfer.group}:one cent",
    )
    payday.advance(hours=26)
    send_reversal(payday, reversal.id)
    reversals.look_again(reversal_id=reversal.id, now=payday.now)


def a_reversals_answer_is_lost_and_looked_up(payday: Payday) -> None:
    reversal = asked(payday)
    lost(payday, TRANSFERS, "drop_after_effect")
    send_reversal(payday, reversal.id)
    payday.advance(hours=26)
    send_reversal(payday, reversal.id)


def send_again(reversal: TransferReversal, *, amount_minor: int | None = None) -> str:
    """Somebody makes good at Stripe what was taken back."""
    made = stripe.send_transfer(
        amount_minor=amount_minor or reversal.amount_minor,
        currency=reversal.transfer.currency,
        destination=reversal.transfer.destination,
        transfer_group="by hand",
        metadata={"transfer_reversal": str(reversal.id)},
        idempotency_key=f"again:{reversal.id}:{amount_minor}:{reversal.transfer.destination}",
    )
    return made.stripe_id


def two_see_to_a_part_taken_back(payday: Payday) -> None:
    reverse_by_hand(payday, sent(payday), amount=5_00)
    part = TransferReversal.objects.select_related("transfer").get()
    send_again(part)
    for staff in (dot(), a_user("Eli", is_staff=True)):
        reversals.settle(reversal_id=part.id, staff_id=staff.id, note="sent again", now=payday.now)


REVERSAL_STORIES: dict[Callable[[Payday], None], set[Edge]] = {
    a_transfer_is_taken_back: {("asked", "sending"), ("sending", "done")},
    a_transfer_cannot_be_taken_back: {("sending", "refused")},
    a_reversal_waits_a_day_after_it_was_not_executed: {
        ("sending", "asked"),
        ("asked", "unknown"),
        ("unknown", "unknown"),
    },
    a_reversal_is_absent_twice_and_arrives_after_all: {("unknown", "asked"), ("asked", "done")},
    the_same_and_the_books_refuse_the_reversal: {("asked", "needs_review")},
    a_reversals_worker_dies: {("sending", "sending")},
    a_reversal_is_lost_and_sent_again: {("sending", "unknown"), ("unknown", "sending")},
    a_reversals_key_was_used_for_something_else: {("sending", "needs_review")},
    another_reversal_is_found_and_looked_at_again: {("unknown", "needs_review"), ("needs_review", "unknown")},
    a_reversals_answer_is_lost_and_looked_up: {("unknown", "done")},
    two_see_to_a_part_taken_back: {("needs_review", "done")},
}


@pytest.mark.parametrize("story", REVERSAL_STORIES, ids=lambda story: story.__name__)
def test_a_reversals_story_takes_its_steps(payday: Payday, story: Callable[[Payday], None]):
    taken = watch("payouts_transferreversal")

    story(payday)

    assert REVERSAL_STORIES[story] <= taken() <= listed(rules.TRANSFER_REVERSAL_EDGES)


def test_the_stories_take_every_step_of_a_reversal():
    assert set().union(*REVERSAL_STORIES.values()) == listed(rules.TRANSFER_REVERSAL_EDGES)
