"""Letters go out: claimed, posted, and what came back written down; one job works off what waits for an endpoint."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from cliphaven.deliveries.models import Delivery, DeliveryState, DeliveryTry, Endpoint, Event, OffBecause
from cliphaven.deliveries.operations import announcing, switching
from cliphaven.deliveries.queries import secrets
from cliphaven.deliveries.rules import addresses, pace, signing
from cliphaven.deliveries.rules.pace import Result
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import posting

AT_ONCE_MAX = 2
"""Letters that are under way to one endpoint at the same time: one that is slow keeps no more of us busy."""
LETTERS_OF_A_JOB_MAX = 100
LOST_AFTER = timedelta(minutes=2)
SWEPT_AT_ONCE_MAX = 500
FORGOTTEN_AT_ONCE = 5_000
# The database's clock wrote when a letter may go; ours may be behind.
CLOCKS_DIFFER = timedelta(seconds=5)
USER_AGENT = "ClipHaven-Webhooks/1"


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A try that nobody else makes."""

    delivery_id: int
    number: int
    url: str
    message_id: str
    body: bytes
    secrets: list[str]
    began_at: datetime


@no_transaction
def deliver(*, endpoint_id: uuid.UUID, read_wall: Callable[[], datetime], told_at: datetime) -> int:
    """Send what is due to an endpoint, one after the other, the oldest first; answers how many tries that were.

    Ends when nothing is due, when others send to it already, or when it is to be left alone. `read_wall` tells the
    wall's moment, `told_at` is the product's, of what its people are told.
    """
    for tries in range(LETTERS_OF_A_JOB_MAX):
        claim = _claim(endpoint_id=endpoint_id, now=read_wall())
        if claim is None:
            return tries
        reply = _post(claim)
        now = claim.began_at + timedelta(milliseconds=reply.took_ms)
        _record(claim=claim, reply=reply, now=now, told_at=told_at)
    _go_on_later(endpoint_id=endpoint_id)
    return LETTERS_OF_A_JOB_MAX


@own_transaction
def sweep(*, now: datetime) -> int:
    """Have everything sent that is due and that no job takes up; answers to how many endpoints. `now` is the wall's.

    A try whose sender was killed is over: whether it arrived is not known, so it is made again.
    """
    under_way = Delivery.objects.select_for_update(of=("self",), skip_locked=True).select_related("endpoint")
    lost = under_way.filter(state=DeliveryState.SENDING, claimed_at__lte=now - LOST_AFTER)
    for delivery in lost.order_by("claimed_at")[:SWEPT_AT_ONCE_MAX]:
        DeliveryTry.objects.filter(delivery=delivery, number=delivery.tries, result="").update(result=Result.LOST)
        _go_on(delivery, result=Result.LOST, is_on=delivery.endpoint.is_on, asked_for=None, now=now)
    due = Delivery.objects.filter(state=DeliveryState.WAITING, next_try_at__lte=now)
    awake = due.exclude(endpoint__rests_until__gt=now)
    endpoint_ids = list(
        awake.order_by("endpoint_id").values_list("endpoint_id", flat=True).distinct()[:SWEPT_AT_ONCE_MAX]
    )
    announcing.defer_deliveries(endpoint_ids=endpoint_ids)
    return len(endpoint_ids)


@no_transaction
def forget(*, now: datetime) -> int:
    """Forget letters and their tries when their time in the log is over; answers how many. `now` is the wall's."""
    forgotten = 0
    while chunk := _forget_some(before=now - timedelta(days=settings.WEBHOOK_LOG_KEPT_DAYS)):
        forgotten += chunk
    return forgotten


@own_transaction
def _forget_some(*, before: datetime) -> int:
    over = Delivery.objects.filter(written_at__lt=before).exclude(
        state__in=[DeliveryState.WAITING, DeliveryState.SENDING]
    )
    ids = list(over.order_by("written_at").values_list("id", flat=True)[:FORGOTTEN_AT_ONCE])
    events = set(Delivery.objects.filter(id__in=ids).values_list("event_id", flat=True))
    DeliveryTry.objects.filter(delivery_id__in=ids).delete()
    Delivery.objects.filter(id__in=ids).delete()
    Event.objects.filter(id__in=events, deliveries=None).delete()
    return len(ids)


@own_transaction
def _claim(*, endpoint_id: uuid.UUID, now: datetime) -> _Claim | None:
    """The next try that is due, written down before it is made. Whoever claims for an endpoint does so alone."""
    endpoint = Endpoint.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(id=endpoint_id)
    theirs = Delivery.objects.filter(endpoint=endpoint)
    if not endpoint.is_on or not (endpoint.user is None or endpoint.user.is_active):
        # Written just before it was switched off, or its person was.
        switching.keep_waiting(endpoint=endpoint)
        return None
    if endpoint.rests_until is not None and endpoint.rests_until > now:
        return None
    if theirs.filter(state=DeliveryState.SENDING).count() >= AT_ONCE_MAX:
        return None
    due = theirs.filter(state=DeliveryState.WAITING, next_try_at__lte=now + CLOCKS_DIFFER)
    delivery = due.select_related("event").order_by("next_try_at", "id").first()
    if delivery is None:
        return None
    delivery.state, delivery.next_try_at, delivery.claimed_at = DeliveryState.SENDING, None, now
    delivery.tries += 1
    delivery.tries_of_round += 1
    delivery.save(update_fields=["state", "next_try_at", "claimed_at", "tries", "tries_of_round"])
    DeliveryTry.objects.create(delivery=delivery, number=delivery.tries, began_at=now)
    return _Claim(
        delivery_id=delivery.id,
        number=delivery.tries,
        url=endpoint.url,
        message_id=str(delivery.event_id),
        body=delivery.event.body.encode(),
        secrets=secrets.in_force(endpoint, now=now),
        began_at=now,
    )


def _post(claim: _Claim) -> posting.Reply:
    try:
        address = addresses.checked(claim.url, loopback_allowed=settings.WEBHOOK_LOOPBACK)
    except addresses.AddressRefused:  # it was allowed when it was given, and is not any more
        return posting.Reply(silence=posting.Silence.LEADS_INSIDE)
    signed = signing.headers(message_id=claim.message_id, body=claim.body, secrets=claim.secrets, at=claim.began_at)
    headers = {"content-type": "application/json", "user-agent": USER_AGENT, **signed}
    return posting.post(address.url, body=claim.body, headers=headers, to_loopback=address.is_loopback)


@own_transaction
def _record(*, claim: _Claim, reply: posting.Reply, now: datetime, told_at: datetime) -> None:
    """What came back, and what follows for the letter and for the endpoint.

    A try that was given up as lost meanwhile stays lost: the letter goes its way without us.
    """
    endpoint_id = Delivery.objects.values_list("endpoint_id", flat=True).get(id=claim.delivery_id)
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(id=endpoint_id)
    delivery = Delivery.objects.select_for_update().get(id=claim.delivery_id)
    result = Result(reply.silence) if reply.silence else pace.result_of_status(reply.status or 0)
    if (delivery.state, delivery.tries) != (DeliveryState.SENDING, claim.number):
        return
    DeliveryTry.objects.filter(delivery=delivery, number=claim.number).update(
        result=result, status=reply.status, took_ms=reply.took_ms, answer=reply.answer
    )
    patience = reply.retry_after if reply.status in (pace.TOO_MANY_REQUESTS, pace.SERVICE_UNAVAILABLE) else None
    _note(endpoint, result=result, asked_for=patience, now=now, told_at=told_at)
    _go_on(delivery, result=result, is_on=endpoint.is_on, asked_for=patience, now=now)


def _go_on(delivery: Delivery, *, result: Result, is_on: bool, asked_for: timedelta | None, now: datetime) -> None:
    """What becomes of a letter after a try; the caller has it locked."""
    delivery.claimed_at = None
    if result is Result.TAKEN:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
    else:
        spread = random.randint(-pace.SPREAD_PERCENT, pace.SPREAD_PERCENT)  # noqa: S311  # spreads load, guards nothing
        wait = pace.pause(tries=delivery.tries_of_round, spread_percent=spread)
        if wait is None or result is Result.GONE:
            delivery.state = DeliveryState.FAILED
        elif not is_on:
            delivery.state = DeliveryState.KEPT
        else:
            delivery.state = DeliveryState.WAITING
            delivery.next_try_at = now + max(wait, asked_for or timedelta())
    delivery.save(update_fields=["state", "claimed_at", "delivered_at", "next_try_at"])


def _note(endpoint: Endpoint, *, result: Result, asked_for: timedelta | None, now: datetime, told_at: datetime) -> None:
    """What becomes of an endpoint after a try; the caller has it locked."""
    before = pace.Standing(failures=endpoint.failures, failing_since=endpoint.failing_since)
    standing = pace.after(before, result=result, now=now)
    endpoint.failures, endpoint.failing_since = standing.failures, standing.failing_since
    rest = pace.rest(failures=standing.failures, asked_for=asked_for) if standing.failures else None
    endpoint.rests_until = now + rest if rest else None
    if result is Result.TAKEN:
        endpoint.taken_at = now
    endpoint.save(update_fields=["failures", "failing_since", "rests_until", "taken_at"])
    if result is Result.GONE:
        switching.by_the_house(endpoint=endpoint, because=OffBecause.GONE, now=now, told_at=told_at)
    elif pace.has_failed_for_too_long(standing, now=now):
        switching.by_the_house(endpoint=endpoint, because=OffBecause.FAILING, now=now, told_at=told_at)
    elif pace.is_to_be_warned_of(standing, now=now):
        switching.warn(endpoint=endpoint, now=now, told_at=told_at)


@own_transaction
def _go_on_later(*, endpoint_id: uuid.UUID) -> None:
    announcing.defer_deliveries(endpoint_ids=[endpoint_id])
