"""Doors of the API for staff: what is held, one clip's money, and what becomes of it."""

from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from cliphaven.earnings import queries, schemas
from cliphaven.earnings.forms import numbers
from cliphaven.earnings.operations import holding, reversing
from cliphaven.earnings.queries import evidence, previews
from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Key, Money
from cliphaven.identity.guards import AS_RISK_STAFF, AS_STAFF, signed_in_id

STAFF = Router(auth=AS_STAFF, tags=["Staff: earnings"])

AClip = Annotated[int, Path(ge=1, le=ID_MAX)]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Go on from here: `next_before`.")]


@STAFF.get("/holds", response={200: schemas.HeldPage, **NOBODY}, url_name="api_holds")
def holds(request: HttpRequest, after: Annotated[str, Query(max_length=80)] = "") -> schemas.HeldPage:  # noqa: ARG001
    """What is held, what ends first at the top."""
    page = queries.held_cases(after=after)
    return schemas.HeldPage(held=[schemas.held(case) for case in page.cases], next_after=page.next_after)


@STAFF.get("/clips/{clip_id}", response={200: schemas.ClipMoney, **NOBODY}, url_name="api_clip_money")
def clip_money(request: HttpRequest, clip_id: AClip, before: Before = None) -> schemas.ClipMoney:  # noqa: ARG001
    """One clip's money: each entry with its readings, its stage, and its names in the books."""
    return schemas.clip_money(evidence.clip_money(clip_id=clip_id, before=before))


@STAFF.get("/clips/{clip_id}/reversal", response={200: schemas.Preview, **NOBODY}, url_name="api_reversal_preview")
def reversal_preview(
    request: HttpRequest,  # noqa: ARG001
    clip_id: AClip,
    entries: Annotated[str, Query(max_length=20_000, description="Numbers with commas between; none means all.")] = "",
) -> schemas.Preview:
    """What reversing these entries would take from where. Nothing is written."""
    chosen = evidence.chosen(clip_id=clip_id, accrual_ids=numbers(entries))
    found = previews.reversal_preview(clip_id=clip_id, accrual_ids=[entry.accrual_id for entry in chosen])
    if found is None:
        raise Http404
    return schemas.preview(found)


@STAFF.post("/clips/{clip_id}/hold", response={200: schemas.Moved, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_hold")
def hold(request: HttpRequest, clip_id: AClip, key: Key, order: schemas.HoldOrder) -> schemas.Moved:
    """Keep unpaid entries of a clip apart until a moment; the creator is told why."""
    held_minor = holding.hold_earnings(
        clip_id=clip_id,
        accrual_ids=order.entries,
        reason=order.reason.value,
        note=order.note,
        actor=_actor(request),
        releases_at=order.until,
        request_key=key,
        now=clock.now(),
    )
    return _moved(clip_id, held_minor)


@STAFF.post(
    "/clips/{clip_id}/release",
    response={200: schemas.Moved, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_release_holds",
)
def release(request: HttpRequest, clip_id: AClip, key: Key, order: schemas.ReleaseOrder) -> schemas.Moved:
    """Let holds of a clip go: the money is back where it was, and the creator is told."""
    released_minor = holding.release_holds(
        clip_id=clip_id,
        hold_ids=order.holds,
        note=order.note,
        actor=_actor(request),
        request_key=key,
        now=clock.now(),
    )
    return _moved(clip_id, released_minor)


@STAFF.post(
    "/clips/{clip_id}/extend", response={200: schemas.Moved, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_extend_holds"
)
def extend(request: HttpRequest, clip_id: AClip, key: Key, order: schemas.ExtendOrder) -> schemas.Moved:
    """Let holds of a clip end later; the creator is told why."""
    waiting_minor = holding.extend_holds(
        clip_id=clip_id,
        hold_ids=order.holds,
        releases_at=order.until,
        note=order.note,
        actor=_actor(request),
        request_key=key,
        now=clock.now(),
    )
    return _moved(clip_id, waiting_minor)


@STAFF.post(
    "/clips/{clip_id}/reverse", response={200: schemas.Reversed, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_reverse"
)
def reverse(request: HttpRequest, clip_id: AClip, key: Key, order: schemas.ReverseOrder) -> schemas.Reversed:
    """Reverse entries of a clip: what is unpaid is voided, with `claw_back` what was paid is taken back, too."""
    done = reversing.reverse_earnings(
        clip_id=clip_id,
        accrual_ids=order.entries,
        reason=order.reason.value,
        note=order.note,
        actor=_actor(request),
        claw_back=order.claw_back,
        expected=schemas.expected(order),
        request_key=key,
        now=clock.now(),
    )
    return schemas.reversed_(done)


def _actor(request: HttpRequest) -> str:
    return f"user:{signed_in_id(request)}"


def _moved(clip_id: int, amount_minor: int) -> schemas.Moved:
    return schemas.Moved(amount=Money(amount=amount_minor, currency=evidence.currency_of(clip_id=clip_id)))
