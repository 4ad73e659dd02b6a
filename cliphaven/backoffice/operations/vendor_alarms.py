"""Telling the staff what is wrong with counts and their vendors: in the log each time, by mail once a day."""

import logging
from collections.abc import Sequence
from datetime import datetime

from cliphaven.backoffice.queries import vendor_alarms
from cliphaven.backoffice.queries.vendor_alarms import VendorAlarm
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts.operations import acts

log = logging.getLogger(__name__)


@no_transaction
def sound(*, now: datetime) -> int:
    """Log every alarm that stands, and mail each to the staff once; answers how many stand."""
    standing = vendor_alarms.alarms(now=now)
    _tell(alarms=standing, now=now)
    return len(standing)


@own_transaction
def _tell(*, alarms: Sequence[VendorAlarm], now: datetime) -> None:
    for alarm in alarms:
        log.error("%s, since %s. %s", alarm.title, alarm.since, alarm.sentence)
        acts.tell_staff(key=alarm.key, subject=alarm.title, text=alarm.sentence, link=alarm.page, now=now)
