"""The books beside what was brought in from Stripe, at one moment: what ties, and a line for all that does not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from django.db.models import Exists, OuterRef, Q, QuerySet

from cliphaven.backoffice.models import Correction, Offset, ReconciliationRun, ReconciliationState, Tie
from cliphaven.backoffice.rules import findings
from cliphaven.backoffice.rules.corrections import correction_name
from cliphaven.backoffice.rules.findings import Left, Line
from cliphaven.backoffice.rules.matching import BY_HAND, Booked, Matching, Moved, Part, expected, matched
from cliphaven.foundation.money import EXPONENTS
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import chart
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind, EntryKind
from cliphaven.payouts.models import BalanceTransaction
from cliphaven.payouts.queries import mirrors

MIRRORS = (AccountKind.STRIPE_BALANCE, AccountKind.STRIPE_CONNECTED)
CHUNK = 5_000
NAMED = ("entry_kind", "external_id", "account", "currency")
# A leg below a given id may still be on its way into the books, but not for as long as this.
SETTLED_AFTER = timedelta(days=1)

Mirror = tuple[int | None, str]
Key = tuple[int | None, str, EntryKind, str]
Name = tuple[int | None, EntryKind, str]


@dataclass(frozen=True, kw_only=True)
class StripeSide:
    """What was read of one balance: what Stripe says lies there by currency, or the code of why it does not say."""

    owner_id: int | None
    held_minor: Mapping[str, int]
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One mirror account in one currency, in minor units: the books and Stripe."""

    account: str
    currency: str
    books_minor: int
    stripe_minor: int

    @property
    def difference_minor(self) -> int:
        """What the books have more than Stripe."""
        return self.books_minor - self.stripe_minor


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What one comparison found. The lines of an account add up to the difference of its figure.

    The next comparison need not read legs of the books up to `legs_from`: all of them tie or come out at nothing.
    """

    matching: Matching
    lines: list[Line]
    figures: list[Figure]
    legs_from: int
    legs_through: int


@one_snapshot
def compared(*, sides: list[StripeSide], now: datetime) -> Comparison:
    """Hold the books against what was brought in, and against what Stripe said lies there."""
    owners = mirrors.owners()
    since = _read_from()
    left = _left(sides, owners=owners)
    booked, legs, through = _booked(owners=owners, left=left, since=since)
    found = matched(_moved(owners=owners), booked, now=now)
    lines = findings.lines(found, on_their_way=mirrors.payouts_on_their_way(), left=left, now=now)
    figures = _figures(sides)
    lines += list(_rest(sides, figures=figures, lines=lines, now=now))
    untied = (legs[entry.owner_id, entry.currency, entry.kind, entry.external_id] for entry in _not_tied(found))
    return Comparison(
        matching=found,
        lines=lines,
        figures=figures,
        legs_from=min([_settled_through(now), *(leg - 1 for leg in untied)]),
        legs_through=max(through, since),
    )


def _read_from() -> int:
    """The leg up to which everything ties or comes out, as the last comparison left it."""
    last = _judged_runs().order_by("-began_at", "-id").values_list("legs_from", flat=True).first()
    return last or 0


def _settled_through(now: datetime) -> int:
    """A leg below which none can turn up any more: what was seen a day ago."""
    seen = _judged_runs().filter(began_at__lte=now - SETTLED_AFTER).order_by("-began_at", "-id")
    return seen.values_list("legs_through", flat=True).first() or 0


def _judged_runs() -> QuerySet[ReconciliationRun]:
    return ReconciliationRun.objects.filter(state__in=[ReconciliationState.AGREED, ReconciliationState.DIFFERING])


def _left(sides: list[StripeSide], *, owners: Mapping[str, int]) -> list[Left]:
    """The accounts that Stripe does not show us any more: those that another one follows, and those it just refused."""
    former = mirrors.former_accounts()
    refused = {side.owner_id for side in sides if side.problem}
    left = {account: owner for account, owner in owners.items() if account in former or owner in refused}
    read = mirrors.moved_minor_by_account(left)
    return [
        Left(stripe_id=account, owner_id=owner, is_former=account in former, read_minor=read.get(account, {}))
        for account, owner in sorted(left.items())
    ]


def _booked(*, owners: Mapping[str, int], left: Sequence[Left], since: int) -> tuple[list[Booked], dict[Key, int], int]:
    """What entries moved on mirrors and nothing settles yet, the first leg of each, and the last leg that was read."""
    read_until = mirrors.brought_in_until()
    until = {
        owners.get(account): moment for account, moment in read_until.items() if account == "" or account in owners
    }
    gone = {account.stripe_id: account.owner_id for account in left}
    corrections = _named_by_corrections()
    found: list[Booked] = []
    first_legs: dict[Key, int] = {}
    through = since
    for kind, currency in ((kind, currency) for kind in MIRRORS for currency in EXPONENTS):
        sums: dict[Key, int] = defaultdict(int)
        moments: dict[Key, datetime] = {}
        for leg in _legs(kind, currency=currency, since=since):
            key = (leg.owner_id, currency, leg.kind, leg.external_id)
            sums[key] += leg.signed_minor
            moments[key] = leg.occurred_at
            first_legs.setdefault(key, leg.leg_id)
            through = max(through, leg.leg_id)
        settled = _settled([*sums, *filter(None, map(_undone, sums))])
        open_ = {key: amount for key, amount in sums.items() if amount and key not in settled}
        otherwise = _converted(open_, owners=owners) | _given_back(open_, owners=owners)
        unread = _unread({key: moments[key] for key in open_}, gone=gone, read_until=read_until)
        found += [
            Booked(
                kind=key[2],
                external_id=key[3],
                owner_id=key[0],
                currency=currency,
                amount_minor=amount,
                at=moments[key],
                about=_about(key, corrections=corrections, settled=settled, otherwise=otherwise),
                is_later=key[0] in until and moments[key] > until[key[0]] and key not in unread,
                left=unread.get(key, ""),
            )
            for key, amount in open_.items()
        ]
    return found, first_legs, through


def _unread(
    moments: Mapping[Key, datetime], *, gone: Mapping[str, int], read_until: Mapping[str, datetime]
) -> dict[Key, str]:
    """The entries that came after what was read of an account that left, each with that account."""
    owners = set(gone.values())
    # What people write happened in the books alone: that is no matter of reading.
    keys = [key for key in moments if key[0] in owners and key[2] not in BY_HAND]
    accounts = mirrors.accounts_of([name for _, _, _, name in keys])
    on = {key: accounts[key[3]] for key in keys if accounts.get(key[3]) in gone}
    return {
        key: account for key, account in on.items() if account not in read_until or moments[key] > read_until[account]
    }


def _about(
    key: Key, *, corrections: Mapping[str, str], settled: Mapping[Key, str], otherwise: Mapping[Name, str]
) -> str:
    """The balance transaction that an entry is about otherwise than by its name; empty when it is about none."""
    owner_id, _, kind, external_id = key
    if kind is EntryKind.ADJUSTMENT:
        return corrections.get(external_id, "")
    undone = _undone(key)
    return settled.get(undone, "") if undone is not None else otherwise.get((owner_id, kind, external_id), "")


def _undone(key: Key) -> Key | None:
    """What a reversal undoes, on the same mirror; None for another entry."""
    owner_id, currency, kind, external_id = key
    return (owner_id, currency, *chart.reversed_entry(external_id)) if kind is EntryKind.REVERSAL else None


def _legs(kind: AccountKind, *, currency: str, since: int) -> Iterator[books.MirrorLeg]:
    while page := books.mirror_legs(kind, currency=currency, since_leg=since, limit=CHUNK):
        yield from page
        since = page[-1].leg_id


def _settled(keys: Sequence[Key]) -> dict[Key, str]:
    """Those of the entries that tied or came out in an earlier run, each with the balance transaction it is about."""
    names = iter({external_id for _, _, _, external_id in keys})
    settled: dict[Key, str] = {}
    while chunk := list(islice(names, CHUNK)):
        ties = Tie.objects.filter(external_id__in=chunk, entry_kind__isnull=False)
        offsets = Offset.objects.filter(external_id__in=chunk)
        for kind, external_id, account, currency, about in chain(
            ties.values_list(*NAMED, "balance_transaction__stripe_id"), offsets.values_list(*NAMED, "about")
        ):
            mirror = chart.account_named(account, currency=currency)
            if mirror is not None:
                settled[mirror.owner_id, currency, EntryKind(kind), external_id] = about
    return settled


def _converted(keys: Iterable[Key], *, owners: Mapping[str, int]) -> dict[Name, str]:
    """The balance transactions of entries whose money Stripe converted: what they moved is in another currency."""
    names = iter({external_id for _, _, _, external_id in keys})
    converted: dict[Name, str] = {}
    while chunk := list(islice(names, CHUNK)):
        for row in mirrors.balance_transactions().filter(refers_to__in=chunk).exclude(exchange_rate=""):
            moved = _part(row, Part.AMOUNT, row.amount_minor, owners=owners)
            name = expected(moved)
            if name is not None:
                converted[moved.owner_id, *name] = moved.stripe_id
    return converted


def _given_back(open_: Mapping[Key, int], *, owners: Mapping[str, int]) -> dict[Name, str]:
    """Entries of what an earlier run let go, because it had come back and nobody had booked it: each with one of the
    two balance transactions, the same for both.

    A house that was away for days books them after all. What ties stays tied, and the entries come out at nothing as
    soon as both are there.
    """
    names = iter({external_id for _, _, _, external_id in open_})
    about: dict[Name, str] = {}
    while chunk := list(islice(names, CHUNK)):
        ties = Tie.objects.filter(returned_by__isnull=False, balance_transaction__refers_to__in=chunk)
        for tie in ties.select_related("balance_transaction", "returned_by"):
            row, other = tie.balance_transaction, tie.returned_by
            moved = _part(row, Part.AMOUNT, row.amount_minor, owners=owners)
            name = expected(moved)
            if name is not None and other is not None:
                about[moved.owner_id, *name] = min(row, other, key=lambda one: one.id).stripe_id
    sums: dict[tuple[int | None, str], int] = defaultdict(int)
    for (owner_id, _, kind, external_id), amount_minor in open_.items():
        sums[owner_id, about.get((owner_id, kind, external_id), "")] += amount_minor
    return {name: stripe_id for name, stripe_id in about.items() if not sums[name[0], stripe_id]}


def _named_by_corrections() -> dict[str, str]:
    """The balance transactions that corrections are about, by the external id of their entries."""
    about = Correction.objects.filter(kind=EntryKind.ADJUSTMENT, refers_to__startswith="txn_")
    return {correction_name(id_): name for id_, name in about.values_list("id", "refers_to")}


def _moved(*, owners: Mapping[str, int]) -> Iterator[Moved]:
    """The parts of balance transactions that nothing ties to yet, oldest first."""

    def is_tied(part: Part) -> Exists:
        return Exists(Tie.objects.filter(balance_transaction=OuterRef("pk"), part=part.value))

    rows = (
        mirrors.balance_transactions()
        .annotate(amount_is_tied=is_tied(Part.AMOUNT), fee_is_tied=is_tied(Part.FEE))
        .filter(Q(amount_is_tied=False) & ~Q(amount_minor=0) | Q(fee_is_tied=False) & ~Q(fee_minor=0))
        .order_by("created_at", "id")
    )
    for row in rows.iterator(chunk_size=CHUNK):
        if row.amount_minor and not row.amount_is_tied:
            yield _part(row, Part.AMOUNT, row.amount_minor, owners=owners)
        if row.fee_minor and not row.fee_is_tied:
            yield _part(row, Part.FEE, -row.fee_minor, owners=owners)


def _part(row: BalanceTransaction, part: Part, amount_minor: int, *, owners: Mapping[str, int]) -> Moved:
    return Moved(
        row_id=row.id,
        part=part,
        owner_id=owners[row.stripe_account] if row.stripe_account else None,
        currency=row.currency,
        amount_minor=amount_minor,
        stripe_id=row.stripe_id,
        type=row.type,
        category=row.reporting_category,
        source=row.source,
        refers_to=row.refers_to,
        gives_back=row.gives_back,
        note=row.source_note,
        is_converted=bool(row.exchange_rate),
        at=row.created_at,
    )


def _figures(sides: list[StripeSide]) -> list[Figure]:
    """Every mirror account that has anything on either side, the platform's first."""
    booked = {
        (account.owner_id, line.currency): line.balance_minor
        for line in books.trial_balance().lines
        if (account := chart.account_named(line.account, currency=line.currency)) is not None
        and account.kind in MIRRORS
    }
    held: dict[Mirror, int] = defaultdict(int)
    for side in sides:
        for currency, amount in side.held_minor.items():
            held[side.owner_id, currency] += amount
    return [
        Figure(
            account=findings.mirror_code(owner_id),
            currency=currency,
            books_minor=booked.get((owner_id, currency), 0),
            stripe_minor=held.get((owner_id, currency), 0),
        )
        for owner_id, currency in sorted(booked.keys() | held.keys(), key=lambda key: (key[0] or 0, key[1]))
    ]


def _rest(sides: list[StripeSide], *, figures: list[Figure], lines: list[Line], now: datetime) -> Iterator[Line]:
    """What the lines leave of each difference: money that Stripe does not account for, or does not show us."""
    told: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        told[findings.mirror_code(line.owner_id), line.currency] += line.difference_minor
    problems = {findings.mirror_code(side.owner_id): side.problem for side in sides if side.problem}
    for figure in figures:
        account = chart.account_named(figure.account, currency=figure.currency)
        rest = figure.difference_minor - told[figure.account, figure.currency]
        owner_id = None if account is None else account.owner_id
        if figure.account in problems and (rest or figure.books_minor):
            code = problems[figure.account]
            yield findings.unreadable(
                owner_id=owner_id, currency=figure.currency, difference_minor=rest, code=code, now=now
            )
        elif rest:
            yield findings.unexplained(owner_id=owner_id, currency=figure.currency, difference_minor=rest, now=now)


def _not_tied(found: Matching) -> Iterator[Booked]:
    yield from found.booked_alone
    yield from (entry for _, entry in found.unequal)
