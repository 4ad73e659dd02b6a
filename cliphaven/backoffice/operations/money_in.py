"""Telling the staff what of money in waits for them: in the log each time, by mail once."""

import logging
from collections.abc import Sequence
from datetime import datetime

from cliphaven.backoffice.queries import money_in
from cliphaven.backoffice.queries.money_in import MoneyInAlarm
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts.operations import acts

log = logging.getLogger(__name__)


@no_transaction
def sound(*, now: datetime) -> int:
    """Log every alarm that stands, and mail each to the staff once; answers how many stand."""
    standing = money_in.alarms(now=now)
    _tell(alarms=standing, now=now)
    return len(standing)


@own_transaction
def _tell(*, alarms: Sequence[MoneyInAlarm], now: datetime) -> None:
    for alarm in alarms:
        log.error("%s, since %s. %s", alarm.title, alarm.since, alarm.sentence)
        acts.tell_staff(
            key=f"alarm:{alarm.key}",
            subject=alarm.title,
            text=alarm.sentence,
            link=money_in.PAGE,
            now=now,
        )
