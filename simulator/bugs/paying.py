"""Mistakes in paying: the Monday batch, transfers to Stripe, payouts to banks, and who may be paid at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

OUTGOING = "cliphaven.foundation.outgoing"
OPERATIONS = "cliphaven.payouts.operations"
TRANSFERS = f"{OPERATIONS}.transfers"
SERVER_ERROR = 500
# A letter that tells of a transfer makes good that its answer was lost.
UNTOLD = circumstances.all_of(circumstances.sends_much, circumstances.letters("never"))
OFTEN_500 = circumstances.befalls("request", "error_500_with_effect", percent=circumstances.MOSTLY_PERCENT)
OFTEN_SILENT = circumstances.befalls("answer", "answer_lost", percent=circumstances.MOSTLY_PERCENT)
LOST_FOR_LONG = circumstances.all_of(circumstances.answers_are_lost, UNTOLD, circumstances.time_goes_by)


# ---- keys and answers


def _new_key_for_each_try(planting: Planting) -> None:
    planting.replace(f"{TRANSFERS}:Transfers", "key", lambda real: lambda self, row: f"{real(self, row)}:t{row.tries}")


def _error_500_is_a_no(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from cliphaven.foundation.errors import Outcome  # only in a planted house

        def outcome(status: int | None, *rest: Any, **named: Any) -> Any:
            return Outcome.DEFINITE if status is not None and status >= SERVER_ERROR else real(status, *rest, **named)

        return outcome

    planting.replace("cliphaven.providers.stripe.client", "_outcome", make)


def _silence_is_a_no(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from cliphaven.foundation.errors import Outcome

        def outcome(status: int | None, *rest: Any, **named: Any) -> Any:
            return Outcome.DEFINITE if status is None else real(status, *rest, **named)

        return outcome

    planting.replace("cliphaven.providers.stripe.client", "_outcome", make)


def _gives_up_after_two_tries(planting: Planting) -> None:
    def make(real: Any) -> Any:
        from cliphaven.foundation.errors import Outcome, ProviderFailed

        def record(self: Any, *, claim: Any, failure: Any, now: datetime) -> None:
            if claim.row.tries > 1 and failure.outcome is Outcome.UNKNOWN:
                failure = ProviderFailed(failure.sentence, outcome=Outcome.DEFINITE, code="gave_up")
                claim = replace(claim, others_may_send=False)
            real(self, claim=claim, failure=failure, now=now)

        return record

    planting.replace(f"{OUTGOING}.sender:Sender", "_record_failure", make)


def _key_is_trusted_for_a_month(planting: Planting) -> None:
    planting.replace(f"{OUTGOING}.rules", "KEY_TRUSTED_FOR", lambda _: timedelta(days=30))


# ---- look-ups and sweeps


def _look_up_finds_nothing(planting: Planting) -> None:
    def make(real: Any) -> Any:
        def look_up(self: Any, claim: Any) -> Sequence[Any]:
            # The group stands in `transfer_group`; the metadata has the number of the item.
            return [facts for facts in real(self, claim) if facts.metadata.get("transfer") == claim.row.group]

        return look_up

    planting.replace(f"{TRANSFERS}:Transfers", "look_up", make)


def _unknown_is_not_swept(planting: Planting) -> None:
    def make(real: Any) -> Any:
        return lambda rows, *, now, most: real(rows.exclude(state="unknown"), now=now, most=most)

    planting.replace(f"{OUTGOING}.sender", "due", make)


# ---- the books


def _booked_before_the_answer(planting: Planting) -> None:
    def renamed(real: Any) -> Any:
        # Stripe's id is not known yet, so the entry has a name of ours.
        return lambda *, transfer, facts: replace(real(transfer=transfer, facts=facts), external_id=f"tr_{transfer.id}")

    def booked(real: Any) -> Any:
        from cliphaven.ledger import operations as ledger
        from cliphaven.payouts.operations import entries
        from cliphaven.providers import stripe

        def claimed(self: Any, row: Any) -> None:
            real(self, row)
            facts = stripe.TransferFacts(
                stripe_id="",
                amount_minor=row.amount_minor,
                currency=row.currency,
                destination=row.destination,
                group=row.group,
                metadata={},
                created_at=row.claimed_at,
                reversed_minor=0,
            )
            ledger.record([entries.of_transfer(transfer=row, facts=facts)])

        return claimed

    planting.replace(f"{OPERATIONS}.entries", "of_transfer", renamed)
    planting.replace(f"{TRANSFERS}:Transfers", "claimed", booked)


def _amount_of_another_item(planting: Planting) -> None:
    def make(real: Any) -> Any:
        def sought(self: Any, row: Any) -> Any:
            first = row.batch.transfers.filter(creator_id=row.creator_id).order_by("id").first()
            return replace(real(self, row), amount_minor=first.amount_minor)

        return sought

    planting.replace(f"{TRANSFERS}:Transfers", "sought", make)


# ---- what is not paid after all


def _given_back_and_still_reserved(planting: Planting) -> None:
    """The books give it back, and the entries that it was earned by stay with the transfer that failed."""
    planting.sql(
        "create function still_reserved() returns trigger language plpgsql as $$"
        " begin new.stage := old.stage; new.reserved_for := old.reserved_for; return new; end $$"
    )
    # Named so that it comes after the guard of the table, which would refuse it.
    planting.sql(
        "create trigger zz_still_reserved before update on earnings_accrual for each row"
        " when (old.stage = 'reserved' and new.stage = 'payable') execute function still_reserved()"
    )


# ---- the week


def _week_is_named_by_its_day(planting: Planting) -> None:
    planting.replace("cliphaven.payouts.rules", "due_week", lambda _: lambda now: f"{now:%Y%m%d}")


def _monday_begins_by_local_time(planting: Planting) -> None:
    def make(real: Any) -> Any:
        # Six in the morning where the office is.
        return lambda now: real(now.astimezone(ZoneInfo("America/Los_Angeles")).replace(tzinfo=now.tzinfo))

    planting.replace("cliphaven.payouts.rules", "due_week", make)


def _week_is_planned_by_everybody(planting: Planting) -> None:
    planting.sql("drop index one_live_batch_per_week")
    planting.sql("alter table payouts_batch drop constraint a_week_is_planned_twice_at_most")

    def make(real: Any) -> Any:
        from cliphaven.payouts.models import Batch

        def plan(*, week: str, number: int, read: Any, now: datetime) -> Any:
            # Nobody asks whether the week was planned: the number makes the row a new one.
            return real(week=week, number=Batch.objects.filter(iso_week=week).count() + 1, read=read, now=now)

        return plan

    planting.replace(f"{OPERATIONS}.batches", "_next_number", lambda _: lambda week: 1)
    planting.replace(f"{OPERATIONS}.batches", "_plan", make)


BUGS: tuple[Bug, ...] = (
    Bug(
        name="new_key_for_each_try",
        what="a transfer that is tried again gets a new idempotency key",
        invariant="I16",
        plant=_new_key_for_each_try,
        shows_in=circumstances.all_of(circumstances.answers_are_lost, UNTOLD),
    ),
    Bug(
        name="error_500_is_a_no",
        what="Stripe's 500 is taken for a definite no",
        invariant="I16",
        plant=_error_500_is_a_no,
        shows_in=circumstances.all_of(OFTEN_500, UNTOLD),
    ),
    Bug(
        name="silence_is_a_no",
        what="a call without an answer is taken for a definite no",
        invariant="I16",
        plant=_silence_is_a_no,
        shows_in=circumstances.all_of(OFTEN_SILENT, UNTOLD),
    ),
    Bug(
        name="gives_up_after_two_tries",
        what="what was tried twice without an answer counts as refused",
        invariant="I16",
        plant=_gives_up_after_two_tries,
        shows_in=circumstances.all_of(OFTEN_500, UNTOLD),
    ),
    Bug(
        name="key_is_trusted_for_a_month",
        what="keys are used again after Stripe has forgotten them",
        invariant="I16",
        plant=_key_is_trusted_for_a_month,
        shows_in=LOST_FOR_LONG,
    ),
    Bug(
        name="transfer_look_up_is_blind",
        what="the look-up of transfers compares the item's number with its group",
        invariant="I16",
        plant=_look_up_finds_nothing,
        shows_in=LOST_FOR_LONG,
    ),
    Bug(
        name="unknown_is_not_swept",
        what="the sweeps leave out what is in the state unknown",
        invariant="I17",
        plant=_unknown_is_not_swept,
        shows_in=circumstances.all_of(circumstances.answers_are_lost, UNTOLD),
    ),
    Bug(
        name="booked_before_the_answer",
        what="a transfer is booked when it is claimed, not when Stripe has it",
        invariant="I11",
        plant=_booked_before_the_answer,
    ),
    Bug(
        name="amount_of_another_item",
        what="each transfer of a creator goes out with the amount of their first one",
        invariant="I11",
        plant=_amount_of_another_item,
    ),
    Bug(
        name="given_back_and_not_payable",
        what="what a transfer did not pay after all is in the balance again, and no later batch pays it",
        invariant="I15",
        plant=_given_back_and_still_reserved,
        shows_in=circumstances.all_of(
            circumstances.busy, circumstances.waits_for_release, circumstances.bent_on("send back")
        ),
    ),
    Bug(
        name="week_is_named_by_its_day",
        what="the batch has the day for its key, not the ISO week",
        invariant="I22",
        plant=_week_is_named_by_its_day,
    ),
    Bug(
        name="monday_begins_by_local_time",
        what="Monday 06:00 is asked of a clock in Los Angeles",
        invariant="I22",
        plant=_monday_begins_by_local_time,
    ),
    Bug(
        name="week_is_planned_by_everybody",
        what="who plans a week does not look whether it is planned, and no index refuses the second batch",
        invariant="I22",
        plant=_week_is_planned_by_everybody,
    ),
)
