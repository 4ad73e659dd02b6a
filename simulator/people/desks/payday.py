"""The desk of paydays: release, send back, stop, take back, pause, look again, settle, rehearse and prove."""

from datetime import datetime, timedelta
from typing import Any

from cliphaven.payouts import rules
from cliphaven.payouts.models import PauseReason
from cliphaven.payouts.operations import holds, pauses, proofs, rehearsals, releases, reversals, reviews
from cliphaven.payouts.queries import batches, items, stuck
from cliphaven.payouts.queries import holds as changes
from simulator.people.base import Act, NothingThere
from simulator.people.desks.desk import Desk

REASON = "something to look at"
BY_API_SHARE = 0.3


class PaydayDesk(Desk):
    """What becomes of a week's run, its transfers and its creators."""

    def helping(self) -> dict[str, tuple[int, Act]]:
        """Nothing stays stopped, paused or waiting for a word."""
        return {
            "resume": (3, self._resume_creator),
            "release": (3, self._release),
            "let a batch go on": (2, self._resume_batch),
            "look again for an item": (2, self._look_again),
        }

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the module."""
        return {
            "pause": (1, self._pause),
            "lift a hold": (1, self._lift_hold),
            "send back": (3, self._send_back),
            "plan again": (2, self._plan_again),
            "stop a batch": (1, self._stop),
            "take back": (1, self._take_back),
            "settle a reversal": (1, self._settle_reversal),
            "rehearse": (1, self._rehearse),
            "prove a payday": (1, self._prove),
        }

    def _week(self, now: datetime) -> str:
        """Mostly the one that is due; now and then the one before or the next."""
        return rules.due_week(now + timedelta(weeks=self.chance.choice((0, 0, 0, 0, -1, 1))))

    def _creator_id(self) -> int:
        return self.chance.choice(self.person.life.creators).user_id

    def _by_api(self, week: str, what: str, now: datetime, **body: str) -> bool:
        """Do it by the API this time, perhaps; answers whether it was."""
        if self.chance.random() > BY_API_SHARE:
            return False

        def send(*, request_key: str, now: datetime) -> None:  # noqa: ARG001  # the house has its own clock
            self.person.browser.send(f"/api/v1/staff/payday/batches/{week}/{what}", body, key=request_key)

        self.ask(send, request_key=self.key(what), now=now)
        return True

    def _on_batch(self, what: str) -> dict[str, Any]:
        return {"staff_id": self.person.user_id, "request_key": self.key(what)}

    def _resume_creator(self, now: datetime) -> None:
        self.ask(pauses.resume, creator_id=self._creator_id(), **self._on_batch("resume"), now=now)

    def _release(self, now: datetime) -> None:
        found = batches.batch_of(week=self._week(now))
        if found is None or found.state != "awaiting_release":
            raise NothingThere
        if not self._by_api(found.iso_week, "release", now):
            self.ask(releases.release, week=found.iso_week, **self._on_batch("release"), now=now)

    def _resume_batch(self, now: datetime) -> None:
        stopped = stuck.stuck(now=now).batches
        self.ask(releases.resume, week=self.one_of(stopped).week, **self._on_batch("go-on"), now=now)

    def _look_again(self, now: datetime) -> None:
        waiting = [item for item in stuck.stuck(now=now).items if item.is_for_a_person]
        kind, _, number = self.one_of(waiting).name.partition(":")
        if kind == "transfer":
            self.ask(reviews.look_again_for_transfer, transfer_id=int(number), now=now)
        elif kind == "payout":
            self.ask(reviews.look_again_for_payout, bank_payout_id=int(number), now=now)
        else:
            self.ask(reversals.look_again, reversal_id=int(number), now=now)

    def _pause(self, now: datetime) -> None:
        self.ask(
            pauses.pause,
            creator_id=self._creator_id(),
            reason=self.chance.choice(list(PauseReason)),
            note=REASON,
            **self._on_batch("pause"),
            now=now,
        )

    def _lift_hold(self, now: datetime) -> None:
        """Payouts to somebody's new bank account begin sooner."""
        creator_id = self._creator_id()
        waiting = [bank for bank in changes.changed_banks(creator_id=creator_id, now=now) if bank.is_held]
        self.ask(
            holds.lift,
            creator_id=creator_id,
            bank_id=self.one_of(waiting).bank_id,
            reason=REASON,
            **self._on_batch("lift"),
            now=now,
        )

    def _send_back(self, now: datetime) -> None:
        """Mostly when there is something to send back."""
        week = self._week(now)
        found = batches.batch_of(week=week)
        if (found is None or found.state != "awaiting_release") and self.chance.random() < 0.8:
            raise NothingThere
        if not self._by_api(week, "send-back", now, reason=REASON):
            self.ask(releases.send_back, week=week, reason=REASON, **self._on_batch("send-back"), now=now)

    def _plan_again(self, now: datetime) -> None:
        self.ask(releases.plan_again, week=self._week(now), **self._on_batch("plan-again"), now=now)

    def _stop(self, now: datetime) -> None:
        week = self._week(now)
        if not self._by_api(week, "stop", now, reason=REASON):
            self.ask(releases.stop, week=week, reason=REASON, **self._on_batch("stop"), now=now)

    def _take_back(self, now: datetime) -> None:
        """Also what went on to a bank, is on its way to one, or was never sent: then it is refused."""
        found = items.items_of(week=self._week(now), kind="transfers")
        item = self.one_of(found.items if found is not None else ())
        self.ask(
            reversals.take_back,
            transfer_id=item.transfer_id,
            reason=REASON,
            **self._on_batch("take-back"),
            now=now,
        )

    def _settle_reversal(self, now: datetime) -> None:
        """Said of one in review, though nobody sent its money again: Stripe knows better."""
        waiting = [item for item in stuck.stuck(now=now).items if item.name.startswith("reversal:")]
        number = int(self.one_of(waiting).name.partition(":")[2])
        self.ask(reversals.settle, reversal_id=number, note=REASON, **self._on_batch("settle"), now=now)

    def _rehearse(self, now: datetime) -> None:
        rehearsals.rehearse(now=now)

    def _prove(self, now: datetime) -> None:
        proofs.prove(week=self._week(now), now=now)
