"""Telling the staff about trouble with the vendors of counts: in the log each time, by mail once a day."""

import logging
from collections.abc import Sequence
from datetime import datetime

from cliphaven.backoffice.queries import vendor_trouble
from cliphaven.backoffice.queries.vendor_trouble import VendorTrouble
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts.operations import acts

log = logging.getLogger(__name__)


@no_transaction
def sound(*, now: datetime) -> int:
    """Log every trouble that stands, and mail each to the staff once; answers how many stand."""
    standing = vendor_trouble.troubles(now=now)
    _tell(troubles=standing, now=now)
    return len(standing)


@own_transaction
def _tell(*, troubles: Sequence[VendorTrouble], now: datetime) -> None:
    for trouble in troubles:
        log.error("%s, since %s. %s", trouble.title, trouble.since, trouble.sentence)
        acts.tell_staff(
            key=trouble.key, subject=trouble.title, text=trouble.sentence, link=vendor_trouble.PAGE, now=now
        )
