"""What became of payouts: read from Stripe, booked once, followed up. Webhooks and the sweep both end here."""

import logging
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from cliphaven.deliveries import operations as deliveries
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation import jobs, money
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.outgoing.sender import due, move
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankAccount, BankPayout, BatchState
from cliphaven.payouts.operations import batches
from cliphaven.payouts.queries import attempts
from cliphaven.payouts.rules import AfterFailure, BankPayoutState
from cliphaven.providers import stripe

SWEEP_MAX = 500
SEND, READ = "payouts.send_bank_payout", "payouts.settle_bank_payout"
MOVING = (BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT)
_ACCOUNT = "creator__connected_account"

log = logging.getLogger(__name__)


class PayoutSentTwice(Exception):
    """Stripe knows two payouts for one row. It must never happen, and nothing here can put it right."""


@no_transaction
def settle_hint(*, stripe_id: str, connected_account: str, now: datetime) -> str:
    """Something happened to a payout: read it and book what became of it. Answers in words what was done.

    Payouts that are not ours (automatic ones, debits, reversals, strangers') are left alone. Raises ProviderFailed.
    """
    facts = stripe.payout(stripe_id=stripe_id, connected_account=connected_account)
    if not facts.is_ours:
        return "not one of our payouts"
    row = _row_of(facts, connected_account=connected_account)
    if row is None:
        return "no row for this payout"
    if row.state == BankPayoutState.NEEDS_REVIEW and not _is_the_only_one(facts, row=row):
        return "a person has to look at its row"
    record(bank_payout_id=row.pk, facts=facts, now=now)
    return f"payout is {facts.status}"


@no_transaction
def settle(*, bank_payout_id: int, now: datetime) -> None:
    """Read a payout on its way, or lately paid, again: its webhook may be lost.

    Raises ProviderFailed; then the next reading is an hour later, so that nobody's unreadable account fills the sweep.
    """
    payout = BankPayout.objects.get(id=bank_payout_id)
    if payout.stripe_id is None or payout.state in rules.BANK_PAYOUT_OVER:
        return
    try:
        facts = stripe.payout(stripe_id=payout.stripe_id, connected_account=payout.connected_account)
        record(bank_payout_id=bank_payout_id, facts=facts, now=now)
    except (ProviderFailed, PayoutSentTwice):
        _read_later(bank_payout_id=bank_payout_id, due_at=now + rules.REREAD_UNREADABLE_AFTER)
        raise


@own_transaction
def _read_later(*, bank_payout_id: int, due_at: datetime) -> None:
    # Whoever read it meanwhile has set a later moment.
    BankPayout.objects.filter(id=bank_payout_id, due_at__lt=due_at).update(due_at=due_at)


@no_transaction
def record(*, bank_payout_id: int, facts: stripe.PayoutFacts, now: datetime) -> None:
    """Take over what Stripe says of a payout. Old news change nothing; each change is booked once.

    What the books refuse, because they know of less in transit, is left to a person, and read again later.
    """
    try:
        _record(bank_payout_id=bank_payout_id, facts=facts, now=now)
    except ledger.EntryRefused:
        log.exception("Payout %s is %s at Stripe, and the books refuse it", bank_payout_id, facts.stripe_id)
        _record_unbooked(bank_payout_id=bank_payout_id, facts=facts, now=now)


@own_transaction
def _record_unbooked(*, bank_payout_id: int, facts: stripe.PayoutFacts, now: datetime) -> None:
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=bank_payout_id)
    known = {
        "stripe_id": facts.stripe_id,
        "due_at": now + rules.REREAD_UNREADABLE_AFTER,
        "failure_code": rules.NOT_BOOKED,
        "failure_sentence": rules.payout_sentence(rules.NOT_BOOKED),
    }
    if rules.payout_state(facts.status, before=BankPayoutState(payout.state)) is None:
        return
    if payout.state in (*MOVING, BankPayoutState.PAID):
        BankPayout.objects.filter(id=payout.id).update(**known)
    else:
        # Its answer was lost until now. It is on its way as far as the books go.
        move(payout, to=BankPayoutState.IN_TRANSIT, **known)


@own_transaction
def _record(*, bank_payout_id: int, facts: stripe.PayoutFacts, now: datetime) -> None:
    payout = BankPayout.objects.select_for_update(no_key=True).get(id=bank_payout_id)
    before = BankPayoutState(payout.state)
    if payout.stripe_id not in (None, facts.stripe_id):
        raise PayoutSentTwice(f"Bank payout {payout.id} is {payout.stripe_id} and {facts.stripe_id}")
    state = rules.payout_state(facts.status, before=before)
    if state is None:
        return
    payout.stripe_id = facts.stripe_id
    known = {"stripe_id": facts.stripe_id, "arrives_on": facts.arrives_on, "trace_id": facts.trace_id[:120]}
    if state in rules.BANK_PAYOUT_FAILED:
        BankPayout.objects.filter(id=payout.id).update(**known)
        fail(
            payout=payout,
            code=facts.failure_code or facts.status,
            sentence=rules.payout_sentence(facts.failure_code or facts.status),
            now=now,
        )
        return
    if state is BankPayoutState.PAID:
        known["due_at"] = now + rules.REREAD_PAID_EVERY
        if before is not BankPayoutState.PAID:
            known["paid_at"] = now
            ledger.record([_entry(payout, EntryKind.BANK_PAYOUT, now=now)])
            _tell_paid(payout, facts=facts, now=now)
    else:
        known["due_at"] = now + rules.REREAD_MOVING_EVERY
    move(payout, to=state, failure_code="", failure_sentence="", **known)


@joined_transaction
def fail(*, payout: BankPayout, code: str, sentence: str, now: datetime) -> None:
    """The payout did not happen, or came back from the bank; the money is on the connected account again.

    The caller holds the row's lock.
    """
    came_back = payout.state == BankPayoutState.PAID
    move(
        payout,
        to=BankPayoutState.RETURNED if came_back else BankPayoutState.FAILED,
        failure_code=code[:64],
        failure_sentence=sentence,
        failed_at=now,
    )
    if came_back:
        ledger.record([_entry(payout, EntryKind.BANK_PAYOUT_RETURNED, now=now)])
    follows = rules.after_failure(
        code=code,
        refused_by_stripe=payout.stripe_id is None,
        failures_to_this_bank=attempts.failures_in_a_row(
            creator_id=payout.creator_id, bank_account_id=payout.bank_account_id
        ),
        failures=_failures(payout),
    )
    if follows is AfterFailure.TRY_AGAIN:
        open_next(
            payout=payout, state=BankPayoutState.WAITING_FOR_FUNDS, due_at=now + rules.NEXT_ATTEMPT_AFTER, now=now
        )
    elif follows is AfterFailure.REVIEW:
        open_next(payout=payout, state=BankPayoutState.NEEDS_REVIEW, due_at=now, now=now)
    _tell_failed(payout, sentence=sentence, now=now)


@own_transaction
def sweep(*, now: datetime) -> int:
    """Let everything that is due happen, whatever became of its jobs and webhooks; answers how much that is.

    Payouts are sent, looked up or read again; a creator's new or mended bank account gets the next attempt; batches of
    which nothing moves any more are closed.
    """
    running = BankPayout.objects.exclude(batch__state=BatchState.STOPPED)
    to_send = due(running, now=now, most=SWEEP_MAX)
    for bank_payout_id in to_send:
        defer(task=SEND, bank_payout_id=bank_payout_id)
    lately_paid = Q(state=BankPayoutState.PAID, paid_at__gt=now - rules.PAID_IS_FINAL_AFTER)
    # Also of a stopped batch: what is at Stripe goes its way, and may come back.
    at_stripe = BankPayout.objects.filter(Q(state__in=MOVING) | lately_paid, due_at__lte=now)
    to_read = at_stripe.order_by("due_at", "id")
    to_read_ids = list(to_read.values_list("id", flat=True)[:SWEEP_MAX])
    for bank_payout_id in to_read_ids:
        defer(task=READ, bank_payout_id=bank_payout_id)
    next_attempts = _open_next_attempts(now=now)
    accounts = _read_accounts_again(now=now)
    batches.finish_done(now=now)
    return len(to_send) + len(to_read_ids) + next_attempts + accounts


@joined_transaction
def defer(*, task: str, bank_payout_id: int) -> None:
    """Defer SEND or READ for a payout. Whoever asks, at most one such job of it waits."""
    jobs.defer(task, at_most_one_waiting=f"{task}:{bank_payout_id}", bank_payout_id=bank_payout_id)


def _row_of(facts: stripe.PayoutFacts, *, connected_account: str) -> BankPayout | None:
    """Our row for a payout, by Stripe's id, or by what we wrote on it when its answer has not come back yet."""
    ours = BankPayout.objects.filter(connected_account=connected_account)
    row = ours.filter(stripe_id=facts.stripe_id).first()
    named = facts.metadata.get("bank_payout", "")
    if row is None and named.isascii() and named.isdecimal() and len(named) < rules.NUMBER_LENGTH_MAX:
        meant = ours.filter(id=int(named), stripe_id=None, amount_minor=facts.amount_minor, currency=facts.currency)
        row = meant.first()
    return row


def _is_the_only_one(facts: stripe.PayoutFacts, *, row: BankPayout) -> bool:
    """Whether Stripe has nothing else under this name: what waits for a person may do so because there are two."""
    under_its_name = [
        it.stripe_id for it in stripe.payouts_of(row.connected_account) if it.metadata.get("bank_payout") == str(row.pk)
    ]
    return under_its_name == [facts.stripe_id]


def _open_next_attempts(*, now: datetime) -> int:
    """The next attempt for failed payouts whose creator has another bank account since, or mended the old one."""
    usable = Q(**{f"{_ACCOUNT}__transfers_active": True, f"{_ACCOUNT}__payouts_enabled": True})
    banks = BankAccount.objects.filter(
        account__creator_id=OuterRef("creator_id"), currency=OuterRef("currency"), works=True
    )
    is_another = Exists(banks.exclude(stripe_id=OuterRef("bank_account_id")))
    is_mended = Exists(banks.filter(works_since__gt=OuterRef("failed_at")))
    # The account was not usable when it failed, and its bank account was never at fault.
    is_usable_again = Exists(banks) & Q(**{f"{_ACCOUNT}__usable_since__gt": F("failed_at")})
    failed = (
        attempts.given_up()
        .select_for_update(no_key=True, of=("self",), skip_locked=True)
        .filter(usable, is_another | is_mended | is_usable_again)
        # Three failures in a row pause a bank account: mending it is not enough any more.
        .filter(is_another | ~attempts.is_paused())
        .order_by("id")[:SWEEP_MAX]
    )
    for payout in failed:
        open_next(payout=payout, state=BankPayoutState.WAITING_FOR_FUNDS, due_at=now, now=now)
    return len(failed)


def _read_accounts_again(*, now: datetime) -> int:
    """Let the accounts behind failed payouts be read now and then: the news of a new bank account may be lost."""
    unread = attempts.given_up().filter(**{f"{_ACCOUNT}__checked_at__lte": now - rules.REREAD_MOVING_EVERY})
    # The creators' present accounts: of those that left nothing can be read.
    present = unread.values_list(f"{_ACCOUNT}__stripe_id", flat=True).order_by(f"{_ACCOUNT}__stripe_id")
    ids = list(present.exclude(**{f"{_ACCOUNT}__stripe_id": None}).distinct()[:SWEEP_MAX])
    for stripe_id in ids:
        jobs.defer("payouts.refresh_account", at_most_one_waiting=f"account:{stripe_id}", stripe_id=stripe_id)
    return len(ids)


@joined_transaction
def open_next(*, payout: BankPayout, state: BankPayoutState, due_at: datetime, now: datetime) -> None:
    """The next attempt at a payout that failed: of the same money, and with the reason why there is another one."""
    BankPayout.objects.create(
        batch_id=payout.batch_id,
        creator_id=payout.creator_id,
        currency=payout.currency,
        part=payout.part,
        attempt=payout.attempt + 1,
        connected_account=payout.connected_account,
        amount_minor=payout.amount_minor,
        state=state.value,
        due_at=due_at,
        failure_code=payout.failure_code,
        failure_sentence=payout.failure_sentence,
        created_at=now,
    )


def _failures(payout: BankPayout) -> int:
    """How often this money failed to reach a bank, this payout included. Attempts that only waited do not count."""
    of_this_money = BankPayout.objects.filter(
        batch_id=payout.batch_id, creator_id=payout.creator_id, currency=payout.currency, part=payout.part
    )
    return of_this_money.filter(state__in=[state.value for state in rules.BANK_PAYOUT_FAILED]).count()


def _entry(payout: BankPayout, kind: EntryKind, *, now: datetime) -> ledger.Entry:
    in_transit = Account(kind=AccountKind.CREATOR_IN_TRANSIT, owner_id=payout.creator_id, currency=payout.currency)
    connected = Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=payout.creator_id, currency=payout.currency)
    debit, credit = (in_transit, connected) if kind is EntryKind.BANK_PAYOUT else (connected, in_transit)
    return ledger.Entry(
        kind=kind,
        external_id=str(payout.stripe_id),
        legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=payout.amount_minor),),
        occurred_at=now,
        cause=f"bank payout {payout.id}",
    )


def _tell_paid(payout: BankPayout, *, facts: stripe.PayoutFacts, now: datetime) -> None:
    amount = money.formatted(payout.amount_minor, currency=payout.currency)
    trace = f"\n\nIf your bank does not find it, give them the trace number {facts.trace_id}." if facts.trace_id else ""
    _announce(payout, EventType.PAYOUT_PAID, {}, now=now)
    notifications.queue_message(
        user_id=payout.creator_id,
        key=f"bank-payout:{payout.id}:paid",
        kind=Kind.MONEY,
        subject=f"{amount} has arrived",
        text=f"Your payout of {amount} has reached your bank account.{trace}",
        link="/creator/payouts/",
        now=now,
    )


def _tell_failed(payout: BankPayout, *, sentence: str, now: datetime) -> None:
    amount = money.formatted(payout.amount_minor, currency=payout.currency)
    _announce(payout, EventType.PAYOUT_FAILED, {"code": payout.failure_code}, now=now)
    notifications.queue_message(
        user_id=payout.creator_id,
        key=f"bank-payout:{payout.id}:failed",
        kind=Kind.MONEY,
        subject=f"Your payout of {amount} did not arrive",
        text=f"{sentence}\n\nThe money is still yours and waits for you.",
        link="/creator/payouts/",
        now=now,
    )


def _announce(payout: BankPayout, type_: EventType, more: dict[str, str], *, now: datetime) -> None:
    data = {
        "payout": f"{payout.batch_id}-{payout.currency}",
        "week": payout.batch.iso_week,
        "amount": catalogue.money(payout.amount_minor, payout.currency),
        **more,
    }
    fact = deliveries.Fact(type=type_, key=f"{type_}:{payout.id}", data=data, user_id=payout.creator_id)
    deliveries.announce(facts=[fact], now=now)
