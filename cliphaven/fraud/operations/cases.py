"""What becomes of cases: people release, extend, decide against, note and ask; the rest ends by itself.

A case is decided here, and earnings come and fetch the decision: money follows within a minute. Whoever decides holds
the lock of the case alone; whoever moves money for it waits for that lock (`keep`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from cliphaven.clips import queries as clips
from cliphaven.foundation import arrays
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.fraud.models import Appeal, CaseDeed, CaseEffect, CaseEvent, ClipRisk, RiskCase, RiskCaseState
from cliphaven.fraud.models.cases import EXTENDED_DAYS_MAX, SYSTEM
from cliphaven.fraud.queries import verdicts
from cliphaven.identity import queries as people
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

NOTE_MAX = 2_000
ENDED_AT_ONCE_MAX = 500


class CaseRefused(Refused):
    """This cannot be done to the case, or not so."""

    code = "case_refused"


class CaseIsOver(Refused):
    """Somebody decided the case, or it ended: there is nothing left to decide."""

    code = "case_is_over"


class NoSuchCase(Refused):
    """There is no case with this number."""

    code = "no_such_case"


class NotStaff(Refused):
    """Only people of the staff do this."""

    code = "not_staff"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What one of the staff does about a case, and why. The same `request_key` of the same person is the same order."""

    case_id: int
    deed: CaseDeed
    staff_id: int
    note: str
    request_key: str

    @property
    def actor(self) -> str:
        """Who it is, as it is kept."""
        return f"user:{self.staff_id}"


@own_transaction
def release(*, case_id: int, staff_id: int, note: str, request_key: str, now: datetime) -> None:
    """Decide for the clip: the case is over, and what it holds goes back within a minute. The note is told the creator.

    Raises NoSuchCase, CaseIsOver, CaseRefused, NotStaff, KeyUsedBefore.
    """
    order = Order(case_id=case_id, deed=CaseDeed.RELEASED, staff_id=staff_id, note=note, request_key=request_key)
    case = _ordered(order, also_of_the_house=True)
    if case is not None:
        end(case=case, state=RiskCaseState.RELEASED, actor=order.actor, note=order.note, now=now)
        write(case=case, order=order, now=now)


@own_transaction
def decide_against(*, case_id: int, staff_id: int, note: str, request_key: str, now: datetime) -> None:
    """Decide that what came after the onset does not count. Nothing is taken before its creator could appeal.

    Until then what is held stays so, and the creator is told why, and until when they can say something against it.
    Raises as `release` does, and CaseRefused for a case of a shadow or of the sample: those are for learning, and
    money is held by hand where it has to be.
    """
    order = Order(case_id=case_id, deed=CaseDeed.DECIDED_AGAINST, staff_id=staff_id, note=note, request_key=request_key)
    case = _ordered(order)
    if case is None:
        return
    if case.effect != CaseEffect.HOLD:
        case.voids_at = now
        end(case=case, state=RiskCaseState.VOIDED, actor=order.actor, note=order.note, now=now)
        RiskCase.objects.filter(id=case.id).update(settled_at=now)
    else:
        against(case=case, actor=order.actor, note=order.note, now=now)
    write(case=case, order=order, now=now)


@own_transaction
def extend(*, case_id: int, staff_id: int, days: int, note: str, request_key: str, now: datetime) -> None:
    """Let the case and its holds end so many days later, and tell the creator why; at most thirty days in all.

    Raises as `release` does.
    """
    order = Order(case_id=case_id, deed=CaseDeed.EXTENDED, staff_id=staff_id, note=note, request_key=request_key)
    case = _ordered(order)
    if case is None:
        return
    if days < 1 or case.extended_days + days > EXTENDED_DAYS_MAX:
        raise CaseRefused(f"A case is extended by {EXTENDED_DAYS_MAX} days at most, all in all: decide it.")
    case.extended_days += days
    case.expires_at += timedelta(days=days)
    case.settled_at = None
    case.save()
    event = write(case=case, order=order, now=now)
    if case.effect == CaseEffect.HOLD:
        notifications.queue_message(
            user_id=_creator_of(case),
            key=f"case_extended:{event.id}",
            kind=Kind.DOUBTS,
            subject="Looking at your clip takes longer",
            text=(
                f"{order.note}\n\nWhat is held of this clip comes back by itself {days} days later than we said, unless"
                f" somebody decides before. {verdicts.APPEAL_SENTENCE}"
            ),
            link=f"/clips/{case.clip_id}/",
            now=now,
        )


@own_transaction
def note(*, case_id: int, staff_id: int, note: str, request_key: str, now: datetime) -> None:
    """Write something down for the others of the staff. Nobody else reads it."""
    order = Order(case_id=case_id, deed=CaseDeed.NOTED, staff_id=staff_id, note=note, request_key=request_key)
    case = _ordered(order, also_over=True)
    if case is not None:
        write(case=case, order=order, now=now)


@own_transaction
def ask_for_analytics(*, case_id: int, staff_id: int, note: str, request_key: str, now: datetime) -> None:
    """Ask the creator for what their account's own analytics show; they add it to an appeal."""
    order = Order(case_id=case_id, deed=CaseDeed.ASKED, staff_id=staff_id, note=note, request_key=request_key)
    case = _ordered(order)
    if case is None:
        return
    event = write(case=case, order=order, now=now)
    notifications.queue_message(
        user_id=_creator_of(case),
        key=f"analytics_asked:{event.id}",
        kind=Kind.DOUBTS,
        subject="Please show us the analytics of your clip",
        text=f"{order.note}\n\nPublic counts alone cannot settle it. Open the page of the clip and appeal, with a"
        " screenshot or an export of the analytics that only you see: where views came from, and how long people"
        " watched.",
        link=f"/clips/{case.clip_id}/",
        now=now,
    )


@joined_transaction
def end(*, case: RiskCase, state: RiskCaseState, actor: str, note: str, now: datetime) -> None:
    """End a locked case that is under way."""
    case.state, case.decided_by, case.decision_note = state, actor, note
    case.decided_at, case.ended_at, case.settled_at = now, now, None
    case.through_observation_id = case.through_observation_id or _read_through(case)
    case.save()
    if not case.evidence:
        ClipRisk.objects.filter(clip_id=case.clip_id).update(is_doubted=False)


@joined_transaction
def against(*, case: RiskCase, actor: str, note: str, now: datetime) -> None:
    """Decide a locked case against its clip, and tell the creator what they can do until when."""
    case.state, case.decided_by, case.decision_note = RiskCaseState.VOIDING, actor, note
    case.decided_at, case.settled_at = now, None
    case.voids_at = now + timedelta(days=case.appeal_days)
    case.through_observation_id = _read_through(case)
    case.save()
    notifications.queue_message(
        user_id=_creator_of(case),
        key=f"decided_against:{case.id}",
        kind=Kind.DOUBTS,
        subject="Some earnings of your clip will not count",
        text=(
            f"{note}\n\nNothing is taken before {case.voids_at:%d %B %Y, %H:%M} UTC. Until then you can appeal on the"
            " page of the clip, with what your account's own analytics show. Somebody else than who decided this"
            " answers within 72 hours; if nobody does, you are right and all of it is yours."
        ),
        link=f"/clips/{case.clip_id}/",
        now=now,
    )


@no_transaction
def end_due(*, now: datetime) -> int:
    """End cases whose time has come: decided ones that nobody appealed against, and open ones that nobody decided."""
    ended = 0
    while number := _end_some(now=now):
        ended += number
    return ended


@own_transaction
def _end_some(*, now: datetime) -> int:
    unanswered = Appeal.objects.filter(outcome="").values("case_id")
    due = RiskCase.objects.exclude(id__in=unanswered)
    voiding = due.filter(state=RiskCaseState.VOIDING, voids_at__lte=now)
    undecided = due.filter(state=RiskCaseState.OPEN, expires_at__lte=now)
    ids = sorted({*_ids(voiding), *_ids(undecided)})[:ENDED_AT_ONCE_MAX]
    risks = ClipRisk.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    mine = [risk.pk for risk in risks.filter(clip__cases__id__in=ids).order_by("clip_id")]
    number = 0
    locked_cases = RiskCase.objects.select_for_update(no_key=True, skip_locked=True)
    for case in locked_cases.filter(id__in=ids, clip_id__in=mine).order_by("id"):
        # Read under the lock: whoever appeals takes it first.
        if Appeal.objects.filter(case_id=case.id, outcome="").exists():
            continue
        if case.state == RiskCaseState.VOIDING:
            case.state, case.ended_at, case.settled_at = RiskCaseState.VOIDED, now, None
            deed = CaseDeed.VOIDED
        elif case.state == RiskCaseState.OPEN and case.expires_at <= now:
            case.state, case.ended_at, case.settled_at = RiskCaseState.EXPIRED, now, now
            case.through_observation_id = _read_through(case)
            deed = CaseDeed.EXPIRED
            ClipRisk.objects.filter(clip_id=case.clip_id).update(is_doubted=False)
        else:
            continue
        case.save()
        CaseEvent.objects.create(case=case, deed=deed, actor=SYSTEM, happened_at=now)
        number += 1
    return number


@joined_transaction
def keep(*, clip_ids: Collection[int]) -> dict[int, verdicts.Verdict]:
    """What is to be held of these clips; their cases stay as they are until the caller's transaction ends."""
    found = verdicts.to_hold(clip_ids)
    if not found:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from fraud_riskcase where id = any(%s::bigint[]) order by id for share",
            [arrays.numbers(sorted(verdict.case_id for verdict in found.values()))],
        )
    # Read once more, under the lock: a decision may have been faster.
    return verdicts.to_hold(list(found))


@own_transaction
def settled(*, case_id: int, state: str, now: datetime) -> None:
    """Money has followed the decision that the case was in this state by."""
    if RiskCase.objects.filter(id=case_id, state=state, settled_at=None).update(settled_at=now):
        CaseEvent.objects.create(case_id=case_id, deed=CaseDeed.SETTLED, actor=SYSTEM, note=state, happened_at=now)


@joined_transaction
def locked(*, case_id: int) -> RiskCase:
    """A case, locked, and before it the risk of its clip, as whoever judges does it. Raises NoSuchCase."""
    clip_id = RiskCase.objects.filter(id=case_id).values_list("clip_id", flat=True).first()
    if clip_id is None:
        raise NoSuchCase("There is no such case.")
    list(ClipRisk.objects.select_for_update(no_key=True).filter(clip_id=clip_id))
    return RiskCase.objects.select_for_update(no_key=True).get(id=case_id)


@joined_transaction
def done_before(*, order: Order) -> bool:
    """Whether an order was carried out before. Raises NotStaff, CaseRefused without a reason, KeyUsedBefore.

    Ask it while holding the lock of the case: two clicks at once then come one after the other.
    """
    if refusal := people.staff_refusal(order.staff_id, people.StaffRole.RISK):
        raise NotStaff(refusal)
    if not 1 <= len(order.note.strip()) <= NOTE_MAX:
        raise CaseRefused(f"Say why, in at most {NOTE_MAX:,} characters.")
    before = CaseEvent.objects.filter(actor=order.actor, request_key=order.request_key).first()
    if before is not None and (before.case_id, before.deed) != (order.case_id, order.deed):
        raise KeyUsedBefore("This key was used for another request. Send a new one.")
    return before is not None


@joined_transaction
def write(*, case: RiskCase, order: Order, now: datetime) -> CaseEvent:
    """Write down an order that was carried out."""
    return CaseEvent.objects.create(
        case=case,
        deed=order.deed,
        actor=order.actor,
        note=order.note.strip(),
        request_key=order.request_key,
        happened_at=now,
    )


def _ordered(order: Order, *, also_over: bool = False, also_of_the_house: bool = False) -> RiskCase | None:
    """The case that an order is about, locked; None if the order was carried out before.

    What the house decided by itself, on evidence, a person may undo.
    """
    case = locked(case_id=order.case_id)
    if done_before(order=order):
        return None
    is_of_the_house = also_of_the_house and case.evidence and case.state == RiskCaseState.VOIDING
    if case.state != RiskCaseState.OPEN and not also_over and not is_of_the_house:
        raise CaseIsOver("This case is decided or over already: open the page anew.")
    return case


def _read_through(case: RiskCase) -> int:
    """The last reading that was judged: what came later is another story."""
    scored = ClipRisk.objects.filter(clip_id=case.clip_id).values_list("scored_through", flat=True).first()
    return max(scored or 0, case.onset_observation_id)


def _creator_of(case: RiskCase) -> int:
    return clips.clip_for_staff(clip_id=case.clip_id).creator_id


def _ids(found: QuerySet[RiskCase]) -> list[int]:
    return list(found.order_by("id").values_list("id", flat=True)[:ENDED_AT_ONCE_MAX])
