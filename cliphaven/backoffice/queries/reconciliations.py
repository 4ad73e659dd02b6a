"""What reconciliations found, as the command and the page show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from cliphaven.backoffice.models import ReconciliationLine, ReconciliationRun, ReconciliationState
from cliphaven.backoffice.queries.comparison import Figure
from cliphaven.backoffice.rules.findings import EXPLAINED, Finding
from cliphaven.campaigns.queries import invariants as campaigns
from cliphaven.foundation.money import EXPONENTS, formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountKind, EntryKind
from cliphaven.payouts.queries import invariants as payouts

LINES_SHOWN = 50
LINES_MAX = 1_000
RUNS_SHOWN = 14
JUDGED = (ReconciliationState.AGREED, ReconciliationState.DIFFERING)
# What says of an entry that it did not happen so.
UNDONE_BY_PEOPLE = (Finding.MISSING_AT_STRIPE.value, Finding.OTHER_AMOUNT.value)

LABELS = {
    Finding.MISSING_IN_BOOKS: "Missing in the books",
    Finding.MISSING_AT_STRIPE: "Missing at Stripe",
    Finding.OTHER_AMOUNT: "Another amount",
    Finding.CONVERTED: "Converted",
    Finding.UNCLASSIFIED: "Unclassified",
    Finding.UNEXPLAINED: "Unexplained",
    Finding.UNREADABLE: "Cannot be read",
    Finding.IN_FLIGHT: "In flight",
    Finding.TOO_NEW: "Too new to judge",
    Finding.LEFT_UNREAD: "Left before it was read",
}


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """One line of a run; `difference_minor` is what it makes the books have more than Stripe."""

    line_id: int
    finding: str
    label: str
    is_explained: bool
    account: str
    currency: str
    difference_minor: int
    what: str
    name: str
    stripe_id: str
    happened_at: datetime
    sentence: str

    @property
    def amount(self) -> str:
        """The difference in words; a currency that the books do not know is told in its minor units."""
        return said(self.difference_minor, currency=self.currency)

    @property
    def is_in_books(self) -> bool:
        """Whether there can be an account of this currency in the books."""
        return self.currency in EXPONENTS

    @property
    def entry_kind(self) -> str:
        """The kind of the entry that it is about, as addresses name it; empty when it is about no entry."""
        return self.what if self.what.upper() in EntryKind.__members__ and self.name else ""

    @property
    def may_be_corrected(self) -> bool:
        """Whether a correction that names its balance transaction would settle it, or a part of it.

        Transfers move on two balances and are undone at Stripe instead.
        """
        ours = self.account == ACCOUNT_TYPES[AccountKind.STRIPE_BALANCE].pattern
        is_for_a_person = bool(self.stripe_id) and self.is_in_books and not self.is_explained
        return ours and is_for_a_person and not self.what.startswith("transfer")

    @property
    def may_be_reversed(self) -> bool:
        """Whether it is about an entry that staff may propose to undo."""
        return self.finding in UNDONE_BY_PEOPLE and self.entry_kind not in ("", EntryKind.REVERSAL.name.lower())


@dataclass(frozen=True, kw_only=True)
class FigureFacts(Figure):
    """A figure in words, of any currency that Stripe may have."""

    @property
    def is_in_books(self) -> bool:
        """Whether there can be an account of this currency in the books."""
        return self.currency in EXPONENTS

    @property
    def books(self) -> str:
        """What the books say."""
        return said(self.books_minor, currency=self.currency)

    @property
    def stripe(self) -> str:
        """What Stripe says."""
        return said(self.stripe_minor, currency=self.currency)

    @property
    def difference(self) -> str:
        """What the books have more."""
        return said(self.difference_minor, currency=self.currency)


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """One run: when, what became of it, how much was read, and how many lines of each kind."""

    run_id: int
    state: str
    began_at: datetime
    ended_at: datetime | None
    with_import: bool
    balances_read: int
    balances_total: int
    movements_read: int
    new_ties: int
    open_lines: int
    explained_lines: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run found: every balance that is the platform's or differs, and the lines that say why."""

    run_id: int
    state: str
    figures: Sequence[Figure]
    lines: Sequence[LineFacts]
    line_count: int
    problem: str

    @property
    def agrees(self) -> bool:
        """Whether the books and Stripe agree, but for what time explains."""
        return self.state == ReconciliationState.AGREED

    @property
    def failing(self) -> frozenset[tuple[str, str]]:
        """The balances (account, currency) with something that time does not explain."""
        return frozenset((line.account, line.currency) for line in self.lines if not line.is_explained)

    def as_dict(self) -> dict[str, Any]:
        """The same for programs; amounts in minor units."""
        return {
            "run": self.run_id,
            "state": self.state,
            "problem": self.problem,
            "balances": [vars(figure) for figure in self.figures],
            "lines": [
                {
                    "finding": line.finding,
                    "account": line.account,
                    "currency": line.currency,
                    "difference": line.difference_minor,
                    "what": line.what,
                    "name": line.name,
                    "balance_transaction": line.stripe_id,
                    "at": line.happened_at.isoformat(),
                    "sentence": line.sentence,
                }
                for line in self.lines
            ],
            "lines_in_all": self.line_count,
        }


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Money that is on its way through an account that returns to zero, and since when the oldest of it."""

    label: str
    oldest_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FindingCount:
    """How many lines say one thing."""

    finding: str
    label: str
    count: int
    is_explained: bool


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The page: the run under way, the last that could judge with one kind of its lines, and the latest runs.

    `after` is where the next page of lines begins, or None.
    """

    under_way: RunSummary | None
    last: RunSummary | None
    oldest_open_at: datetime | None
    figures: Sequence[FigureFacts]
    counts: Sequence[FindingCount]
    finding: str
    lines: Sequence[LineFacts]
    after: int | None
    waiting: Sequence[Waiting]
    runs: Sequence[RunSummary]
    now: datetime


@one_snapshot
def overview(*, finding: str, after: int, now: datetime) -> Overview:
    """What staff see of reconciliations; `finding` chooses the kind of lines, the first there is by default."""
    latest = runs()
    last = last_judged()
    found = ReconciliationRun.objects.get(id=last.run_id) if last is not None else None
    counts = _counts(found.findings) if found is not None else []
    known = {count.finding for count in counts}
    shown = finding if finding in known else next((count.finding for count in counts), "")
    page = (
        lines(run_id=found.id, finding=shown, after=after, limit=LINES_SHOWN + 1) if found is not None and shown else []
    )
    return Overview(
        under_way=next((run for run in latest if run.state == ReconciliationState.RUNNING), None),
        last=last,
        oldest_open_at=None if found is None else oldest_open_at(run_id=found.id),
        figures=[] if found is None else [FigureFacts(**figure) for figure in found.figures],
        counts=counts,
        finding=shown,
        lines=page[:LINES_SHOWN],
        after=page[LINES_SHOWN - 1].line_id if len(page) > LINES_SHOWN else None,
        waiting=_waiting(),
        runs=latest,
        now=now,
    )


def _counts(findings: dict[str, int]) -> list[FindingCount]:
    """What a person must look at first, first."""
    return [
        FindingCount(
            finding=finding.value, label=label, count=findings[finding.value], is_explained=finding in EXPLAINED
        )
        for finding, label in LABELS.items()
        if findings.get(finding.value)
    ]


def _waiting() -> list[Waiting]:
    """The accounts that return to zero, by the oldest item that keeps each from it."""
    return [
        Waiting(label="Set aside for transfers", oldest_at=payouts.oldest_reserved_at()),
        Waiting(label="On the way to banks", oldest_at=payouts.oldest_in_transit_at()),
        Waiting(label="Refunds on their way", oldest_at=campaigns.oldest_refund_at()),
    ]


def outcome(*, run_id: int, limit: int = LINES_MAX) -> Outcome:
    """What a run found, what a person must look at first; at most LINES_MAX lines."""
    run = ReconciliationRun.objects.get(id=run_id)
    return Outcome(
        run_id=run.id,
        state=run.state,
        figures=[Figure(**figure) for figure in run.figures],
        lines=lines(run_id=run.id, limit=limit),
        line_count=sum(run.findings.values()),
        problem=run.problem,
    )


def lines(*, run_id: int, finding: str = "", after: int = 0, limit: int = LINES_SHOWN) -> list[LineFacts]:
    """The lines of a run, what a person must look at first; of one `finding` where given, `after` a line's id."""
    rows = ReconciliationLine.objects.filter(run_id=run_id, id__gt=after).order_by("id")
    if finding:
        rows = rows.filter(finding=finding)
    return [_facts(row) for row in rows[: min(limit, LINES_MAX)]]


def may_be_reversed(*, kind: EntryKind, external_id: str) -> bool:
    """Whether the last run that could judge found this entry to be one that did not happen so at Stripe."""
    last = last_judged()
    if last is None or kind is EntryKind.REVERSAL:
        return False
    rows = ReconciliationLine.objects.filter(run_id=last.run_id, finding__in=UNDONE_BY_PEOPLE, what=kind.name.lower())
    return rows.filter(name=external_id).exists()


def runs(*, limit: int = RUNS_SHOWN) -> list[RunSummary]:
    """The latest runs, newest first."""
    return [_summary(run) for run in ReconciliationRun.objects.order_by("-began_at", "-id")[:limit]]


def last_judged() -> RunSummary | None:
    """The latest run that could judge, or None before the first."""
    run = ReconciliationRun.objects.filter(state__in=JUDGED).order_by("-began_at", "-id").first()
    return None if run is None else _summary(run)


def last_asked_at() -> datetime | None:
    """When the latest run began that could judge what Stripe itself had just said; None before the first."""
    asked = ReconciliationRun.objects.filter(state__in=JUDGED, with_import=True)
    latest: datetime | None = asked.aggregate(at=Max("began_at"))["at"]
    return latest


def oldest_open_at(*, run_id: int) -> datetime | None:
    """When the oldest thing happened that time does not explain; None without any."""
    rows = ReconciliationLine.objects.filter(run_id=run_id).exclude(finding__in=[it.value for it in EXPLAINED])
    oldest: datetime | None = rows.aggregate(at=Min("happened_at"))["at"]
    return oldest


def said(amount_minor: int, *, currency: str) -> str:
    """An amount in words, of any currency that Stripe may have."""
    if currency in EXPONENTS:
        return formatted(amount_minor, currency=currency)
    return f"{amount_minor:,} minor units of {currency}"


def _facts(row: ReconciliationLine) -> LineFacts:
    finding = Finding(row.finding)
    return LineFacts(
        line_id=row.id,
        finding=finding.value,
        label=LABELS[finding],
        is_explained=finding in EXPLAINED,
        account=row.account,
        currency=row.currency,
        difference_minor=row.difference_minor,
        what=row.what,
        name=row.name,
        stripe_id=row.stripe_id,
        happened_at=row.happened_at,
        sentence=row.sentence,
    )


def _summary(run: ReconciliationRun) -> RunSummary:
    explained = sum(run.findings.get(finding.value, 0) for finding in EXPLAINED)
    return RunSummary(
        run_id=run.id,
        state=run.state,
        began_at=run.began_at,
        ended_at=run.ended_at,
        with_import=run.with_import,
        balances_read=run.balances_read,
        balances_total=run.balances_total,
        movements_read=run.movements_read,
        new_ties=run.new_ties,
        open_lines=sum(run.findings.values()) - explained,
        explained_lines=explained,
        problem=run.problem,
    )
