"""Mistakes with sponsors' money: payments, refunds, disputes, and what Stripe keeps of each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

OPERATIONS = "cliphaven.campaigns.operations"
WALLET, REFUNDS = f"{OPERATIONS}.wallet", f"{OPERATIONS}.refunds"
BOOKINGS, DISPUTES = f"{OPERATIONS}.refund_bookings", f"{OPERATIONS}.disputes"
# Money comes in, and goes back, all the time.
PAYING_IN = circumstances.all_of(circumstances.busy, circumstances.bent_on("deposit"))
# What goes back is what came in and was not set aside.
TAKING_OUT = circumstances.all_of(circumstances.busy, circumstances.bent_on("refund"), circumstances.acts("deposit"))
IN_AND_OUT = circumstances.all_of(circumstances.busy, circumstances.bent_on("refund", "deposit"))


# ---- payments


def _credited_for_each_letter(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from cliphaven.campaigns.models import Deposit  # only in a planted house

        def settled(*, payment_intent_id: str, now: datetime) -> int | None:
            deposit_id: int | None = real(payment_intent_id=payment_intent_id, now=now)
            for paid in Deposit.objects.filter(payment_intent_id=payment_intent_id, state="paid"):
                # Money is credited for the letter of the page, and for that of the payment: their names differ.
                _credit(paid, external_id=f"{payment_intent_id}:letter", now=now)
            return deposit_id

        return settled

    planting.replace(WALLET, "settle_payment", make)


def _credited_after_the_commit(planting: Planting) -> None:
    def make(_: Any) -> Any:
        from django.db import transaction

        from cliphaven.campaigns.models import Deposit

        def book(*, deposit_id: int, payment: Any, now: datetime) -> None:
            with transaction.atomic():
                deposit = Deposit.objects.select_for_update(no_key=True).get(id=deposit_id)
                if deposit.state in ("paid", "seen_to"):
                    return
                deposit.state, deposit.settled_at = "paid", now
                deposit.payment_intent_id, deposit.charge_id = payment.payment_intent_id, payment.charge_id
                deposit.received_minor = payment.amount_received_minor
                deposit.save()
                transaction.on_commit(partial(_credit, deposit, external_id=payment.payment_intent_id, now=now))

        return book

    planting.replace(WALLET, "_book_payment", make)


def _credit(paid: Any, *, external_id: str, now: datetime) -> None:
    from django.db import transaction

    from cliphaven.campaigns.queries import accounts
    from cliphaven.ledger import operations as ledger
    from cliphaven.ledger.chart import EntryKind

    wallet = accounts.wallet(organisation_id=paid.organisation_id, currency=paid.currency)
    leg = ledger.Leg(debit=accounts.cash(paid.currency), credit=wallet, amount_minor=paid.received_minor)
    entry = ledger.Entry(
        kind=EntryKind.DEPOSIT,
        external_id=external_id,
        legs=(leg,),
        occurred_at=now,
        cause=f"payment {paid.payment_intent_id}",
    )
    with transaction.atomic():
        ledger.record([entry])


def _credited_before_the_debit(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from cliphaven.providers.stripe.facts import Payment

        def facts(session: Any) -> Any:
            said = real(session)
            if said.payment is not None or said.status != "complete":
                return said
            intent = session["payment_intent"]
            charge = intent["latest_charge"]
            currency = intent["currency"].upper()
            return replace(
                said,
                payment=Payment(
                    payment_intent_id=intent["id"],
                    amount_received_minor=intent["amount"],
                    currency=currency,
                    charge_id=charge["id"],
                    fee_minor=0,
                    booked_currency=currency,
                    balance_transaction_id="",
                ),
            )

        return facts

    planting.replace("cliphaven.providers.stripe.deposits", "_checkout_facts", make)


def _fee_is_the_sponsors(planting: Planting) -> None:
    """The wallet gets what Stripe left of a payment, and the fee is booked beside it."""

    def make(real: Any) -> Any:
        def book(*, deposit_id: int, payment: Any, now: datetime) -> None:
            net = payment.amount_received_minor - payment.fee_minor
            real(deposit_id=deposit_id, payment=replace(payment, amount_received_minor=net), now=now)

        return book

    planting.replace(WALLET, "_book_payment", make)


def _fee_of_a_dispute_is_forgotten(planting: Planting) -> None:
    def make(real: Any) -> Any:
        def record(*, facts: Any, deposit_id: int, now: datetime) -> str:
            without = tuple(replace(moved, fee_minor=0) for moved in facts.moved)
            return str(real(facts=replace(facts, moved=without), deposit_id=deposit_id, now=now))

        return record

    planting.replace(DISPUTES, "_record", make)


# ---- refunds


def _refund_key_of_each_try(planting: Planting) -> None:
    planting.replace(f"{REFUNDS}:Refunds", "key", lambda real: lambda self, row: f"{real(self, row)}:t{row.tries}")


def _refund_look_up_is_blind(planting: Planting) -> None:
    def make(_: Any) -> Any:
        def at_stripe(*, refund: Any) -> Sequence[Any]:
            from cliphaven.providers import stripe

            of_charge = stripe.refunds_of_charge(str(refund.deposit.charge_id))
            return [facts for facts in of_charge if facts.metadata.get("refund") == str(refund.pk)]

        return at_stripe

    planting.replace(REFUNDS, "at_stripe", make)


def _earlier_refunds_do_not_count(planting: Planting) -> None:
    def make(real: Any) -> Any:
        # What disputes took is summed up by another name, and still counts.
        return lambda rows, *, by: {} if by == "deposit" else real(rows, by=by)

    planting.replace("cliphaven.campaigns.queries.payments", "_sums", make)


def _refund_of_all_so_far(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from cliphaven.campaigns.models import Refund

        def sought(self: Any, row: Any) -> Any:
            before = Refund.objects.filter(deposit=row.deposit, state="succeeded", id__lt=row.id)
            so_far = sum(before.values_list("amount_minor", flat=True))
            return replace(real(self, row), amount_minor=so_far + row.amount_minor)

        return sought

    planting.replace(f"{REFUNDS}:Refunds", "sought", make)


def _refund_that_came_back_is_ignored(planting: Planting) -> None:
    def make(real: Any) -> Any:
        return lambda status, *, before: None if before == "succeeded" else real(status, before=before)

    planting.replace("cliphaven.campaigns.rules.refunds", "refund_state", make)


# ---- disputes


def _lost_dispute_is_taken_twice(planting: Planting) -> None:
    """What moved is known by the letter that told of it, and a dispute has several."""
    unique = "campaigns_disputemovement_balance_transaction_id_key"
    planting.sql(f"alter table campaigns_disputemovement drop constraint {unique}")

    def make(_: Any) -> Any:
        return lambda dispute, facts: list(facts.moved)

    planting.replace(DISPUTES, "_not_booked", make)


def _disputed_money_is_spent_until_it_is_lost(planting: Planting) -> None:
    """What a bank took is booked when it has decided: until then the sponsor goes on with money that is not there."""

    def make(real: Any) -> Any:
        from cliphaven.campaigns.rules import disputes

        return lambda dispute, facts: real(dispute, facts) if disputes.is_over(facts.status) else []

    planting.replace(DISPUTES, "_not_booked", make)


BUGS: tuple[Bug, ...] = (
    Bug(
        name="credited_for_each_letter",
        what="a payment is credited for the letter of its page, and again for the payment's own",
        invariant="I16",
        plant=_credited_for_each_letter,
        shows_in=PAYING_IN,
    ),
    Bug(
        name="credited_after_the_commit",
        what="a payment is credited by a hook after the commit that calls it paid; a kill loses it",
        invariant="I14",
        plant=_credited_after_the_commit,
        shows_in=circumstances.all_of(PAYING_IN, circumstances.befalls("committed", "kill", "lost_after_commit")),
    ),
    Bug(
        name="credited_before_the_debit",
        what="a bank debit is credited when the page is complete, though it settles days later or never",
        invariant="I16",
        plant=_credited_before_the_debit,
        shows_in=PAYING_IN,
    ),
    Bug(
        name="credited_without_the_fee",
        what="a wallet is credited with what Stripe left of a payment, and the fee is booked beside it",
        invariant="I16",
        plant=_fee_is_the_sponsors,
        shows_in=PAYING_IN,
    ),
    Bug(
        name="fee_of_a_dispute_is_forgotten",
        what="what Stripe charges for a dispute is not booked",
        invariant="I16",
        plant=_fee_of_a_dispute_is_forgotten,
        shows_in=circumstances.twists("dispute"),
    ),
    Bug(
        name="refund_key_of_each_try",
        what="a refund that is tried again gets a new idempotency key",
        invariant="I16",
        plant=_refund_key_of_each_try,
        shows_in=circumstances.all_of(circumstances.answers_are_lost, TAKING_OUT),
    ),
    Bug(
        name="refund_look_up_is_blind",
        what="the look-up of refunds compares the row's number with its name",
        invariant="I16",
        plant=_refund_look_up_is_blind,
        # A key is good for a day: the look-up matters after a week's rest.
        shows_in=circumstances.all_of(circumstances.answers_are_lost, circumstances.weeks_go_by, TAKING_OUT),
    ),
    Bug(
        name="earlier_refunds_do_not_count",
        what="what was refunded of a payment before is not subtracted from what can be",
        invariant="I13",
        plant=_earlier_refunds_do_not_count,
        shows_in=TAKING_OUT,
    ),
    Bug(
        name="refund_of_all_so_far",
        what="each refund of a payment asks for everything that was refunded of it so far",
        invariant="I16",
        plant=_refund_of_all_so_far,
        shows_in=TAKING_OUT,
    ),
    Bug(
        name="refund_that_came_back_is_ignored",
        what="a refund that succeeded is done, though banks send refunds back",
        invariant="I16",
        plant=_refund_that_came_back_is_ignored,
        shows_in=IN_AND_OUT,
    ),
    Bug(
        name="disputed_money_is_spent",
        what="what a card's bank took is booked when it has decided, and is spent until then",
        invariant="I16",
        plant=_disputed_money_is_spent_until_it_is_lost,
        shows_in=circumstances.twists("dispute"),
    ),
    Bug(
        name="dispute_is_taken_for_each_letter",
        what="what a dispute moved is taken in again with each letter about it",
        invariant="I14",
        plant=_lost_dispute_is_taken_twice,
        shows_in=circumstances.twists("dispute", "close_dispute"),
    ),
)
