"""The invariants, asked by the clock: kept, logged, and mailed once for each new failure."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from cliphaven.backoffice.models import ProofRun
from cliphaven.backoffice.queries import proofs
from cliphaven.backoffice.queries.proofs import AFFORDABLE, Limits
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger.queries import Check
from cliphaven.payouts.operations import acts

KEPT_FOR = timedelta(days=30)
FAILURES_MAILED_MAX = 5

log = logging.getLogger(__name__)


@no_transaction
def prove(*, now: datetime, limits: Limits = AFFORDABLE) -> list[str]:
    """Ask every invariant that a quarter of an hour is enough for; answers the names of those that are broken."""
    began = time.perf_counter()
    checks = proofs.checks(now=now, limits=limits)
    took_ms = round((time.perf_counter() - began) * 1000)
    for check in checks:
        for failure in check.failures:
            log.error("broken: %s: %s", check.name, failure)
    return _keep(checks=checks, took_ms=took_ms, now=now)


@own_transaction
def _keep(*, checks: Sequence[Check], took_ms: int, now: datetime) -> list[str]:
    ProofRun.objects.filter(ran_at__lt=now - KEPT_FOR).delete()
    before = ProofRun.objects.order_by("-ran_at", "-id").first()
    known = set(before.failing) if before is not None else set()
    failing = [check.name for check in checks if check.failures]
    run = ProofRun.objects.create(
        ran_at=now, took_ms=took_ms, checks=[asdict(check) for check in checks], failing=failing
    )
    for check in checks:
        if check.failures and check.name not in known:
            shown = "\n".join(check.failures[:FAILURES_MAILED_MAX])
            acts.tell_staff(
                key=f"proof:{run.id}:{check.name}",
                subject=f"Broken: {check.name}",
                text=f"{shown}\n\nNothing repairs itself here. The overview shows every invariant.",
                link="/staff/",
                now=now,
            )
    return failing
