"""The proof of what was earned: accruals and all that became of them, against the books, the terms, the readings."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.db.models import Model, Q, QuerySet, Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import (
    UNPAID,
    Accrual,
    Deduction,
    EarningReversal,
    Hold,
    HoldOutcome,
    Recovery,
    ReturnedTo,
    ReversalKind,
    Stage,
)
from cliphaven.earnings.queries import credit_proofs, effects, promises, remaining, replay, worth
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

CHUNK = 5_000
FAILURES_SHOWN_MAX = 100
_ACCOUNTS = {
    Stage.CLEARING.value: AccountKind.CREATOR_CLEARING,
    Stage.HELD.value: AccountKind.CREATOR_HELD,
    Stage.PAYABLE.value: AccountKind.CREATOR_PAYABLE,
}
Row = TypeVar("Row", bound=Model)


@one_snapshot
def books_checks() -> list[books.Check]:
    """Whether the accruals, and all that became of them, say what the books say, and follow from terms and readings."""
    return books.asked(QUESTIONS, books.Look())


def _against_books(
    name: str,
    kind: EntryKind,
    rows: QuerySet[Row],
    legs: Callable[[list[Row]], Iterable[tuple[str, list[books.ClaimedLeg]]]],
    *,
    has_all: bool = True,
) -> books.Check:
    """Each row that moved money has its like in the books, and with `has_all` the books have no entry more."""
    failures: list[str] = []
    looked_at = 0
    for chunk in _chunks(rows):
        claims = [(row, claimed) for row, claimed in legs(chunk) if claimed]
        looked_at += len(claims)
        unlike = set(books.unlike(kind, [leg for _, claimed in claims for leg in claimed]))
        failures += [f"{row} is not what the books say" for row, claimed in claims if claimed[0].external_id in unlike]
    entries = books.entry_count(kind)
    if has_all and entries != looked_at:
        failures.append(f"the books have {entries:,} such entries for {looked_at:,} of our rows")
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


def _stages_equal_their_accounts(look: books.Look) -> books.Check:
    """What is left of the accruals of each creator in each stage is what the account of the stage holds."""
    left = Accrual.objects.filter(stage__in=UNPAID).annotate(left_minor=remaining.left())
    sums = left.values_list("creator_id", "currency", "stage").annotate(Sum("left_minor")).order_by()
    expected = {
        (Account(kind=_ACCOUNTS[stage], owner_id=creator_id, currency=currency).code, currency): int(minor)
        for creator_id, currency, stage, minor in sums.iterator(chunk_size=CHUNK)
    }
    ending = tuple(f":{stage}" for stage in _ACCOUNTS)
    booked = {
        (line.account, line.currency): line.balance_minor
        for line in look.trial.lines
        if line.account.startswith("creator:") and line.account.endswith(ending)
    }
    failures = tuple(
        f"{code} holds {booked.get((code, currency), 0)} {currency}, its accruals {expected.get((code, currency), 0)}"
        for code, currency in sorted(expected.keys() | booked.keys())
        if booked.get((code, currency), 0) != expected.get((code, currency), 0)
    )
    return books.Check(
        name="stages equal their accounts",
        looked_at=len(expected.keys() | booked.keys()),
        failures=failures[:FAILURES_SHOWN_MAX],
    )


def _reserved_accruals_equal_what_is_set_aside() -> books.Check:
    """Otherwise an accrual could be paid twice: once by the transfer that has it, once as still payable."""
    sums = (
        Accrual.objects.filter(reserved_for__isnull=False)
        .annotate(left_minor=remaining.left())
        .values_list("reserved_for", "creator_id", "currency")
        .annotate(left=Sum("left_minor"))
        .order_by("reserved_for")
    )
    rows = sums.iterator(chunk_size=CHUNK)
    failures: list[str] = []
    looked_at = 0
    while chunk := list(islice(rows, CHUNK)):
        looked_at += len(chunk)
        legs = [
            books.ClaimedLeg(
                external_id=f"transfer:{transfer_id}",
                debit=Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=creator_id, currency=currency),
                credit=Account(kind=AccountKind.CREATOR_RESERVED, owner_id=creator_id, currency=currency),
                amount_minor=int(left),
            )
            for transfer_id, creator_id, currency, left in chunk
        ]
        unlike = books.unlike(EntryKind.RESERVE, legs)
        failures += [f"{external_id} does not hold what its accruals say" for external_id in unlike]
    held = books.entry_count(EntryKind.RESERVE) - books.entry_count(EntryKind.UNRESERVE)
    if held != looked_at:
        failures.append(f"the books hold money for {held:,} transfers, accruals for {looked_at:,}")
    return books.Check(
        name="reserved accruals equal what is set aside",
        looked_at=looked_at,
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )


Claims = Iterator[tuple[str, list[books.ClaimedLeg]]]


def _accrued(accruals: list[Accrual]) -> Claims:
    for accrual in accruals:
        budget = campaigns.budget_account(campaign_id=accrual.campaign_id, currency=accrual.currency)
        shares = ((_account(accrual, Stage.CLEARING), accrual.net_minor), (_fees(accrual), accrual.fee_minor))
        yield f"accrual {accrual.name}", _claims(accrual.name, [(budget, to, minor) for to, minor in shares])


def _cleared(accruals: list[Accrual]) -> Claims:
    """What was taken before it cleared did not clear."""
    was_clearing = Q(taken_from=Stage.CLEARING) | Q(hold__came_from=Stage.CLEARING)
    before = _sums(Deduction.objects.filter(was_clearing, accrual__in=accruals), "accrual_id")
    for accrual in accruals:
        leg = (_account(accrual, Stage.CLEARING), _account(accrual, Stage.PAYABLE))
        left_minor = accrual.net_minor - before.get(accrual.id, 0)
        yield f"accrual {accrual.name}", _claims(accrual.name, [(*leg, left_minor)])


def _held(holds: list[Hold]) -> Claims:
    for hold in holds:
        leg = (_account(hold.accrual, hold.came_from), _account(hold.accrual, Stage.HELD), hold.amount_minor)
        yield f"hold {hold.id}", _claims(f"hold:{hold.id}", [leg])


def _released(holds: list[Hold]) -> Claims:
    taken = remaining.taken_of_holds([hold.id for hold in holds])
    for hold in holds:
        left_minor = hold.amount_minor - taken.get(hold.id, 0)
        leg = (_account(hold.accrual, Stage.HELD), _account(hold.accrual, hold.came_from), left_minor)
        yield f"hold {hold.id}", _claims(f"hold:{hold.id}", [leg])


def _voided(reversals: list[EarningReversal]) -> Claims:
    """From where it was: a hold that ended with the void says so, and an accrual that cleared was payable."""
    voids = [reversal for reversal in reversals if reversal.kind == ReversalKind.VOID]
    ids = [reversal.accrual_id for reversal in voids]
    held = set(Hold.objects.filter(accrual__in=ids, outcome=HoldOutcome.VOIDED).values_list("accrual_id", flat=True))
    taken = remaining.taken_of(ids)
    for reversal in voids:
        accrual = reversal.accrual
        stage = Stage.HELD if accrual.id in held else Stage.PAYABLE if accrual.cleared_at else Stage.CLEARING
        to = _receiver(reversal)
        left_minor = accrual.net_minor - taken.get(accrual.id, 0)
        if reversal.returned_to == ReturnedTo.WALLET:
            # Nothing else of it went there: what the sponsor is said to have back is in the books.
            left_minor = reversal.returned_minor - reversal.fee_minor
        legs = [(_account(accrual, stage), to, left_minor), (_fees(accrual), to, reversal.fee_minor)]
        yield f"the void of {accrual.name}", _claims(accrual.name, legs)


def _clawed_back(reversals: list[EarningReversal]) -> Claims:
    """What was paid, or had paid a debt, came from other earnings, and the rest is owed."""
    used = remaining.taken_of([one.accrual_id for one in reversals if one.kind == ReversalKind.VOID])
    parts = Deduction.objects.filter(reversal__in=reversals).values_list("reversal_id", "taken_from")
    taken: dict[int, list[tuple[str, int]]] = {}
    for reversal_id, stage, minor in parts.annotate(Sum("amount_minor")).order_by():
        taken.setdefault(reversal_id or 0, []).append((stage, int(minor)))
    for reversal in reversals:
        accrual, is_void = reversal.accrual, reversal.kind == ReversalKind.VOID
        amount = used.get(accrual.id, 0) if is_void else reversal.net_minor
        to = _losses(accrual) if reversal.returned_to == ReturnedTo.WALLET else _receiver(reversal)
        legs = [(_account(accrual, stage), to, minor) for stage, minor in taken.get(reversal.id, [])]
        owed = Account(kind=AccountKind.CREATOR_RECEIVABLE, owner_id=accrual.creator_id, currency=accrual.currency)
        legs.append((owed, to, amount - sum(minor for _, _, minor in legs)))
        legs.append((_fees(accrual), to, 0 if is_void else reversal.fee_minor))
        yield f"the clawback of {accrual.name}", _claims(accrual.name, legs)


def _recovered(recoveries: list[Recovery]) -> Claims:
    taken = _sums(Deduction.objects.filter(recovery__in=recoveries), "recovery_id")
    for recovery in recoveries:
        payable, owed = (
            Account(kind=kind, owner_id=recovery.creator_id, currency=recovery.currency)
            for kind in (AccountKind.CREATOR_PAYABLE, AccountKind.CREATOR_RECEIVABLE)
        )
        name = f"creator:{recovery.creator_id}:{recovery.id}"
        yield f"recovery {recovery.id}", _claims(name, [(payable, owed, taken.get(recovery.id, 0))])


def _claims(external_id: str, legs: Iterable[tuple[Account, Account, int]]) -> list[books.ClaimedLeg]:
    return [
        books.ClaimedLeg(external_id=external_id, debit=debit, credit=credit, amount_minor=minor)
        for debit, credit, minor in legs
        if minor
    ]


def _account(accrual: Accrual, stage: str) -> Account:
    return Account(kind=_ACCOUNTS[stage], owner_id=accrual.creator_id, currency=accrual.currency)


def _fees(accrual: Accrual) -> Account:
    return Account(kind=AccountKind.PLATFORM_FEES, currency=accrual.currency)


def _losses(accrual: Accrual) -> Account:
    return Account(kind=AccountKind.PLATFORM_LOSSES, currency=accrual.currency)


def _receiver(reversal: EarningReversal) -> Account:
    accrual = reversal.accrual
    if reversal.returned_to == ReturnedTo.LOSSES:
        return _losses(accrual)
    if reversal.returned_to == ReturnedTo.WALLET:
        owner_id = accrual.campaign.organisation_id
        return Account(kind=AccountKind.SPONSOR_WALLET, owner_id=owner_id, currency=accrual.currency)
    return campaigns.budget_account(campaign_id=accrual.campaign_id, currency=accrual.currency)


def _sums(deductions: QuerySet[Deduction], by: str) -> dict[int, int]:
    return {id_: int(minor) for id_, minor in deductions.values_list(by).annotate(Sum("amount_minor")).order_by()}


def _with_accruals(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    return holds.select_related("accrual")


def _chunks(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    found = rows.order_by("id").iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        yield chunk


def _of(
    name: str,
    kind: EntryKind,
    rows: Callable[[], QuerySet[Row]],
    legs: Callable[[list[Row]], Claims],
    *,
    reads: frozenset[str],
    has_all: bool = True,
) -> books.Question:
    return books.Question(
        name=name,
        reads=books.LEGS | reads,
        ask=lambda look: _against_books(name, kind, rows(), legs, has_all=has_all),  # noqa: ARG005  # all of them
        recomputes=True,
    )


def _reversals() -> QuerySet[EarningReversal]:
    return EarningReversal.objects.select_related("accrual__campaign")


_ROWS = frozenset({"earnings_accrual"})
_TAKEN = frozenset({"earnings_deduction"})
_HOLDS = frozenset({"earnings_hold"})
_REVERSED = frozenset({"earnings_earningreversal"})
_RECOVERED = frozenset({"earnings_recovery"})
_VIEWS = frozenset({"tracking_trackedclip", "tracking_observation"})

QUESTIONS: tuple[books.Question, ...] = (
    _of("accruals equal their entries", EntryKind.ACCRUAL, Accrual.objects.all, _accrued, reads=_ROWS),
    _of(
        "cleared accruals equal their entries",
        EntryKind.CLEAR,
        lambda: Accrual.objects.filter(cleared_at__isnull=False),
        _cleared,
        reads=_ROWS | _TAKEN | _HOLDS,
    ),
    books.Question(
        name="stages equal their accounts",
        reads=books.LEGS | _ROWS | _TAKEN,
        ask=_stages_equal_their_accounts,
        recomputes=True,
    ),
    books.Question(
        name="reserved accruals equal what is set aside",
        reads=books.LEGS | _ROWS | _TAKEN,
        ask=lambda look: _reserved_accruals_equal_what_is_set_aside(),  # noqa: ARG005  # all of them
        recomputes=True,
    ),
    _of("holds equal their entries", EntryKind.HOLD, lambda: _with_accruals(Hold.objects.all()), _held, reads=_HOLDS),
    _of(
        "released holds equal their entries",
        EntryKind.RELEASE,
        lambda: _with_accruals(Hold.objects.filter(outcome=HoldOutcome.RELEASED)),
        _released,
        reads=_HOLDS | _TAKEN,
    ),
    _of("voids equal their entries", EntryKind.VOID, _reversals, _voided, reads=_REVERSED | _TAKEN),
    _of("clawbacks equal their entries", EntryKind.CLAWBACK, _reversals, _clawed_back, reads=_REVERSED | _TAKEN),
    _of(
        "recoveries equal their entries",
        EntryKind.RECOVER,
        Recovery.objects.all,
        _recovered,
        reads=_RECOVERED | _TAKEN,
        # Sponsors pay their debts under the same kind.
        has_all=False,
    ),
    books.Question(
        name="accruals follow from terms and readings",
        reads=_ROWS,
        ask=lambda look: replay.accruals_follow_from_terms_and_readings(),  # noqa: ARG005  # all of them
        recomputes=True,
    ),
    books.Question(
        name="creators stay below their caps",
        reads=_ROWS,
        ask=lambda look: replay.creators_stay_below_their_caps(),  # noqa: ARG005  # all of them
        recomputes=True,
    ),
    books.Question(
        name="counted views were seen",
        reads=_ROWS | _VIEWS,
        ask=lambda look: replay.counted_views_were_seen(),  # noqa: ARG005  # all of them
        recomputes=True,
    ),
    *worth.QUESTIONS,
    *promises.QUESTIONS,
    *effects.QUESTIONS,
    *credit_proofs.QUESTIONS,
)
