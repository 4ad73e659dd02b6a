"""The invariants, asked by the clock: kept, logged, and mailed once for each new failure."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from cliphaven.backoffice.models import ProofRun, ToldBalance
from cliphaven.backoffice.queries import house, invariants, proofs, told
from cliphaven.backoffice.queries.invariants import AFFORDABLE
from cliphaven.backoffice.rules.solvency import Solvency, solvency
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger.queries import EVERYTHING, Check, Limits, trial_balance
from cliphaven.payouts.operations import acts

KEPT_FOR = timedelta(days=30)
FAILURES_MAILED_MAX = 5

log = logging.getLogger(__name__)


@no_transaction
def prove(*, now: datetime, limits: Limits = AFFORDABLE) -> list[str]:
    """Ask every invariant that a quarter of an hour is enough for, or all; answers the names of those that are broken.

    What the books say of newly closed time is kept first, to be asked again ever after. One that cannot be asked counts
    as broken, and keeps nobody from hearing of the others.
    """
    began = time.perf_counter()
    _keep_what_is_told(now=now)
    checks = _asked(now=now, limits=limits)
    enough = _solvency()
    took_ms = round((time.perf_counter() - began) * 1000)
    for check in checks:
        for failure in check.failures:
            log.error("broken: %s %s: %s", invariants.number_of(check.name), check.name, failure)
    return _keep(checks=checks, enough=enough, took_ms=took_ms, is_full=limits == EVERYTHING, now=now)


def _asked(*, now: datetime, limits: Limits) -> list[Check]:
    try:
        return invariants.ask(now=now, limits=limits)
    except Exception:  # the job would be given up, and nobody would hear of anything any more
        log.exception("not all invariants can be asked of one moment")
        return invariants.ask_one_by_one(now=now, limits=limits)


def _solvency() -> list[Solvency]:
    try:
        return solvency(trial_balance().by_kind())
    except Exception:  # what the invariants found must be heard of all the same
        log.exception("what is owed cannot be added up")
        return []


@own_transaction
def _keep_what_is_told(*, now: datetime) -> None:
    rows = [
        ToldBalance(
            account=it.account.code,
            currency=it.account.currency,
            held_at=it.moment,
            balance_minor=it.balance_minor,
            told_at=now,
        )
        for it in told.to_tell()
    ]
    ToldBalance.objects.bulk_create(rows, ignore_conflicts=True)


@own_transaction
def _keep(
    *, checks: Sequence[Check], enough: Sequence[Solvency], took_ms: int, is_full: bool, now: datetime
) -> list[str]:
    known = _known_to_be_broken()
    ProofRun.objects.filter(ran_at__lt=now - KEPT_FOR).delete()
    failing = [check.name for check in checks if check.failures]
    run = ProofRun.objects.create(
        ran_at=now,
        took_ms=took_ms,
        is_full=is_full,
        legs=next((check.looked_at for check in checks if check.name == house.NO_LEG_IS_LOST), None),
        checks=[asdict(check) for check in checks],
        failing=failing,
        solvency=[asdict(one) for one in enough],
    )
    for check in checks:
        if check.failures and check.name not in known:
            shown = "\n".join(check.failures[:FAILURES_MAILED_MAX])
            acts.tell_staff(
                key=f"proof:{run.id}:{check.name}",
                subject=f"Broken: {invariants.number_of(check.name)} {check.name}",
                text=f"{shown}\n\nNothing repairs itself here. The page shows every invariant.",
                link="/staff/invariants/",
                now=now,
            )
    return failing


def _known_to_be_broken() -> set[str]:
    """What was broken when it was last asked, by the last run or, what that did not ask, by the last full one."""
    last = proofs.last_proof()
    return set() if last is None else {check.name for check in last.broken}
