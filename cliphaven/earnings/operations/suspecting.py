"""Doubt about views and the money of them: what is doubted is held, and what was decided about it is carried out.

Each entry is held for doubt once in its life: what was let go, by a person or by its day, is never held for that again.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from cliphaven.earnings.models import Accrual, Hold, HoldReason, ReversalReason, Stage
from cliphaven.earnings.operations import holding, reversing
from cliphaven.earnings.queries import credit_notes, doubted
from cliphaven.earnings.rules import taking
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.fraud import queries as fraud
from cliphaven.fraud.operations import cases
from cliphaven.ledger import operations as ledger

CLIPS_AT_ONCE = 200
ENTRIES_AT_ONCE_MAX = 1_000
TRIES_MAX = 5
"""A batch of payouts may take entries away between looking and deciding: then they are looked at again."""

log = logging.getLogger(__name__)


@no_transaction
def hold_suspect(*, now: datetime) -> int:
    """Hold what clips in doubt have unpaid of what came after the onset; answers how many entries."""
    clip_ids = fraud.clips_to_hold()
    held = 0
    for start in range(0, len(clip_ids), CLIPS_AT_ONCE):
        held += _hold_some(clip_ids=clip_ids[start : start + CLIPS_AT_ONCE], now=now)
    return held


@own_transaction
def _hold_some(*, clip_ids: Collection[int], now: datetime) -> int:
    return hold_doubted(clip_ids=clip_ids, now=now)


@joined_transaction
def hold_doubted(*, clip_ids: Collection[int], now: datetime) -> int:
    """Hold what these clips have unpaid of what is doubted, with the reasons for their creators; answers how many
    entries. Nothing that came before the onset, and nothing that was held for doubt before."""
    verdicts = cases.keep(clip_ids=clip_ids)
    if not verdicts:
        return 0
    ids = doubted.entries_to_hold(list(verdicts.values()))
    free = Accrual.objects.select_for_update(no_key=True).filter(id__in=ids, stage__in=(Stage.CLEARING, Stage.PAYABLE))
    # Whether one was held meanwhile is read under its lock, which whoever holds it has to take first.
    locked = list(free.order_by("id"))
    held_before = set(
        Hold.objects.filter(accrual__in=locked, reason=HoldReason.SUSPICIOUS_VIEWS).values_list("accrual_id", flat=True)
    )
    entries: list[ledger.Entry] = []
    number = 0
    for clip_id, verdict in sorted(verdicts.items()):
        of_clip = [one for one in locked if one.clip_id == clip_id and one.id not in held_before]
        number += len(of_clip)
        entries += holding.place(
            accruals=of_clip,
            reason=HoldReason.SUSPICIOUS_VIEWS,
            note=verdict.note,
            actor=verdict.actor,
            releases_at=now + verdict.held_for,
            now=now,
        )
    ledger.record(entries)
    return number


@no_transaction
def settle_cases(*, now: datetime) -> int:
    """Let money follow what was decided of cases; answers how many. One that fails keeps no other waiting."""
    done, failure = 0, None
    for decided in fraud.cases_to_settle():
        try:
            _CARRY_OUT[decided.state](decided=decided, now=now)
            cases.settled(case_id=decided.case_id, state=decided.state, now=now)
            done += 1
        except Exception as error:
            log.exception("earnings: the decision of case %s could not be carried out", decided.case_id)
            failure = failure or error
    if failure is not None:
        raise failure
    return done


def _release(*, decided: fraud.Decided, now: datetime) -> None:
    """What the case holds goes back to where it came from."""
    for _ in range(TRIES_MAX):
        holds = Hold.objects.filter(placed_by=decided.holder, ended_at=None).order_by("id")
        ids = list(holds.values_list("id", flat=True)[:ENTRIES_AT_ONCE_MAX])
        if not ids:
            return
        try:
            holding.release_holds(
                clip_id=decided.clip_id,
                hold_ids=ids,
                note=decided.note,
                actor=decided.decided_by,
                request_key=_key(decided, "release", ids),
                now=now,
            )
        except holding.HoldIsOver:
            continue


@own_transaction
def _keep(*, decided: fraud.Decided, now: datetime) -> None:
    """What the case holds stays held: for longer, or until its creator can say no more."""
    holds = Hold.objects.filter(placed_by=decided.holder, ended_at=None).order_by("id")
    holding.keep_longer(
        until={
            hold.id: max(hold.placed_at + decided.held_for, decided.keep_until or hold.releases_at) for hold in holds
        },
        reason=decided.note,
        actor=decided.decided_by,
        now=now,
    )


def _void(*, decided: fraud.Decided, now: datetime) -> None:
    """What came after the onset is reversed: all that is unpaid, and of what was paid as much as the policy lets."""
    refusal: reversing.ReversalRefused | None = None
    for _ in range(TRIES_MAX):
        unpaid, paid = doubted.entries_to_void(decided)
        # What was taken back before counts, too: a decision carried out in two goes takes no more than in one.
        most_minor = fraud.clawback_max_minor(currency=paid[0].currency) if paid else 0
        within = taking.within(
            [(one.id, one.net_minor) for one in paid], most_minor=most_minor - doubted.clawed_back_minor(decided)
        )
        if not unpaid and not within:
            return
        try:
            taken = [one for one in paid if one.id in within]
            credited = credit_notes.credited_of([one.id for one in taken])
            for chunk, claw_back in (
                (unpaid, False),
                ([one for one in taken if one.id not in credited], True),
                ([one for one in taken if one.id in credited], True),
            ):
                _reverse(decided, chunk, claw_back=claw_back, now=now)
        except reversing.ReversalRefused as refused:
            refusal = refused
            continue
        return
    if refusal is not None:
        raise refusal


def _reverse(decided: fraud.Decided, entries: Sequence[Accrual], *, claw_back: bool, now: datetime) -> None:
    for start in range(0, len(entries), ENTRIES_AT_ONCE_MAX):
        ids = [one.id for one in entries[start : start + ENTRIES_AT_ONCE_MAX]]
        reversing.reverse_earnings(
            clip_id=decided.clip_id,
            accrual_ids=ids,
            reason=ReversalReason.VIEWS_TAKEN_BACK if decided.evidence else ReversalReason.BOUGHT_VIEWS,
            note=decided.note,
            actor=decided.decided_by,
            claw_back=claw_back,
            request_key=_key(decided, "void", ids),
            now=now,
        )


def _key(decided: fraud.Decided, deed: str, ids: Iterable[int]) -> str:
    """The name of one step of carrying a case out: done twice, it is done once."""
    return f"case:{decided.case_id}:{deed}:{min(ids)}"


_CARRY_OUT = {"open": _keep, "voiding": _keep, "voided": _void, "released": _release}
