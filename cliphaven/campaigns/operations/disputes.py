"""Payments that a card's bank questions or takes back. Letters only name them: what Stripe says when asked is booked.

A dispute moves money by its balance transactions alone, each booked once, in whatever order the news come.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, Sum

from cliphaven.campaigns.models import (
    Act,
    Campaign,
    CampaignState,
    Deposit,
    DepositState,
    Dispute,
    DisputeMovement,
    ListedThrough,
    SpendPause,
)
from cliphaven.campaigns.operations import acts, receivables, wallet, warnings
from cliphaven.campaigns.operations.stripe_money import record_fee
from cliphaven.campaigns.queries import accounts, budget_account, payments
from cliphaven.campaigns.rules import disputes as rules
from cliphaven.campaigns.rules.disputes import PauseReason
from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.providers import stripe

# Money that moved between the reading of the balances and the entry: read again, so often at most.
TRIES_MAX = 5
READ_AT_ONCE_MAX = 200
# A list is looked through from a little before where the last look ended.
OVERLAP = timedelta(hours=1)
FIRST_LOOK = timedelta(days=30)
# One that is over may be appealed, so it is read again for some time.
READ_AGAIN_FOR = timedelta(days=60)
READ_AGAIN_EVERY = timedelta(days=1)

LEFT_TO_A_PERSON = "left to a person"

log = logging.getLogger(__name__)


class DisputeNotSettled(Refused):
    """The dispute does not wait for a person."""

    code = "dispute_not_settled"


@no_transaction
def settle_dispute(*, stripe_id: str, now: datetime) -> str:
    """Read a dispute and book what its bank took or gave back; says in words what was done. Raises ProviderFailed."""
    return take_in(facts=stripe.dispute(stripe_id), now=now)


@no_transaction
def take_in(*, facts: stripe.DisputeFacts, now: datetime) -> str:
    """Bring a dispute as Stripe tells it into the books, however often; says in words what was done.

    What the books refuse is left to a person. Raises ProviderFailed when its payment cannot be looked up, and
    BalanceWouldBeNegative when money of the sponsor's moved at each of several tries.
    """
    deposit_id = wallet.settle_charge(charge_id=facts.charge_id, now=now)
    if deposit_id is None:
        return "no payment of ours"
    for tries_left in reversed(range(TRIES_MAX)):
        try:
            return _record(facts=facts, deposit_id=deposit_id, now=now)
        except ledger.BalanceWouldBeNegative:
            if not tries_left:
                raise
            log.info("dispute %s: the sponsor's money moved meanwhile, reading it again", facts.stripe_id)
        except ledger.EntryRefused as refused:
            log.exception("dispute %s: the books refuse what Stripe moved", facts.stripe_id)
            _leave_to_a_person(facts=facts, deposit_id=deposit_id, reason=refused.sentence, now=now)
            break
    return LEFT_TO_A_PERSON


@own_transaction
def settle(*, facts: stripe.DisputeFacts, staff_id: int, note: str, request_key: str, now: datetime) -> None:
    """One of the staff says that what the books cannot tell of a dispute was seen to: it gets no entry of its own.

    `facts` is the dispute as Stripe tells it now; what else moved of it can be taken in afterwards. The same
    `request_key` again changes nothing. Raises DisputeNotSettled, and what `acts.record` does.
    """
    dispute = Dispute.objects.select_for_update(no_key=True).get(stripe_id=facts.stripe_id)
    if not acts.record(
        act=Act.SETTLED,
        staff_id=staff_id,
        dispute_id=dispute.id,
        note=note,
        needs_note=True,
        request_key=request_key,
        now=now,
    ):
        return
    if not dispute.review_reason:
        raise DisputeNotSettled("This dispute does not wait for a person any more")
    new = _not_booked(dispute, facts)
    foreign = [moved for moved in new if moved.currency != dispute.currency]
    is_paid = Deposit.objects.filter(id=dispute.deposit_id, state=DepositState.PAID).exists()
    seen_to = [moved.balance_transaction_id for moved in (foreign if is_paid and foreign else new)]
    Dispute.objects.filter(id=dispute.id).update(review_reason="", seen_to=[*dispute.seen_to, *seen_to])


@no_transaction
def sweep(*, now: datetime) -> int:
    """Find disputes and warnings that no letter told of, and read open ones again; answers how many were read.

    One that cannot be read, for whatever reason, keeps no other waiting. Raises at the end what kept one from being
    read, unless Stripe said no to it for good; then the lists are looked through again from where they were.
    """
    found = stripe.disputes_since(_listed_through("disputes", now=now))
    warned = stripe.fraud_warnings_since(_listed_through("fraud_warnings", now=now))
    listed = {facts.stripe_id for facts in found}
    again = [stripe_id for stripe_id in _to_read_again(now=now) if stripe_id not in listed]
    readings = [
        *(partial(take_in, facts=facts, now=now) for facts in found),
        *(partial(warnings.take_in, facts=facts, now=now) for facts in warned),
        *(partial(settle_dispute, stripe_id=stripe_id, now=now) for stripe_id in again),
    ]
    failure: Exception | None = None
    for reading in readings:
        try:
            reading()
        except ProviderFailed as failed:
            log.error("disputes: Stripe does not tell of one: %s", failed.code)
            if failed.outcome is not Outcome.DEFINITE:
                failure = failed
        except Exception as odd:  # one odd dispute must not hide the next one, whose bank may be taking money
            log.exception("disputes: one could not be taken in")
            failure = odd
    if failure is not None:
        raise failure
    for name in ("disputes", "fraud_warnings"):
        _note_listed(name=name, now=now)
    return len(readings)


def _listed_through(name: str, *, now: datetime) -> datetime:
    until = ListedThrough.objects.filter(name=name).values_list("listed_until", flat=True).first()
    return now - FIRST_LOOK if until is None else until - OVERLAP


@own_transaction
def _note_listed(*, name: str, now: datetime) -> None:
    ListedThrough.objects.update_or_create(name=name, defaults={"listed_until": now})


def _to_read_again(*, now: datetime) -> list[str]:
    """Open disputes, and those closed lately that were not read today, the longest unread first."""
    closed_lately = Q(closed_at__gt=now - READ_AGAIN_FOR, read_at__lte=now - READ_AGAIN_EVERY)
    rows = Dispute.objects.filter(Q(is_over=False) | closed_lately)
    return list(rows.order_by("read_at", "id").values_list("stripe_id", flat=True)[:READ_AT_ONCE_MAX])


@own_transaction
def _record(*, facts: stripe.DisputeFacts, deposit_id: int, now: datetime) -> str:
    deposit = Deposit.objects.get(id=deposit_id)
    whose = {"organisation_id": deposit.organisation_id, "currency": deposit.currency}
    # All that could spend the sponsor's money waits: campaigns first, as everywhere, then payments, then the dispute.
    campaigns = list(Campaign.objects.select_for_update(no_key=True).filter(**whose).order_by("id"))
    list(Deposit.objects.select_for_update(no_key=True).filter(**whose).order_by("id").values_list("id"))
    dispute = _row(facts, deposit=deposit, now=now)
    new = _not_booked(dispute, facts)
    reason = _unbookable(deposit, new)
    if reason != dispute.review_reason:
        Dispute.objects.filter(id=dispute.id).update(review_reason=reason)
    if reason:
        log.error("dispute %s needs a person: %s", facts.stripe_id, reason)
        return LEFT_TO_A_PERSON
    for moved in new:
        record_fee(
            balance_transaction_id=moved.balance_transaction_id,
            fee_minor=moved.fee_minor,
            currency=deposit.currency,
            now=now,
        )
        if moved.amount_minor < 0:
            _charge_back(dispute, moved, campaigns=campaigns, now=now)
        else:
            _give_back(dispute, moved, now=now)
    return f"booked {len(new)} of {len(facts.moved)} movements" if new else "nothing new to book"


def _not_booked(dispute: Dispute, facts: stripe.DisputeFacts) -> list[stripe.MoneyMoved]:
    """What moved and has neither an entry nor a person who saw to it."""
    booked = DisputeMovement.objects.filter(dispute=dispute).values_list("balance_transaction_id", flat=True)
    known = {*booked, *dispute.seen_to}
    return [moved for moved in facts.moved if moved.balance_transaction_id not in known]


@own_transaction
def _leave_to_a_person(*, facts: stripe.DisputeFacts, deposit_id: int, reason: str, now: datetime) -> None:
    dispute = _row(facts, deposit=Deposit.objects.get(id=deposit_id), now=now)
    Dispute.objects.filter(id=dispute.id).update(review_reason=f"the books refuse it: {reason}"[:200])


def _unbookable(deposit: Deposit, new: list[stripe.MoneyMoved]) -> str:
    """Why the books cannot tell these movements without a person; empty where they can."""
    if new and deposit.state != DepositState.PAID:
        return "took money of a payment that the books do not have"
    foreign = next((moved for moved in new if moved.currency != deposit.currency), None)
    return f"moved {foreign.currency}, while the payment was {deposit.currency}" if foreign is not None else ""


def _row(facts: stripe.DisputeFacts, *, deposit: Deposit, now: datetime) -> Dispute:
    """The dispute's row, locked, with what was read unless somebody has read it later."""
    is_over = rules.is_over(facts.status)
    Dispute.objects.get_or_create(
        stripe_id=facts.stripe_id,
        defaults={
            "organisation_id": deposit.organisation_id,
            "deposit": deposit,
            "amount_minor": facts.amount_minor,
            "currency": facts.currency,
            "opened_at": facts.opened_at,
            "read_at": facts.opened_at,
        },
    )
    dispute = Dispute.objects.select_for_update(no_key=True).get(stripe_id=facts.stripe_id)
    if now >= dispute.read_at:
        dispute.status, dispute.reason, dispute.is_over = facts.status[:64], facts.reason[:64], is_over
        dispute.amount_minor, dispute.due_at, dispute.was_answered = (
            facts.amount_minor,
            facts.due_by,
            facts.was_answered,
        )
        dispute.closed_at = (dispute.closed_at or now) if is_over else None
        dispute.read_at = now
        dispute.save()
    return dispute


def _charge_back(dispute: Dispute, moved: stripe.MoneyMoved, *, campaigns: list[Campaign], now: datetime) -> None:
    wallet_account = accounts.wallet(organisation_id=dispute.organisation_id, currency=dispute.currency)
    budgets = {one.id: budget_account(campaign_id=one.id, currency=one.currency) for one in campaigns}
    balances = books.balances([wallet_account, *budgets.values()])
    taken = rules.taken(
        amount_minor=-moved.amount_minor,
        wallet_minor=balances[wallet_account],
        purses=[
            rules.Purse(campaign_id=one.id, state=one.state, budget_minor=balances[budgets[one.id]])
            for one in campaigns
        ],
    )
    owed = accounts.owed(organisation_id=dispute.organisation_id, currency=dispute.currency)
    debits = [(wallet_account, taken.wallet_minor)]
    debits += [(budgets[id_], amount_minor) for id_, amount_minor in taken.budgets.items()]
    debits += [(owed, taken.owed_minor)]
    entry = ledger.Entry(
        kind=EntryKind.CHARGEBACK,
        external_id=f"{dispute.stripe_id}:{moved.balance_transaction_id}",
        legs=tuple(
            ledger.Leg(debit=account, credit=accounts.cash(dispute.currency), amount_minor=amount_minor)
            for account, amount_minor in debits
            if amount_minor
        ),
        occurred_at=now,
        cause=f"dispute {dispute.stripe_id}, balance transaction {moved.balance_transaction_id}",
        reason=dispute.reason,
    )
    ledger.record([entry])
    drained_minor = sum(taken.budgets.values())
    _note_movement(dispute, moved, drained_minor=drained_minor, owed_minor=taken.owed_minor, now=now)
    if drained_minor or taken.owed_minor:
        _pause(dispute, campaigns=campaigns, now=now)


def _pause(dispute: Dispute, *, campaigns: list[Campaign], now: datetime) -> None:
    """Take no more clips on money that is gone, and say why."""
    SpendPause.objects.get_or_create(
        organisation_id=dispute.organisation_id,
        currency=dispute.currency,
        reason=PauseReason.CHARGEBACK,
        lifted_at=None,
        defaults={"deposit_id": dispute.deposit_id, "paused_since": now},
    )
    running = [one.id for one in campaigns if one.state == CampaignState.ACTIVE]
    Campaign.objects.filter(id__in=running).update(state=CampaignState.PAUSED)


def _give_back(dispute: Dispute, moved: stripe.MoneyMoved, *, now: datetime) -> None:
    if not moved.amount_minor:
        _note_movement(dispute, moved, now=now)  # a fee alone
        return
    organisation_id, currency = dispute.organisation_id, dispute.currency
    owed = accounts.owed(organisation_id=organisation_id, currency=currency)
    back = rules.given_back(
        amount_minor=moved.amount_minor, owed_minor=books.balance(owed), written_off_minor=_written_off(dispute)
    )
    credits = (
        (owed, back.owed_minor),
        (Account(kind=AccountKind.PLATFORM_LOSSES, currency=currency), back.losses_minor),
        (accounts.wallet(organisation_id=organisation_id, currency=currency), back.wallet_minor),
    )
    entry = ledger.Entry(
        kind=EntryKind.CHARGEBACK_WON,
        external_id=f"{dispute.stripe_id}:{moved.balance_transaction_id}",
        legs=tuple(
            ledger.Leg(debit=accounts.cash(currency), credit=account, amount_minor=amount_minor)
            for account, amount_minor in credits
            if amount_minor
        ),
        occurred_at=now,
        cause=f"dispute {dispute.stripe_id}, balance transaction {moved.balance_transaction_id}",
    )
    ledger.record([entry])
    _note_movement(dispute, moved, owed_minor=back.owed_minor, losses_minor=back.losses_minor, now=now)
    if not books.balance(owed):
        receivables.lift_chargeback_pause(
            organisation_id=organisation_id, currency=currency, because=f"dispute {dispute.stripe_id} was won", now=now
        )


def _written_off(dispute: Dispute) -> int:
    """What the platform wrote off of this dispute's loss and has not got back, in minor units."""
    found = payments.written_off(organisation_id=dispute.organisation_id, currency=dispute.currency)
    got_back = DisputeMovement.objects.filter(dispute=dispute).aggregate(sum=Sum("losses_minor"))["sum"] or 0
    return max(0, found.get(dispute.stripe_id, 0) - got_back)


def _note_movement(
    dispute: Dispute,
    moved: stripe.MoneyMoved,
    *,
    now: datetime,
    drained_minor: int = 0,
    owed_minor: int = 0,
    losses_minor: int = 0,
) -> None:
    DisputeMovement.objects.create(
        dispute=dispute,
        balance_transaction_id=moved.balance_transaction_id,
        amount_minor=moved.amount_minor,
        fee_minor=moved.fee_minor,
        drained_minor=drained_minor,
        owed_minor=owed_minor,
        losses_minor=losses_minor,
        booked_at=now,
    )
