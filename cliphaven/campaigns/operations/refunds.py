"""Money back to where it came from: asked for in the books first, sent once, and booked: see `refund_bookings`.

The walk to Stripe is `foundation.outgoing.sender`'s. A refund exists before it is paid and may fail after it was, so it
is read again until nothing more can come: letters are hints, a sweep asks anyway.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from cliphaven.campaigns.models import Deposit, DepositState, Refund, RefundRequest
from cliphaven.campaigns.operations import refund_bookings as bookings
from cliphaven.campaigns.queries import accounts, payments
from cliphaven.campaigns.rules import refunds as rules
from cliphaven.campaigns.rules.refunds import RefundState
from cliphaven.foundation import jobs, money
from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from cliphaven.foundation.outgoing.rules import Found
from cliphaven.foundation.outgoing.sender import Claim, Sender, due, move
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import EntryKind
from cliphaven.providers import stripe

SWEEP_MAX = 200
READ_OPEN_EVERY = timedelta(hours=1)
# A refund that succeeded can still fail: the card's bank may send it back weeks later.
READ_DONE_EVERY = timedelta(days=1)
READ_DONE_FOR = timedelta(days=30)

log = logging.getLogger(__name__)


class RefundRefused(Refused):
    """The amount cannot go back."""

    code = "refund_refused"


class Refunds(Sender[Refund, stripe.RefundFacts]):
    """What sending a refund differs in from other calls: it goes to a charge, and a no gives the wallet its money."""

    name, model = "refund", Refund
    related = ("request", "deposit")

    def key(self, row: Refund) -> str:  # noqa: D102  # said by Sender, as all that follow
        return f"{_name(row)}:{row.amount_minor}:a{row.attempt}"

    def sought(self, row: Refund) -> Found:  # noqa: D102
        return Found(
            amount_minor=row.amount_minor, currency=row.deposit.currency, destination=str(row.deposit.charge_id)
        )

    def call(self, claim: Claim[Refund]) -> stripe.RefundFacts:  # noqa: D102
        return stripe.send_refund(
            charge_id=claim.sought.destination,
            amount_minor=claim.sought.amount_minor,
            metadata={"refund": _name(claim.row), "attempt": str(claim.row.attempt)},
            idempotency_key=claim.key,
        )

    def look_up(self, claim: Claim[Refund]) -> Sequence[stripe.RefundFacts]:  # noqa: D102
        return at_stripe(refund=claim.row)

    def told(self, facts: stripe.RefundFacts) -> Found:  # noqa: D102
        return Found(amount_minor=facts.amount_minor, currency=facts.currency, destination=facts.charge_id)

    def take_over(self, *, item_id: int, facts: stripe.RefundFacts, now: datetime) -> None:  # noqa: D102
        bookings.take_in(refund_id=item_id, facts=facts, now=now)

    def give_back(self, row: Refund, *, failure: ProviderFailed, now: datetime) -> None:  # noqa: D102
        move(
            row,
            to=RefundState.RELEASED,
            failure_code=failure.code[:64],
            failure_sentence=rules.refund_sentence(failure.code),
            returned_at=now,
        )
        bookings.return_unsent(refund=row, reason=failure.code, now=now)

    def stop(self, row: Refund, *, reason: str) -> None:  # noqa: D102
        # The others find out by themselves, a minute apart, and go on once the key is mended: nothing is lost.
        log.error("refund %s: Stripe does not let us in: %s", row.pk, reason)


SENDER = Refunds()


@own_transaction
def request_refund(
    *, organisation_id: int, user_id: int, amount_minor: int, currency: str, request_key: str, now: datetime
) -> int:
    """Take an amount of the wallet to give it back, newest payments first; answers the request's id.

    The same `request_key` again is the same request. Raises RefundRefused, when less than that can go back or the form
    was sent before with other content.
    """
    # Disputes, warnings and other refunds of these payments wait, so that nothing is given back twice.
    paid = Deposit.objects.filter(organisation_id=organisation_id, currency=currency, state=DepositState.PAID)
    list(paid.select_for_update(no_key=True).order_by("id").values_list("id"))
    known = RefundRequest.objects.filter(organisation_id=organisation_id, request_key=request_key).first()
    if known is not None:
        if (known.amount_minor, known.currency, known.requested_by_id) != (amount_minor, currency, user_id):
            raise RefundRefused(
                "This form was sent before, with another amount or by somebody else: open the page anew"
            )
        return known.id
    parts = _parts(organisation_id=organisation_id, currency=currency, amount_minor=amount_minor, now=now)
    request = RefundRequest.objects.create(
        organisation_id=organisation_id,
        requested_by_id=user_id,
        amount_minor=amount_minor,
        currency=currency,
        request_key=request_key,
        keys_begin_with=settings.KEY_PREFIX,
        requested_at=now,
    )
    refunds = [
        Refund.objects.create(
            request=request,
            deposit_id=part.deposit_id,
            amount_minor=part.amount_minor,
            state=RefundState.REQUESTED,
            due_at=now,
        )
        for part in parts
    ]
    try:
        ledger.record([_request_entry(refund, request) for refund in refunds])
    except ledger.BalanceWouldBeNegative as refusal:
        raise RefundRefused("The wallet has changed meanwhile: open the page anew") from refusal
    for refund in refunds:
        _defer(refund.id)
    return request.id


@no_transaction
def send(*, refund_id: int, now: datetime, read_clock: Callable[[], datetime]) -> None:
    """Send a refund, or find out what became of it: at most one at Stripe, however often this is called."""
    SENDER.send(item_id=refund_id, now=now, read_clock=read_clock)


@joined_transaction
def look_again(*, refund_id: int, now: datetime) -> bool:
    """Let a refund in review be looked up anew, once it was put right at Stripe; False when it is not in review."""
    is_open = SENDER.look_again(item_id=refund_id, now=now)
    if is_open:
        _defer(refund_id)
    return is_open


@no_transaction
def at_stripe(*, refund: Refund) -> Sequence[stripe.RefundFacts]:
    """Everything that Stripe has under a refund's name, oldest first. Raises ProviderFailed."""
    of_charge = stripe.refunds_of_charge(str(refund.deposit.charge_id))
    return [facts for facts in reversed(of_charge) if facts.metadata.get("refund") == _name(refund)]


@no_transaction
def settle_hint(*, stripe_id: str, now: datetime) -> str:
    """A refund has changed: read it and book what follows. Says in words what was done. Raises ProviderFailed."""
    return _settle(stripe.refund(stripe_id), now=now)


@no_transaction
def settle_charge_hint(*, charge_id: str, now: datetime) -> str:
    """Something of a charge was refunded: read its refunds, of which ours are booked. Raises ProviderFailed."""
    if not Deposit.objects.filter(charge_id=charge_id).exists():
        return "no payment of ours"
    said = [_settle(facts, now=now) for facts in stripe.refunds_of_charge(charge_id)]
    return "; ".join(dict.fromkeys(said)) or "nothing was refunded"


@no_transaction
def sweep(*, now: datetime) -> int:
    """Drive on what is due, and read again what may have changed at Stripe; answers how many.

    One that cannot be read, for whatever reason, keeps no other waiting. Raises at the end what kept one from being
    read, unless Stripe said no to it for good.
    """
    deferred = _defer_due(now=now)
    failure: Exception | None = None
    ids = list(_to_read_again(now=now).values_list("stripe_id", flat=True)[:SWEEP_MAX])
    for stripe_id in ids:
        try:
            settle_hint(stripe_id=str(stripe_id), now=now)
        except ProviderFailed as failed:
            log.error("refunds: Stripe does not tell of %s: %s", stripe_id, failed.code)
            if failed.outcome is not Outcome.DEFINITE:
                failure = failed
        except Exception as odd:  # one odd refund must not keep others from their end
            log.exception("refunds: %s could not be taken in", stripe_id)
            failure = odd
    if failure is not None:
        raise failure
    return deferred + len(ids)


def _parts(*, organisation_id: int, currency: str, amount_minor: int, now: datetime) -> list[rules.Part]:
    if currency not in money.EXPONENTS:
        raise RefundRefused("Choose one of the currencies of the wallet")
    found = payments.refundable(organisation_id=organisation_id, currency=currency, now=now)
    if amount_minor < 1:
        raise RefundRefused("Ask for more than nothing")
    parts = rules.split(found, amount_minor=amount_minor)
    if parts is None:
        at_most = money.formatted(found.total_minor, currency=currency)
        raise RefundRefused(f"At most {at_most} can go back now: the page says why the rest cannot")
    if len(parts) > rules.REFUNDS_PER_REQUEST_MAX:
        raise RefundRefused("This amount lies in too many payments to go back at once: ask for less, several times")
    return parts


def _request_entry(refund: Refund, request: RefundRequest) -> ledger.Entry:
    wallet = accounts.wallet(organisation_id=request.organisation_id, currency=request.currency)
    refunding = accounts.refunding(organisation_id=request.organisation_id, currency=request.currency)
    return ledger.Entry(
        kind=EntryKind.REFUND_REQUEST,
        external_id=f"refund:{refund.id}",
        legs=(ledger.Leg(debit=wallet, credit=refunding, amount_minor=refund.amount_minor),),
        occurred_at=request.requested_at,
        cause=f"refund {refund.id} of payment {refund.deposit_id}",
        actor=f"user:{request.requested_by_id}",
    )


def _settle(facts: stripe.RefundFacts, *, now: datetime) -> str:
    refund_id = _row_of(facts)
    if refund_id is None:
        if Deposit.objects.filter(charge_id=facts.charge_id).exists():
            log.error("refund %s of %s was not asked for here", facts.stripe_id, facts.charge_id)
            return "a refund made at Stripe by hand, for a person"
        return "no payment of ours"
    bookings.take_in(refund_id=refund_id, facts=facts, now=now)
    return "refund read"


def _row_of(facts: stripe.RefundFacts) -> int | None:
    """The row that a refund is the effect of: by its id, or, when its answer was lost, by the name we gave it."""
    known = Refund.objects.filter(stripe_id=facts.stripe_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    waiting = Refund.objects.select_related("request").filter(
        stripe_id=None, deposit__charge_id=facts.charge_id, amount_minor=facts.amount_minor
    )
    return next((row.id for row in waiting if facts.metadata.get("refund") == _name(row)), None)


def _name(refund: Refund) -> str:
    """The name under which every attempt at a refund can be found at Stripe."""
    return f"{refund.request.keys_begin_with}:refund:{refund.pk}"


@own_transaction
def _defer_due(*, now: datetime) -> int:
    ids = due(Refund.objects.all(), now=now, most=SWEEP_MAX)
    for refund_id in ids:
        _defer(refund_id)
    return len(ids)


def _defer(refund_id: int) -> None:
    jobs.defer("campaigns.send_refund", at_most_one_waiting=f"refund:{refund_id}", refund_id=refund_id)


def _to_read_again(*, now: datetime) -> QuerySet[Refund]:
    """Refunds that are on their way, that failed and did not bring their money yet, or that succeeded lately."""
    on_its_way = Q(state__in=[RefundState.PENDING, RefundState.REQUIRES_ACTION])
    unreturned = Q(state__in=[RefundState.FAILED, RefundState.CANCELED], returned_at=None)
    unbooked = Q(state=RefundState.SUCCEEDED, booked_at=None)
    is_open = (on_its_way | unreturned | unbooked) & Q(read_at__lte=now - READ_OPEN_EVERY)
    done_lately = Q(state=RefundState.SUCCEEDED, booked_at__gt=now - READ_DONE_FOR, read_at__lte=now - READ_DONE_EVERY)
    return Refund.objects.filter(is_open | done_lately, stripe_id__isnull=False).order_by("read_at", "id")
