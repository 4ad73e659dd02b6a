"""What must hold of sponsors' money at every moment: payments, refunds and budgets beside the books."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from cliphaven.campaigns.models import (
    Campaign,
    CampaignState,
    Deposit,
    DepositState,
    DisputeMovement,
    Refund,
    RefundRequest,
)
from cliphaven.campaigns.queries import accounts, budget_account
from cliphaven.campaigns.rules.refunds import REFUND_COUNTS, RefundState
from cliphaven.foundation.money import formatted
from cliphaven.foundation.outgoing import steps
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

CHUNK = 1_000
FAILURES_SHOWN_MAX = 100
# Each is read by itself, since only the books know which campaigns a chargeback drained; of payments few are disputed.
MOVEMENTS_MAX = 1_000
_OF_SPONSORS = (AccountKind.SPONSOR_WALLET, AccountKind.SPONSOR_RECEIVABLE)


@one_snapshot
def checks(*, rows_max: int | None = None) -> list[books.Check]:
    """Every property that money coming in must have; rows one by one: all, or the newest `rows_max`."""
    return books.asked(QUESTIONS, books.Look(limits=books.Limits(rows_max=rows_max)))


def oldest_refund_at() -> datetime | None:
    """Since when the oldest money that a sponsor asked back has been on its way; None when there is none."""
    waiting = Refund.objects.filter(booked_at=None, returned_at=None).order_by("request__requested_at")
    return waiting.values_list("request__requested_at", flat=True).first()


def forgotten_refunds(*, before: datetime) -> list[str]:
    """Refunds asked for before a moment that Stripe does not have and no person looks at: sentences, the first of many.

    What Stripe has may wait there for money of ours, and is shown as that.
    """
    ours = [RefundState.REQUESTED, RefundState.SENDING, RefundState.UNKNOWN]
    unbooked = Q(state=RefundState.SUCCEEDED, booked_at=None)
    rows = Refund.objects.filter(Q(state__in=ours) | unbooked, request__requested_at__lt=before).order_by("id")
    return [f"refund {row.id} is {row.state}, and nobody is told why" for row in rows[:FAILURES_SHOWN_MAX]]


def _payments_are_credited_once(look: books.Look) -> books.Check:
    """Each payment that arrived is one deposit in the books: that amount, in its organisation's wallet.

    That the books have no other deposits is Stripe's to say: the reconciliation asks it.
    """
    paid = Deposit.objects.filter(state=DepositState.PAID).order_by("-id")
    rows = list(
        paid.values_list("payment_intent_id", "organisation_id", "currency", "received_minor")[: look.limits.rows_max]
    )
    failures = []
    for chunk in (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)):
        legs = [
            books.ClaimedLeg(
                external_id=str(payment_id),
                debit=Account(kind=AccountKind.STRIPE_BALANCE, currency=currency),
                credit=Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency),
                amount_minor=received_minor or 0,
            )
            for payment_id, organisation_id, currency, received_minor in chunk
        ]
        failures += [
            f"the payment {payment_id} is not in the books as it arrived"
            for payment_id in books.unlike(EntryKind.DEPOSIT, legs)
        ]
    return _check("each payment is credited once", len(rows), failures)


def _closed_campaigns_have_nothing_left(look: books.Look) -> books.Check:
    """What a campaign did not spend goes back to its sponsor when it is closed."""
    closed = Campaign.objects.filter(state=CampaignState.CLOSED).order_by("-id")
    accounts = {
        campaign_id: budget_account(campaign_id=campaign_id, currency=currency)
        for campaign_id, currency in closed.values_list("id", "currency")[: look.limits.rows_max]
    }
    ids = list(accounts)
    failures = []
    for chunk in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)):
        balances = books.balances([accounts[campaign_id] for campaign_id in chunk])
        failures += [
            f"campaign {campaign_id} is closed and still has "
            f"{formatted(balances[accounts[campaign_id]], currency=accounts[campaign_id].currency)}"
            for campaign_id in chunk
            if balances[accounts[campaign_id]]
        ]
    return _check("closed campaigns have nothing left", len(ids), failures)


def _no_more_goes_back_than_was_paid(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Refunds of a payment, done and under way, are at most what it brought."""
    counting = Q(refunds__state__in=REFUND_COUNTS)
    refunded = Deposit.objects.filter(counting).annotate(back=Sum("refunds__amount_minor", filter=counting))
    too_much = refunded.filter(Q(received_minor=None) | Q(back__gt=F("received_minor"))).order_by("id")
    failures = [
        f"payment {row.id} brought {formatted(row.received_minor or 0, currency=row.currency)}, and "
        f"{formatted(row.back, currency=row.currency)} goes back"
        for row in too_much[:FAILURES_SHOWN_MAX]
    ]
    return _check("no more goes back than was paid in", refunded.count(), failures)


def _refunds_are_booked(look: books.Look) -> books.Check:
    """Each refund that left our balance is one entry of its amount, and there are no others."""
    rows = Refund.objects.filter(booked_at__isnull=False)
    return _against_books("refunds are in the books, and no others", EntryKind.REFUND, rows, look.limits.rows_max)


def _what_came_back_is_booked(look: books.Look) -> books.Check:
    """Each refund whose money is in the wallet again is one entry, from where that money was."""
    rows = Refund.objects.filter(returned_at__isnull=False)
    name = "refunds that came back are in the books, and no others"
    return _against_books(name, EntryKind.REFUND_FAILED, rows, look.limits.rows_max)


def _against_books(name: str, kind: EntryKind, rows: QuerySet[Refund], rows_max: int | None) -> books.Check:
    newest = list(rows.select_related("deposit").order_by("-id")[:rows_max])
    failures = []
    for chunk in (newest[start : start + CHUNK] for start in range(0, len(newest), CHUNK)):
        named = {(leg := _leg(kind, row)).external_id: (row, leg) for row in chunk}
        failures += [
            f"refund {named[missing][0].id} is not in the books as {missing}"
            for missing in books.unlike(kind, [leg for _, leg in named.values()])
        ]
    known, there = rows.count(), books.entry_count(kind)
    if known != there:
        failures.append(f"the books have {there:,} of them, we know of {known:,}")
    return _check(name, len(newest), failures)


def _leg(kind: EntryKind, row: Refund) -> books.ClaimedLeg:
    organisation_id, currency = row.deposit.organisation_id, row.deposit.currency
    waiting = accounts.refunding(organisation_id=organisation_id, currency=currency)
    wallet = accounts.wallet(organisation_id=organisation_id, currency=currency)
    cash = accounts.cash(currency)
    has_left = kind is EntryKind.REFUND
    return books.ClaimedLeg(
        external_id=row.stripe_id or f"refund:{row.id}",
        debit=waiting if has_left or row.booked_at is None else cash,
        credit=cash if has_left else wallet,
        amount_minor=row.amount_minor,
    )


def _refunding_is_what_refunds_wait_for(look: books.Look) -> books.Check:
    """What sponsors asked back and is neither gone nor back is exactly what waits in the books, for each of them."""
    waiting = Refund.objects.filter(booked_at=None, returned_at=None)
    expected: dict[Account, int] = defaultdict(int)
    for organisation_id, currency, amount_minor in waiting.values_list(
        "deposit__organisation_id", "deposit__currency", "amount_minor"
    ):
        expected[accounts.refunding(organisation_id=organisation_id, currency=currency)] += amount_minor
    booked = {
        accounts.refunding(organisation_id=organisation_id, currency=currency): minor
        for (organisation_id, currency), minor in look.owned.get(AccountKind.SPONSOR_REFUNDING, {}).items()
    }
    failures = [
        f"{account.code} {account.currency} has {formatted(booked.get(account, 0), currency=account.currency)}, and "
        f"refunds wait for {formatted(expected.get(account, 0), currency=account.currency)}"
        for account in sorted({*expected, *booked}, key=lambda account: (account.code, account.currency))
        if expected.get(account, 0) != booked.get(account, 0)
    ]
    return _check("money going back is what refunds wait for", len({*expected, *booked}), failures)


def _disputes_are_booked(look: books.Look) -> books.Check:
    """Each movement of a dispute that is money is one entry, which says the same of where it came from and went to."""
    rows = DisputeMovement.objects.exclude(amount_minor=0).select_related("dispute")
    newest = list(rows.order_by("-id")[: min(look.limits.rows_max or MOVEMENTS_MAX, MOVEMENTS_MAX)])
    failures = [
        f"{row.balance_transaction_id} of dispute {row.dispute.stripe_id} is not in the books as it was taken in"
        for row in newest
        if not _is_booked(row)
    ]
    for kind, known in (
        (EntryKind.CHARGEBACK, rows.filter(amount_minor__lt=0).count()),
        (EntryKind.CHARGEBACK_WON, rows.filter(amount_minor__gt=0).count()),
    ):
        there = books.entry_count(kind)
        if there != known:
            failures.append(f"the books have {there:,} of {kind.name.lower()}, we know of {known:,}")
    return _check("disputed money is in the books, and no other", len(newest), failures)


def _is_booked(row: DisputeMovement) -> bool:
    is_taken = row.amount_minor < 0
    entry = books.entry(
        EntryKind.CHARGEBACK if is_taken else EntryKind.CHARGEBACK_WON,
        f"{row.dispute.stripe_id}:{row.balance_transaction_id}",
    )
    if entry is None:
        return False
    cash = accounts.cash(row.dispute.currency)
    ours = [leg.credit_account if is_taken else leg.debit_account for leg in entry.legs]
    theirs = [(leg.debit_account if is_taken else leg.credit_account, leg.amount_minor) for leg in entry.legs]

    def moved(kind: AccountKind) -> int:
        return sum(amount_minor for account, amount_minor in theirs if account.kind is kind)

    owners = {account.owner_id for account, _ in theirs if account.kind in _OF_SPONSORS}
    return (
        set(ours) == {cash}
        and owners <= {row.dispute.organisation_id}
        and sum(amount_minor for _, amount_minor in theirs) == abs(row.amount_minor)
        and moved(AccountKind.CAMPAIGN_BUDGET) == row.drained_minor
        and moved(AccountKind.SPONSOR_RECEIVABLE) == row.owed_minor
        and moved(AccountKind.PLATFORM_LOSSES) == row.losses_minor
    )


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


def _requests_are_carried_out(look: books.Look) -> books.Check:
    """Each request that was taken in has its refunds, for its amount together, and each of these took its money once.

    A payment has at most one refund for each request.
    """
    newest = RefundRequest.objects.order_by("-id")[: look.limits.rows_max]
    rows = {row.id: row for row in newest}
    parts: dict[int, list[Refund]] = defaultdict(list)
    for refund in Refund.objects.filter(request__in=list(rows)).select_related("deposit").order_by("id"):
        parts[refund.request_id].append(refund)
    claims = [_asked_leg(refund) for refunds in parts.values() for refund in refunds]
    unlike = set(books.unlike(EntryKind.REFUND_REQUEST, claims))
    failures = [f"{name} did not take its money out of the wallet as it was asked to" for name in sorted(unlike)]
    for request_id, row in sorted(rows.items()):
        refunds = parts.get(request_id, [])
        amount_minor = sum(refund.amount_minor for refund in refunds)
        if amount_minor != row.amount_minor:
            failures.append(
                f"refund request {request_id} asked for {formatted(row.amount_minor, currency=row.currency)}, and its "
                f"refunds are {formatted(amount_minor, currency=row.currency)}"
            )
        if len({refund.deposit_id for refund in refunds}) < len(refunds):
            failures.append(f"refund request {request_id} gives one payment back twice")
    return _check("refund requests are carried out as they were asked", len(rows), failures)


def _refunds_walk_listed_steps(look: books.Look) -> books.Check:
    found = steps.walked(Refund, newest=look.limits.rows_max)
    return _check("refunds walk only listed steps", found.looked_at, found.failures)


def _asked_leg(row: Refund) -> books.ClaimedLeg:
    organisation_id, currency = row.deposit.organisation_id, row.deposit.currency
    return books.ClaimedLeg(
        external_id=f"refund:{row.id}",
        debit=accounts.wallet(organisation_id=organisation_id, currency=currency),
        credit=accounts.refunding(organisation_id=organisation_id, currency=currency),
        amount_minor=row.amount_minor,
    )


_DEPOSITS, _REFUNDS = frozenset({"campaigns_deposit"}), frozenset({"campaigns_refund"})
QUESTIONS = (
    books.Question(name="each payment is credited once", reads=books.LEGS | _DEPOSITS, ask=_payments_are_credited_once),
    books.Question(
        name="closed campaigns have nothing left",
        reads=books.LEGS | {"campaigns_campaign"},
        ask=_closed_campaigns_have_nothing_left,
    ),
    books.Question(
        name="no more goes back than was paid in",
        reads=_DEPOSITS | _REFUNDS,
        ask=_no_more_goes_back_than_was_paid,
    ),
    books.Question(
        name="refunds are in the books, and no others", reads=books.LEGS | _REFUNDS, ask=_refunds_are_booked
    ),
    books.Question(
        name="refunds that came back are in the books, and no others",
        reads=books.LEGS | _REFUNDS,
        ask=_what_came_back_is_booked,
    ),
    books.Question(
        name="money going back is what refunds wait for",
        reads=books.LEGS | _REFUNDS,
        ask=_refunding_is_what_refunds_wait_for,
    ),
    books.Question(
        name="disputed money is in the books, and no other",
        reads=books.LEGS | {"campaigns_disputemovement"},
        ask=_disputes_are_booked,
    ),
    books.Question(
        name="refund requests are carried out as they were asked",
        reads=books.LEGS | _REFUNDS | {"campaigns_refundrequest"},
        ask=_requests_are_carried_out,
    ),
    books.Question(
        name="refunds walk only listed steps",
        reads=_REFUNDS,
        ask=_refunds_walk_listed_steps,
    ),
)
