"""Doors for jobs: closing, sealing, and keeping and proving what is derived."""

import logging
from datetime import timedelta

from cliphaven.foundation import clock, jobs
from cliphaven.ledger import operations, queries

HORIZON_AGE_MAX = timedelta(minutes=5)

log = logging.getLogger(__name__)


@jobs.task(queue=jobs.Queue.PAYOUTS, name="ledger.close_day", retries=5, retry_base_s=4)
def close_day(**_: object) -> None:
    """Close the books through the midnight before, and seal them."""
    operations.close_day(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="ledger.write_checkpoints")
def write_checkpoints(**_: object) -> None:
    """Keep the accounts' sums, so that balances stay quick; cry out when somebody prevents it."""
    operations.write_checkpoints()
    age = queries.horizon_age()
    if age > HORIZON_AGE_MAX:
        log.error(
            "A transaction has been open for %s: what was recorded since is not final, and balances become slower."
            " Find it in pg_stat_activity and end it.",
            age,
        )


@jobs.task(queue=jobs.Queue.PAYOUTS, name="ledger.prove_derived")
def prove_derived(**_: object) -> None:
    """Derive a sample of what is kept once more, and cry out when it differs."""
    for check in queries.prove_sample():
        for failure in check.failures:
            log.error(
                "%s: %s. Rebuild with `cliphaven ledger rebuild` and find out what wrote it.", check.name, failure
            )
