"""What creators say against decisions, and who answers: somebody else than who decided, or the clock, with yes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.fraud.models import (
    Appeal,
    AppealedAgainst,
    AppealOutcome,
    CaseDeed,
    CaseEffect,
    CaseEvent,
    RiskCase,
    RiskCaseState,
)
from cliphaven.fraud.models.cases import CLOCK, DECISIONS
from cliphaven.fraud.operations import cases
from cliphaven.fraud.rules import uploads
from cliphaven.fraud.rules.cases import APPEAL_CLOCK
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

TEXT_MAX = 4_000
ENDED_AT_ONCE_MAX = 200
OUT_OF_TIME_NOTE = "Nobody answered your appeal within 72 hours: you are right."


class AppealRefused(Refused):
    """There is nothing to appeal against, or not so."""

    code = "appeal_refused"


class FileRefused(Refused):
    """The file is none that we take."""

    code = "file_refused"


class AppealIsDecided(Refused):
    """The appeal was answered already."""

    code = "appeal_is_decided"


class NoSuchAppeal(Refused):
    """There is no appeal with this number."""

    code = "no_such_appeal"


class NotAnother(Refused):
    """Whoever decided does not answer the appeal against it."""

    code = "not_another"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


@own_transaction
def appeal(
    *, case_id: int, creator_id: int, text: str, upload: Upload | None = None, request_key: str, now: datetime
) -> int:
    """Appeal against what is decided of the creator's clip at this moment, once; answers the appeal's number.

    While a case is open that is the hold, after a decision against the clip that decision. Who was asked for analytics
    answers so, too. It is answered within 72 hours, and until then nothing is taken. The same `request_key` again is
    the same appeal. Raises AppealRefused, FileRefused, and cases.NoSuchCase, also for somebody else's clip.
    """
    case = cases.locked(case_id=case_id)
    if case.clip.creator_id != creator_id or not _concerns_the_creator(case):
        raise cases.NoSuchCase("There is no such case.")
    before = Appeal.objects.filter(case=case, request_key=request_key).first()
    if before is not None:
        return before.pk
    against = _appealable(case, now)
    said = text.strip()
    if not 1 <= len(said) <= TEXT_MAX:
        raise AppealRefused(f"Say what we should look at, in at most {TEXT_MAX:,} characters.")
    if Appeal.objects.filter(case=case, against=against).exists():
        raise AppealRefused(
            "You appealed against this already: each decision is looked at once more, by somebody else."
        )
    made = Appeal.objects.create(
        case=case,
        against=against,
        creator_id=creator_id,
        text=said,
        request_key=request_key,
        appealed_at=now,
        due_at=now + APPEAL_CLOCK,
        **kept(upload=upload),
    )
    if case.voids_at is not None and case.voids_at < made.due_at:
        case.voids_at, case.settled_at = made.due_at, None
        case.save()
    CaseEvent.objects.create(case=case, deed=CaseDeed.APPEALED, actor=f"user:{creator_id}", happened_at=now)
    return made.pk


@own_transaction
def decide_appeal(
    *, appeal_id: int, is_granted: bool, staff_id: int, note: str, request_key: str, now: datetime
) -> None:
    """Answer an appeal. Granted, the case is released; refused, its decision stays. The creator is told, with the note.

    Whoever decided against the clip, or extended the case, is not who answers. Raises NoSuchAppeal, AppealIsDecided,
    NotAnother, and what `cases.release` raises.
    """
    found = Appeal.objects.filter(id=appeal_id).values_list("case_id", flat=True).first()
    if found is None:
        raise NoSuchAppeal("There is no such appeal.")
    case = cases.locked(case_id=found)
    order = cases.Order(
        case_id=case.pk,
        deed=CaseDeed.APPEAL_GRANTED if is_granted else CaseDeed.APPEAL_REFUSED,
        staff_id=staff_id,
        note=note,
        request_key=request_key,
    )
    if cases.done_before(order=order):
        return
    one = Appeal.objects.get(id=appeal_id)
    if one.outcome:
        raise AppealIsDecided("This appeal is answered already: open the page anew.")
    if order.actor in _deciders(case):
        raise NotAnother("You decided about this case before: somebody else answers the appeal.")
    outcome = AppealOutcome.GRANTED if is_granted else AppealOutcome.REFUSED
    _answer(one, case, outcome=outcome, actor=order.actor, note=note.strip(), now=now)
    cases.write(case=case, order=order, now=now)


@no_transaction
def grant_overdue(*, now: datetime) -> int:
    """Grant the appeals that nobody answered in time; answers how many."""
    granted = 0
    overdue = Appeal.objects.filter(outcome="", due_at__lte=now).order_by("due_at", "id")
    for appeal_id, case_id in overdue.values_list("id", "case_id")[:ENDED_AT_ONCE_MAX]:
        granted += _grant_overdue(appeal_id=appeal_id, case_id=case_id, now=now)
    return granted


@own_transaction
def _grant_overdue(*, appeal_id: int, case_id: int, now: datetime) -> bool:
    case = cases.locked(case_id=case_id)
    # Read under the lock of the case, which whoever answers takes first.
    one = Appeal.objects.get(id=appeal_id)
    if one.outcome:
        return False
    _answer(one, case, outcome=AppealOutcome.OUT_OF_TIME, actor=CLOCK, note=OUT_OF_TIME_NOTE, now=now)
    CaseEvent.objects.create(
        case=case, deed=CaseDeed.APPEAL_GRANTED, actor=CLOCK, note=OUT_OF_TIME_NOTE, happened_at=now
    )
    return True


def _answer(one: Appeal, case: RiskCase, *, outcome: AppealOutcome, actor: str, note: str, now: datetime) -> None:
    Appeal.objects.filter(id=one.pk, outcome="").update(
        outcome=outcome, decided_by=actor, decided_at=now, decision_note=note
    )
    is_granted = outcome != AppealOutcome.REFUSED
    if is_granted and case.state in (RiskCaseState.OPEN, RiskCaseState.VOIDING):
        cases.end(case=case, state=RiskCaseState.RELEASED, actor=actor, note=note, now=now)
    says = (
        "Your appeal is granted. What was held of this clip goes back to where it was."
        if is_granted
        else "Your appeal was looked at by somebody else than who decided, and the decision stays."
    )
    notifications.queue_message(
        user_id=one.creator_id,
        key=f"appeal:{one.pk}:decided",
        kind=Kind.DOUBTS,
        subject="Your appeal is granted" if is_granted else "Your appeal was refused",
        text=f"{says}\n\n{note}",
        link=f"/clips/{case.clip_id}/",
        now=now,
    )


def _concerns_the_creator(case: RiskCase) -> bool:
    """Whether its creator knows of a case: it holds money, or they were asked about it."""
    return case.effect == CaseEffect.HOLD or case.events.filter(deed=CaseDeed.ASKED).exists()


def _appealable(case: RiskCase, now: datetime) -> AppealedAgainst:
    if case.state == RiskCaseState.OPEN:
        return AppealedAgainst.HOLD
    if case.state == RiskCaseState.VOIDING and case.voids_at is not None and now < case.voids_at:
        return AppealedAgainst.VOID
    raise AppealRefused("There is nothing to appeal against any more: the case is over.")


def _deciders(case: RiskCase) -> set[str]:
    """Everybody who decided something about a case before, also an appeal."""
    return set(case.events.filter(deed__in=DECISIONS).values_list("actor", flat=True))


@joined_transaction
def kept(*, upload: Upload | None) -> dict[str, object]:
    """What is kept of a file: its bytes, and what they say that it is; nothing of none. Raises FileRefused."""
    if upload is None:
        return {}
    if not 1 <= len(upload.content) <= uploads.BYTES_MAX:
        raise FileRefused("A file of at most two megabytes, please: a screenshot, an export as CSV, or a PDF.")
    kind = uploads.kind_of(upload.content)
    if kind is None:
        raise FileRefused("We take PNG and JPEG pictures, PDF, and tables as CSV: this file is none of them.")
    return {
        "file": upload.content,
        "file_name": uploads.safe_name(upload.name, kind=kind),
        "file_kind": kind,
        "file_sha256": hashlib.sha256(upload.content).digest(),
        "file_size": len(upload.content),
    }
