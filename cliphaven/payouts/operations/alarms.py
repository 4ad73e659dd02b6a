"""Sounding alarms: in the log each time, by mail once."""

import logging
from datetime import datetime

from cliphaven.foundation.transactions import own_transaction
from cliphaven.payouts.operations import acts
from cliphaven.payouts.queries.alarms import alarms

log = logging.getLogger(__name__)


@own_transaction
def sound(*, now: datetime) -> int:
    """Log every alarm that stands, and mail each to the staff once; answers how many stand."""
    standing = alarms(now=now)
    for alarm in standing:
        log.error("%s, since %s. %s", alarm.title, alarm.since, alarm.sentence)
        acts.tell_staff(
            key=f"alarm:{alarm.key}",
            subject=alarm.title,
            text=alarm.sentence,
            link=alarm.link,
            now=now,
        )
    return len(standing)
