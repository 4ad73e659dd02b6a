"""The desk of earnings: holds placed, kept longer and let go, and entries that do not count."""

from datetime import datetime, timedelta

from cliphaven.earnings.models import HoldReason, ReversalReason
from cliphaven.earnings.operations import holding, reversing
from cliphaven.earnings.queries import evidence, holds, previews
from cliphaven.ledger.chart import EntryKind
from simulator.people.base import Act, Booked, NothingThere
from simulator.people.desks.desk import Desk

NOTE = "We looked at where these views come from."
PREVIEWED_SHARE = 0.5


class EarningsDesk(Desk):
    """The money of one clip at a time."""

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the module."""
        return {
            "hold": (2, self._hold),
            "let a hold go": (2, self._release),
            "keep a hold longer": (1, self._extend),
            "void or claw back": (2, self._reverse),
            "void what is held": (2, self._void_held),
        }

    def _clip_id(self) -> int:
        creator = self.chance.choice(self.person.life.creators)
        return int(self.one_of(evidence.creator_clips(creator_id=creator.user_id)).clip_id)

    def _some(self, found: list[evidence.EntryEvidence]) -> list[evidence.EntryEvidence]:
        if not found:
            raise NothingThere
        return found if self.chance.random() < 0.3 else self.chance.sample(found, self.chance.randint(1, len(found)))

    def _hold(self, now: datetime) -> None:
        clip_id = self._clip_id()
        entries = self._some(evidence.chosen(clip_id=clip_id, accrual_ids=(), to_hold=True))
        self.ask(
            holding.hold_earnings,
            clip_id=clip_id,
            accrual_ids=[entry.accrual_id for entry in entries],
            reason=self.chance.choice(HoldReason.values),
            note=NOTE,
            actor=self.person.actor,
            releases_at=now + self.chance.choice((timedelta(hours=1), timedelta(days=2), timedelta(days=59))),
            request_key=self.key("hold"),
            now=now,
        )

    def _case(self) -> holds.HeldCase:
        found: holds.HeldCase = self.one_of(holds.held_cases().cases)
        return found

    def _release(self, now: datetime) -> None:
        case = self._case()
        self.ask(
            holding.release_holds,
            clip_id=case.clip_id,
            hold_ids=list(case.hold_ids),
            note=NOTE,
            actor=self.person.actor,
            request_key=self.key("let-go"),
            now=now,
        )

    def _extend(self, now: datetime) -> None:
        case = self._case()
        self.ask(
            holding.extend_holds,
            clip_id=case.clip_id,
            hold_ids=list(case.hold_ids),
            releases_at=case.releases_at + self.chance.choice((timedelta(hours=6), timedelta(days=9))),
            note=NOTE,
            actor=self.person.actor,
            request_key=self.key("longer"),
            now=now,
        )

    def _reverse(self, now: datetime) -> None:
        """What is paid also without saying so."""
        clip_id = self._clip_id()
        self._reverse_entries(clip_id, self._some(evidence.chosen(clip_id=clip_id, accrual_ids=())), now)

    def _void_held(self, now: datetime) -> None:
        case = self._case()
        held = evidence.chosen(clip_id=case.clip_id, accrual_ids=case.accrual_ids)
        self._reverse_entries(case.clip_id, self._some(held), now)

    def _reverse_entries(self, clip_id: int, entries: list[evidence.EntryEvidence], now: datetime) -> None:
        """With the preview that the page shows, or without one."""
        ids = [entry.accrual_id for entry in entries]
        shown = previews.reversal_preview(clip_id=clip_id, accrual_ids=ids)
        is_previewed = shown is not None and self.chance.random() < PREVIEWED_SHARE
        self.ask(
            reversing.reverse_earnings,
            clip_id=clip_id,
            accrual_ids=ids,
            reason=self.chance.choice(ReversalReason.values),
            note=NOTE,
            actor=self.person.actor,
            claw_back=self.chance.random() < 0.6,
            expected=shown.comes_to if is_previewed and shown is not None else None,
            request_key=self.key("reverse"),
            entries=[
                Booked(f"{clip_id}:{entry.number}", None, EntryKind.VOID, EntryKind.CLAWBACK) for entry in entries
            ],
            now=now,
        )
