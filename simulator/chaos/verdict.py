"""After it has healed: is everything that was acknowledged in the books once, and nothing that was refused?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import at_rest, invariants, reconciliations
from cliphaven.foundation import clock, jobs
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind
from simulator.chaos.acts import Act, Told, What
from simulator.judge import MAY_BE_AT_REST
from simulator.outside import OutsideWorld

SHOWN_MAX = 5
VENDORS_LOG = "sandbox.log"
_REQUESTS = (
    "select count(*), max(amount_minor) from campaigns_refundrequest where organisation_id = %s and request_key = %s"
)
_CLIPS = "select count(*) from clips_clip where campaign_id = %s and submitted_url = %s"


@dataclass(kw_only=True)
class Verdict:
    """What the acts came to, and everything that is not as it must be."""

    lost: list[str] = field(default_factory=list)  # acknowledged, and not there
    invented: list[str] = field(default_factory=list)  # refused, or never asked for, and there
    resolved: Counter[str] = field(default_factory=Counter)  # in doubt, and now known
    broken: list[str] = field(default_factory=list)  # invariants, jobs, reconciliation
    difference_minor: int = 0
    invariants: int = 0
    log_lines: int = 0  # of all processes, searched for secrets

    @property
    def is_sound(self) -> bool:
        """Whether all is as it must be."""
        return not (self.lost or self.invented or self.broken)

    def first(self) -> str:
        """What is wrong, in a few words."""
        return "; ".join([*self.lost, *self.invented, *self.broken][:SHOWN_MAX])


def secrets_in_logs(folder: Path) -> books.Check:
    """Whether any line that the house's processes wrote holds a secret; what the vendors wrote is theirs."""
    logs = [log for log in sorted(folder.glob("*.log")) if log.name != VENDORS_LOG]
    return at_rest.tells_no_secret(line for log in logs for line in log.read_text(errors="replace").splitlines())


def judged(acts: list[Act], world: OutsideWorld) -> Verdict:
    """Everything is asked: Stripe for its movements, the invariants, the jobs, and each act for its trace."""
    verdict = Verdict()
    verdict.broken += _reconciled(verdict)
    checks = invariants.ask(now=clock.now())
    verdict.invariants = len(checks)
    verdict.broken += [
        f"{invariants.number_of(check.name)} {check.name}: {'; '.join(check.failures[:SHOWN_MAX])}"
        for check in checks
        if check.failures and check.name not in MAY_BE_AT_REST
    ]
    verdict.broken += [f"job {job.number}, {job.task}, {job.why}" for job in jobs.late_jobs()[:SHOWN_MAX]]
    paid = _payments(acts, world)
    for act in acts:
        _judge(act, _found(act, paid), verdict)
    verdict.invented += _more_than_one(paid)
    return verdict


def _judge(act: Act, found: int | None, verdict: Verdict) -> None:
    """`found` is the amount under the act's name in the books, None where there is nothing."""
    said = f"{act.what} {act.name}"
    if act.told is Told.UNKNOWN:
        verdict.resolved["absent" if found is None else "present"] += 1
    if act.told is Told.ACKNOWLEDGED and found is None:
        verdict.lost.append(f"{said} was acknowledged and is not there")
    if act.told is Told.REFUSED and found is not None:
        verdict.invented.append(f"{said} was refused ({act.said}) and is there")
    if found is not None and found != act.amount_minor:
        verdict.invented.append(f"{said} is {found} and {act.amount_minor} was asked for")


def _found(act: Act, paid: dict[str, str]) -> int | None:
    match act.what:
        case What.FUND:
            return _booked(EntryKind.FUND_CAMPAIGN, f"{act.whose}:{act.name}")
        case What.DEFUND:
            return _booked(EntryKind.DEFUND, f"{act.whose}:{act.name}")
        case What.DEPOSIT:
            return _booked(EntryKind.DEPOSIT, paid[act.name]) if act.name in paid else None
        case What.REFUND:
            count, amount_minor = _row(_REQUESTS, act.whose, act.name)
            return amount_minor if count == 1 else None
        case What.SUBMIT:
            [count] = _row(_CLIPS, act.whose, act.name)
            return None if count == 0 else count - 1  # it has no amount; twice would be one too many


def _booked(kind: EntryKind, external_id: str) -> int | None:
    entry = books.entry(kind, external_id)
    return None if entry is None else sum(leg.amount_minor for leg in entry.legs)


def _payments(acts: list[Act], world: OutsideWorld) -> dict[str, str]:
    """By session: the payment at Stripe that it ended in, where it was paid."""
    asked = {act.name for act in acts if act.what is What.DEPOSIT}
    return {
        session["id"]: session["payment_intent"]
        for session in world.at_stripe("checkout/sessions")
        if session["id"] in asked and session["payment_status"] == "paid"
    }


def _more_than_one(paid: dict[str, str]) -> Iterator[str]:
    for payment, sessions in Counter(paid.values()).items():
        if sessions > 1:
            yield f"payment {payment} stands for {sessions} sessions"


def _reconciled(verdict: Verdict) -> list[str]:
    run_id = reconciliation.reconcile(now=clock.now())
    lines = [line for line in reconciliations.lines(run_id=run_id) if not line.is_explained]
    verdict.difference_minor = sum(abs(line.difference_minor) for line in lines)
    return [f"reconciliation: {line}" for line in lines[:SHOWN_MAX]]


def _row(query: str, *values: int | str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row: tuple[int, ...] = cursor.fetchone()
    return row
