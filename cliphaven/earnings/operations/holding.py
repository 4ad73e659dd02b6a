"""Holds: earnings in doubt are kept apart until a day on which they come back by themselves, unless a person acts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from cliphaven.earnings.models import Accrual, Deed, Hold, HoldExtension, HoldOutcome, HoldReason, Stage
from cliphaven.earnings.operations import acts, announcing, debts, telling
from cliphaven.earnings.queries import remaining
from cliphaven.earnings.rules import holding
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

HELD_AT_ONCE_MAX = 1_000
RELEASED_AT_ONCE_MAX = 1_000
NOTE_MAX = 2_000
_ACCOUNTS = {
    Stage.CLEARING: AccountKind.CREATOR_CLEARING,
    Stage.HELD: AccountKind.CREATOR_HELD,
    Stage.PAYABLE: AccountKind.CREATOR_PAYABLE,
}


class HoldRefused(Refused):
    """The earnings cannot be held, or not so."""

    code = "hold_refused"


class HoldIsOver(Refused):
    """The hold has ended: there is nothing left to decide."""

    code = "hold_is_over"


@own_transaction
def hold_earnings(
    *,
    clip_id: int,
    accrual_ids: Collection[int],
    reason: str,
    note: str,
    actor: str,
    releases_at: datetime,
    request_key: str = "",
    now: datetime,
) -> int:
    """Hold unpaid accruals of a clip until `releases_at`, and tell its creator why; answers how much, in minor units.

    `reason` is one of HoldReason, `actor` who decides ("user:7"). The same `request_key` again moves nothing. Raises
    HoldRefused, also when only one of the accruals is held already, reversed, or on its way to a bank.
    """
    ids = set(accrual_ids)
    _check(reason=reason, note=note, releases_at=releases_at, now=now)
    if not 1 <= len(ids) <= HELD_AT_ONCE_MAX:
        raise HoldRefused(f"Hold between one and {HELD_AT_ONCE_MAX:,} entries at a time")
    locked = Accrual.objects.select_for_update(no_key=True).filter(clip_id=clip_id, id__in=ids).order_by("id")
    free = [accrual for accrual in locked if accrual.stage in (Stage.CLEARING, Stage.PAYABLE)]
    before = acts.done_before(deed=Deed.HELD, clip_id=clip_id, actor=actor, request_key=request_key)
    if before is not None:
        return before.amount_minor
    if len(free) < len(ids):
        raise HoldRefused(
            f"{len(ids) - len(free)} of these entries cannot be held: they are held or reversed already, or being paid"
        )
    entries = place(accruals=free, reason=reason, note=note, actor=actor, releases_at=releases_at, now=now)
    ledger.record(entries)
    amount_minor = sum(leg.amount_minor for entry in entries for leg in entry.legs)
    acts.record(
        deed=Deed.HELD,
        clip_id=clip_id,
        actor=actor,
        request_key=request_key,
        reason=reason,
        note=note,
        currency=free[0].currency,
        entries=len(free),
        amount_minor=amount_minor,
        now=now,
    )
    return amount_minor


@joined_transaction
def place(
    *, accruals: Sequence[Accrual], reason: str, note: str, actor: str, releases_at: datetime, now: datetime
) -> list[ledger.Entry]:
    """Hold locked accruals that are clearing or payable; answers the entries, for one record."""
    if not accruals:
        return []
    taken = remaining.taken_of([accrual.id for accrual in accruals])
    holds = Hold.objects.bulk_create(
        Hold(
            accrual=accrual,
            came_from=accrual.stage,
            amount_minor=accrual.net_minor - taken.get(accrual.id, 0),
            reason=reason,
            note=note,
            placed_by=actor,
            placed_at=now,
            releases_at=releases_at,
        )
        for accrual in accruals
    )
    Accrual.objects.filter(id__in=[accrual.id for accrual in accruals]).update(stage=Stage.HELD)
    telling.of_holds(holds=holds, now=now)
    announcing.held(holds=holds, now=now)
    return [
        _entry(EntryKind.HOLD, hold, amount_minor=hold.amount_minor, actor=actor, reason=hold.reason, now=now)
        for hold in holds
        if hold.amount_minor
    ]


@own_transaction
def release_holds(
    *, clip_id: int, hold_ids: Collection[int], note: str, actor: str, request_key: str = "", now: datetime
) -> int:
    """End holds of a clip: the money goes back to where it came from; answers how much, in minor units.

    The creator is told, with the note. The same `request_key` again moves nothing. Raises HoldIsOver when one of the
    holds has ended, and HoldRefused without a note.
    """
    said = _said(note, "Say why it is let go")
    holds = _locked(clip_id=clip_id, hold_ids=hold_ids)
    before = acts.done_before(deed=Deed.RELEASED, clip_id=clip_id, actor=actor, request_key=request_key)
    if before is not None:
        return before.amount_minor
    _check_open(holds, number=len(set(hold_ids)))
    amount_minor = sum(_left(holds).values())
    ledger.record(_released(holds, actor=actor, reason=said, now=now))
    acts.record(
        deed=Deed.RELEASED,
        clip_id=clip_id,
        actor=actor,
        request_key=request_key,
        reason=holds[0].reason,
        note=said,
        currency=holds[0].accrual.currency,
        entries=len(holds),
        amount_minor=amount_minor,
        now=now,
    )
    telling.of_releases(holds=holds, amount_minor=amount_minor, note=said, now=now)
    return amount_minor


@own_transaction
def extend_holds(
    *,
    clip_id: int,
    hold_ids: Collection[int],
    releases_at: datetime,
    note: str,
    actor: str,
    request_key: str = "",
    now: datetime,
) -> int:
    """Let holds of a clip end later, within 60 days of their first, and tell the creator why; answers how much waits.

    The same `request_key` again changes nothing. Raises HoldIsOver, HoldRefused.
    """
    said = _said(note, "Say why it takes longer")
    holds = _locked(clip_id=clip_id, hold_ids=hold_ids)
    before = acts.done_before(deed=Deed.EXTENDED, clip_id=clip_id, actor=actor, request_key=request_key)
    if before is not None:
        return before.amount_minor
    _check_open(holds, number=len(set(hold_ids)))
    problem = holding.problem_of_release(
        placed_at=min(hold.placed_at for hold in holds),
        releases_at=releases_at,
        former=max(*(hold.releases_at for hold in holds), now),
    )
    if problem:
        raise HoldRefused(problem)
    extensions = HoldExtension.objects.bulk_create(
        HoldExtension(
            hold=hold,
            former_releases_at=hold.releases_at,
            releases_at=releases_at,
            reason=said,
            actor=actor,
            extended_at=now,
        )
        for hold in holds
    )
    Hold.objects.filter(id__in=[hold.id for hold in holds]).update(releases_at=releases_at)
    amount_minor = sum(_left(holds).values())
    acts.record(
        deed=Deed.EXTENDED,
        clip_id=clip_id,
        actor=actor,
        request_key=request_key,
        reason=holds[0].reason,
        note=said,
        currency=holds[0].accrual.currency,
        entries=len(holds),
        amount_minor=amount_minor,
        now=now,
    )
    telling.of_extensions(extensions=extensions, amount_minor=amount_minor, now=now)
    return amount_minor


@joined_transaction
def keep_longer(*, until: Mapping[int, datetime], reason: str, actor: str, now: datetime) -> int:
    """Let open holds, by id, end at these later moments, within 60 days of their first; answers how many moved.

    Who decided that has told the creators. Holds that end later already stay as they are.
    """
    asked = Hold.objects.filter(id__in=list(until), ended_at=None)
    list(Accrual.objects.select_for_update(no_key=True, of=("self",)).filter(holds__in=asked).order_by("id"))
    extensions, moved = [], []
    for hold in asked.order_by("id"):
        releases_at = min(until[hold.id], hold.placed_at + holding.HELD_FOR_MAX)
        if releases_at > hold.releases_at:
            extensions.append(
                HoldExtension(
                    hold=hold,
                    former_releases_at=hold.releases_at,
                    releases_at=releases_at,
                    reason=reason,
                    actor=actor,
                    extended_at=now,
                )
            )
            hold.releases_at = releases_at
            moved.append(hold)
    HoldExtension.objects.bulk_create(extensions)
    Hold.objects.bulk_update(moved, ("releases_at",))
    return len(moved)


@no_transaction
def release_due(*, now: datetime) -> int:
    """End the holds whose day has come; answers how many."""
    released = 0
    while chunk := _release_chunk(now=now):
        released += chunk
    return released


@own_transaction
def _release_chunk(*, now: datetime) -> int:
    due = Hold.objects.filter(ended_at=None, releases_at__lte=now).order_by("releases_at", "id")
    accrual_ids = list(due.values_list("accrual_id", flat=True)[:RELEASED_AT_ONCE_MAX])
    locked = Accrual.objects.select_for_update(no_key=True, skip_locked=True).filter(id__in=accrual_ids)
    ids = list(locked.order_by("id").values_list("id", flat=True))
    # Read under the lock of its accrual, which whoever changes a hold has to take first.
    holds = Hold.objects.select_related("accrual").filter(accrual_id__in=ids, ended_at=None, releases_at__lte=now)
    found = list(holds.order_by("accrual_id"))
    ledger.record(_released(found, actor="system", reason="the day has come", now=now))
    return len(found)


@joined_transaction
def end_voided(*, accruals: Collection[Accrual], actor: str, now: datetime) -> None:
    """End the open holds of locked accruals that are being voided."""
    open_holds = Hold.objects.filter(accrual__in=accruals, ended_at=None)
    open_holds.update(ended_at=now, outcome=HoldOutcome.VOIDED, ended_by=actor)


def _released(holds: Sequence[Hold], *, actor: str, reason: str, now: datetime) -> list[ledger.Entry]:
    """Move the accruals of locked holds back; answers the entries."""
    left = _left(holds)
    Hold.objects.filter(id__in=list(left)).update(ended_at=now, outcome=HoldOutcome.RELEASED, ended_by=actor)
    announcing.released(holds=holds, left=left, now=now)
    back: dict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        back[hold.came_from].append(hold)
    for stage, of_stage in back.items():
        Accrual.objects.filter(id__in=[hold.accrual_id for hold in of_stage]).update(stage=stage)
    purses = {
        debts.Purse(creator_id=hold.accrual.creator_id, currency=hold.accrual.currency) for hold in back[Stage.PAYABLE]
    }
    return [
        *(
            _entry(EntryKind.RELEASE, hold, amount_minor=left[hold.id], actor=actor, reason=reason, now=now)
            for hold in holds
            if left[hold.id]
        ),
        *debts.recover(purses=purses, now=now),
    ]


def _left(holds: Sequence[Hold]) -> dict[int, int]:
    """What is left of the money of each hold, by its id."""
    taken = remaining.taken_of_holds([hold.id for hold in holds])
    return {hold.id: hold.amount_minor - taken.get(hold.id, 0) for hold in holds}


def _check(*, reason: str, note: str, releases_at: datetime, now: datetime) -> None:
    if reason not in HoldReason.values or len(note) > NOTE_MAX:
        raise HoldRefused(f"Choose a reason, and say more in {NOTE_MAX:,} characters at most")
    problem = holding.problem_of_release(placed_at=now, releases_at=releases_at, former=now)
    if problem:
        raise HoldRefused(problem)


def _said(note: str, demand: str) -> str:
    said = note.strip()
    if not said or len(said) > NOTE_MAX:
        raise HoldRefused(f"{demand}, in {NOTE_MAX:,} characters at most")
    return said


def _locked(*, clip_id: int, hold_ids: Collection[int]) -> list[Hold]:
    """Those of the holds that are open and of this clip, with the accruals that guard them locked."""
    asked = Hold.objects.filter(id__in=set(hold_ids), accrual__clip_id=clip_id)
    accrual_ids = list(asked.values_list("accrual_id", flat=True)[:HELD_AT_ONCE_MAX])
    list(Accrual.objects.select_for_update(no_key=True).filter(id__in=accrual_ids).order_by("id"))
    # Read under the lock: whoever ends a hold has to take it first.
    return list(asked.filter(ended_at=None).select_related("accrual").order_by("accrual_id"))


def _check_open(holds: Sequence[Hold], *, number: int) -> None:
    if not 1 <= number <= HELD_AT_ONCE_MAX:
        raise HoldRefused(f"Decide on between one and {HELD_AT_ONCE_MAX:,} holds at a time")
    if len(holds) < number:
        raise HoldIsOver("Some of these holds are over already, or not there: open the page anew")


def _entry(kind: EntryKind, hold: Hold, *, amount_minor: int, actor: str, reason: str, now: datetime) -> ledger.Entry:
    accrual = hold.accrual
    stage = Account(kind=_ACCOUNTS[Stage(hold.came_from)], owner_id=accrual.creator_id, currency=accrual.currency)
    held = Account(kind=AccountKind.CREATOR_HELD, owner_id=accrual.creator_id, currency=accrual.currency)
    debit, credit = (stage, held) if kind is EntryKind.HOLD else (held, stage)
    return ledger.Entry(
        kind=kind,
        external_id=f"hold:{hold.id}",
        legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=amount_minor),),
        occurred_at=now,
        cause=f"accrual {accrual.name}",
        actor=actor,
        reason=reason,
    )
