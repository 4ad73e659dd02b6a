"""The log of an endpoint: what went to it, and what it answered."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from cliphaven.deliveries.models import Delivery, DeliveryTry
from cliphaven.foundation.errors import Refused

PAGE = 50


class NoSuchDelivery(Refused):
    """There is no such letter in this endpoint's log, or its time in the log is over."""

    code = "no_such_delivery"


@dataclass(frozen=True, kw_only=True)
class DeliveryLine:
    """A letter in the log. `event_id` is its `webhook-id`; of the latest try what came back, None before the first.

    Moments are the wall's, but `happened_at`, which is the letter's own.
    """

    id: int
    event_id: uuid.UUID
    type: str
    state: str
    tries: int
    happened_at: datetime
    written_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
    result: str
    status: int | None

    def is_moving(self, now: datetime) -> bool:
        """Whether something is about to become of it at this moment of the wall."""
        return self.state == "sending" or (self.next_try_at is not None and self.next_try_at <= now)


@dataclass(frozen=True, kw_only=True)
class TryLine:
    """One try: `result` is "" while it is under way, and one of `pace.Result` then."""

    number: int
    began_at: datetime
    result: str
    status: int | None
    took_ms: int | None
    answer: str


@dataclass(frozen=True, kw_only=True)
class DeliveryFile:
    """A letter with all that is known of it: its bytes as they go out, and each try, the latest first."""

    line: DeliveryLine
    body: str
    tries: list[TryLine]


@dataclass(frozen=True, kw_only=True)
class Log:
    """A page of a log, the newest first. `next_before` is what the next page begins below; None on the last."""

    lines: list[DeliveryLine]
    next_before: int | None


def log(
    *, endpoint_id: uuid.UUID, before: int | None = None, state: str = "", type_: str = "", page: int = PAGE
) -> Log:
    """What went to an endpoint, of one state or kind or all. The caller has looked at whose it is."""
    found = Delivery.objects.filter(endpoint_id=endpoint_id).select_related("event").order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    if state:
        found = found.filter(state=state)
    if type_:
        found = found.filter(type=type_)
    rows = list(found[: page + 1])
    latest = _latest(rows[:page])
    lines = [_line(row, latest.get(row.id)) for row in rows[:page]]
    return Log(lines=lines, next_before=lines[-1].id if len(rows) > page else None)


def delivery_file(*, endpoint_id: uuid.UUID, delivery_id: int) -> DeliveryFile:
    """One letter. Raises NoSuchDelivery. The caller has looked at whose the endpoint is."""
    row = Delivery.objects.filter(endpoint_id=endpoint_id, id=delivery_id).select_related("event").first()
    if row is None:
        raise NoSuchDelivery("There is no such letter in the log")
    tries = list(DeliveryTry.objects.filter(delivery=row).order_by("-number"))
    return DeliveryFile(
        line=_line(row, tries[0] if tries else None),
        body=row.event.body,
        tries=[
            TryLine(
                number=one.number,
                began_at=one.began_at,
                result=one.result,
                status=one.status,
                took_ms=one.took_ms,
                answer=one.answer,
            )
            for one in tries
        ],
    )


def _latest(rows: list[Delivery]) -> dict[int, DeliveryTry]:
    tries = DeliveryTry.objects.filter(delivery__in=rows).order_by("delivery_id", "-number").distinct("delivery_id")
    return {one.delivery_id: one for one in tries}


def _line(row: Delivery, latest: DeliveryTry | None) -> DeliveryLine:
    return DeliveryLine(
        id=row.id,
        event_id=row.event_id,
        type=row.type,
        state=row.state,
        tries=row.tries,
        happened_at=row.event.happened_at,
        written_at=row.written_at,
        next_try_at=row.next_try_at,
        delivered_at=row.delivered_at,
        result=latest.result if latest else "",
        status=latest.status if latest else None,
    )
