"""Decisions on clips: approved or refused by the sponsor, approved by the clock, answered by the creator."""

from datetime import datetime, timedelta

from cliphaven.clips import queries
from cliphaven.clips.models import Clip, ClipState, RejectionCode
from cliphaven.clips.operations import announcing
from cliphaven.clips.rules.intake import FIXES_MAX
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity import queries as identity
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

NOTE_MAX = 2000
_CAN_ANSWER = "You can answer, or fix it and submit it again."
_IS_FINAL = f"It has been submitted again {FIXES_MAX} times, which is the most: this is final."
_REFUSED = {"rejected": "Not accepted", "needs_fix": "Please change"}
AUTO_APPROVALS_AT_ONCE = 500


class MayNotDecide(Refused):
    """Finance members see clips, and decide none."""

    code = "may_not_decide"


class AlreadyDecided(Refused):
    """The clip is not waiting for a decision."""

    code = "already_decided"


class ReasonMissing(Refused):
    """A rejection has a rule and a note, always."""

    code = "reason_missing"


class NoFixLeft(Refused):
    """The creator cannot be asked for a change any more."""

    code = "no_fix_left"


class NothingToFix(Refused):
    """The clip cannot be submitted again."""

    code = "nothing_to_fix"


@own_transaction
def approve_clip(*, clip_id: int, organisation_id: int, reviewer_id: int, now: datetime) -> None:
    """Accept a waiting clip; its views count from the next poll on. Raises NoSuchClip, MayNotDecide, AlreadyDecided."""
    clip = _waiting(clip_id=clip_id, organisation_id=organisation_id, reviewer_id=reviewer_id)
    clip.decided_by_id = reviewer_id
    _approve(clip, now)
    _tell(
        clip,
        what="approved",
        subject=f"Approved: your clip for {clip.campaign.title}",
        text=f"{clip.canonical_url}\n\nIts views are being counted from now on.",
        now=now,
    )
    announcing.approved(clip, by=announcing.REVIEWER, now=now)


@own_transaction
def reject_clip(
    *,
    clip_id: int,
    organisation_id: int,
    reviewer_id: int,
    rejection_code: str,
    note: str,
    now: datetime,
    outcome: str = "rejected",
) -> None:
    """Refuse a waiting clip under a rule, with a note the creator can act on.

    `outcome` is "rejected", or "needs_fix" to ask for a change; the creator can answer both, three times in all. Raises
    NoSuchClip, MayNotDecide, AlreadyDecided, ReasonMissing, and NoFixLeft for a change that could not be sent.
    """
    note = note.strip()
    is_sound = rejection_code in RejectionCode.values and outcome in (ClipState.REJECTED, ClipState.NEEDS_FIX)
    if not is_sound or not note or len(note) > NOTE_MAX:
        raise ReasonMissing(f"Choose the rule that is broken and say what to change, in {NOTE_MAX} characters at most.")
    clip = _waiting(clip_id=clip_id, organisation_id=organisation_id, reviewer_id=reviewer_id)
    is_final = clip.fixes >= FIXES_MAX
    if is_final and outcome == ClipState.NEEDS_FIX:
        raise NoFixLeft(f"This clip has been sent again {FIXES_MAX} times, which is the most. Accept it or reject it.")
    clip.state, clip.decided_at, clip.decided_by_id = outcome, now, reviewer_id
    clip.decision_code, clip.decision_note = rejection_code, note
    clip.save()
    rule = RejectionCode(rejection_code).label
    _tell(
        clip,
        what=outcome,
        subject=f"{_REFUSED[outcome]}: your clip for {clip.campaign.title}",
        text=f"{clip.canonical_url}\n\n{rule}. {note}\n\n{_IS_FINAL if is_final else _CAN_ANSWER}",
        now=now,
    )
    announcing.refused(clip=clip, now=now)


@own_transaction
def auto_approve_due(*, now: datetime) -> int:
    """Approve the clips whose time for review has run out; answers how many. Nobody's silence holds a creator up."""
    due = list(
        Clip.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("campaign")
        .filter(state=ClipState.PENDING, auto_approves_at__lte=now)
        .order_by("auto_approves_at")[:AUTO_APPROVALS_AT_ONCE]
    )
    for clip in due:
        _approve(clip, now)
        _tell(
            clip,
            what="approved",
            subject=f"Approved: your clip for {clip.campaign.title}",
            text=f"{clip.canonical_url}\n\nThe time for review ran out, and that decides for you. Its views count now.",
            now=now,
        )
    announcing.approved(*due, by=announcing.CLOCK, now=now)
    return len(due)


@own_transaction
def resubmit_clip(*, clip_id: int, creator_id: int, note: str, now: datetime) -> None:
    """Put a refused clip back in the queue with the creator's answer and a new clock, three times at most.

    The platform is asked about it again. Raises NoSuchClip, NothingToFix, ReasonMissing.
    """
    note = note.strip()
    if not note or len(note) > NOTE_MAX:
        raise ReasonMissing(f"Say what you changed or why the clip is right, in {NOTE_MAX} characters at most.")
    clip = (
        Clip.objects.select_for_update(of=("self",), no_key=True)
        .select_related("terms")
        .filter(id=clip_id, creator_id=creator_id)
        .first()
    )
    if clip is None:
        raise queries.NoSuchClip("There is no such clip")
    if clip.state not in (ClipState.NEEDS_FIX, ClipState.REJECTED):
        raise NothingToFix("This clip waits for nothing from you.")
    if clip.fixes >= FIXES_MAX:
        raise NothingToFix(f"A clip can be submitted again {FIXES_MAX} times, and this one has been.")
    clip.state, clip.decided_at, clip.decided_by = ClipState.PENDING, None, None
    clip.fix_note, clip.fixes = note, clip.fixes + 1
    clip.auto_approves_at = now + timedelta(hours=clip.terms.review_hours)
    clip.inspect_at, clip.inspections, clip.author_checked_at = now, 0, None
    clip.save()
    announcing.waits(clip=clip, now=now)
    jobs.defer("clips.inspect_waiting", at_most_one_waiting="clips.inspect_waiting")


def _waiting(*, clip_id: int, organisation_id: int, reviewer_id: int) -> Clip:
    clip = (
        Clip.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .filter(id=clip_id, campaign__organisation_id=organisation_id)
        .first()
    )
    if clip is None:
        raise queries.NoSuchClip("There is no such clip")
    belonging = identity.belonging(user_id=reviewer_id)
    if (
        belonging is None
        or belonging.organisation.id != organisation_id
        or belonging.role not in queries.REVIEWING_ROLES
    ):
        raise MayNotDecide("Only owners and reviewers of your organisation decide on clips.")
    if clip.creator_id == reviewer_id:
        raise MayNotDecide("This clip is your own: somebody else of your organisation decides on it.")
    if clip.state != ClipState.PENDING:
        raise AlreadyDecided("This clip is not waiting for a decision any more.")
    return clip


def _approve(clip: Clip, now: datetime) -> None:
    clip.state, clip.decided_at = ClipState.APPROVED, now
    clip.decision_code, clip.decision_note = "", ""
    clip.save()


def _tell(clip: Clip, *, what: str, subject: str, text: str, now: datetime) -> None:
    notifications.queue_message(
        user_id=clip.creator_id,
        key=f"clip:{clip.id}:{what}:{clip.fixes}",
        kind=Kind.CLIPS,
        subject=subject[:200],
        text=text,
        link=f"/clips/{clip.id}/",
        now=now,
    )
