"""The walk of an item to its vendor: claim it, call, record what came back. Rooms derive a Sender and say what differs.

    class Refunds(Sender[Refund, RefundFacts]):
        name, model = "refund", Refund
        def key(self, row): ...          # from frozen columns alone
        def sought(self, row): ...       # what is asked for, to compare with what is found
        def call(self, claim): ...       # the vendor, with claim.key; raises ProviderFailed
        def look_up(self, claim): ...    # everything there under the item's name
        def told(self, facts): ...       # one of those, to be compared with `sought`
        def take_over(self, *, item_id, facts, now): ...   # it exists there: book it, once
        def give_back(self, row, *, failure, now): ...     # a definite no, in the caller's transaction
        def stop(self, row, *, reason): ...                # nothing gets in: hold back everything like it

`send` may be called at any time by any number of workers: at most one thing comes to be at the vendor for an item.
`due` lists what a sweep should hand to it, `look_again` takes an item back from a person. A call holds no lock.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

from cliphaven.foundation import deadlines
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.outgoing import pace, rules
from cliphaven.foundation.outgoing.models import OutgoingItem
from cliphaven.foundation.outgoing.rules import Action, Found, Step, Verdict
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction

SENDING, UNKNOWN, NEEDS_REVIEW = "sending", "unknown", "needs_review"

Row = TypeVar("Row", bound=OutgoingItem)
Facts = TypeVar("Facts")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Claim(Generic[Row]):
    """One try at one item, with everything the call needs: frozen before it, so that it can be told again."""

    row: Row
    step: Step
    was_fresh: bool
    others_may_send: bool
    claimed_at: datetime
    key: str
    sought: Found


@joined_transaction
def move(row: OutgoingItem, *, to: str, **changes: Any) -> None:
    """Walk a listed edge, with the row's other changes. The caller holds the row's lock.

    Anything else is a mistake of the room: raises AssertionError.
    """
    if to not in row.EDGES[row.state]:
        raise AssertionError(f"A {type(row).__name__} never goes from {row.state} to {to}")
    changes["state"] = str(to)
    type(row)._default_manager.filter(pk=row.pk).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)


def due(rows: QuerySet[Row], *, now: datetime, most: int) -> list[int]:
    """Which of `rows` have something due, whatever became of their last job, those due longest first."""
    claimed_lately = Q(state=SENDING, claimed_at__gt=now - rules.CLAIM_LEASE)
    waiting = rows.filter(state__in=[rows.model.READY, SENDING, UNKNOWN], due_at__lte=now).exclude(claimed_lately)
    return list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:most])


class Sender(ABC, Generic[Row, Facts]):
    """One kind of call that moves money away. One instance serves all workers: it keeps nothing between calls."""

    name: str
    model: type[Row]
    # How many a second all workers together tell the vendor; Stripe allows 25 to one endpoint.
    per_second: int = 20
    # The codes of a definite no that time heals, such as money that is not available yet.
    waits_out: frozenset[str] = frozenset()
    # What is read together with a row, for `key` and `may_move`.
    related: tuple[str, ...] = ()

    # ---- what every room says

    @abstractmethod
    def key(self, row: Row) -> str:
        """The idempotency key: from frozen columns and the attempt number, never from anything that may change."""

    @abstractmethod
    def sought(self, row: Row) -> Found:
        """What the item asks for, as a look-up would find it."""

    @abstractmethod
    def call(self, claim: Claim[Row]) -> Facts:
        """Tell the vendor, once, under `claim.key`. Raises ProviderFailed."""

    @abstractmethod
    def look_up(self, claim: Claim[Row]) -> Sequence[Facts]:
        """Everything that the vendor has under the item's name, whatever the attempt. Raises ProviderFailed."""

    @abstractmethod
    def told(self, facts: Facts) -> Found:
        """What was found, to be compared with what was sought."""

    @abstractmethod
    def take_over(self, *, item_id: int, facts: Facts, now: datetime) -> None:
        """It exists at the vendor: book it, once, in transactions of its own. News that came before change nothing."""

    @abstractmethod
    def give_back(self, row: Row, *, failure: ProviderFailed, now: datetime) -> None:
        """A definite no. The row is locked."""

    @abstractmethod
    def stop(self, row: Row, *, reason: str) -> None:
        """The vendor does not let us in: hold back everything of this kind until somebody has mended it."""

    # ---- what a room may say

    def may_move(self, row: Row) -> bool:  # noqa: ARG002  # for rooms that look at it
        """Whether nothing holds this item back."""
        return True

    def admit(
        self,
        row: Row,  # noqa: ARG002  # for rooms that look at it
        *,
        seen: str | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> Mapping[str, Any] | None:
        """What a try freezes on the row besides the protocol's columns; None leaves the item alone this time.

        `seen` is what the caller of `send` has found out at the vendor right before.
        """
        return {}

    def lock(self, item_id: int) -> Row:
        """The row, with everything locked that recording an answer touches."""
        return self.model._default_manager.select_for_update(no_key=True).get(pk=item_id)

    def claimed(self, row: Row) -> None:
        """The item has just been claimed to be sent."""

    def reviewed(self, row: Row, *, now: datetime) -> None:
        """The item has just been left to a person. The row is locked."""

    def pause_to_wait(self, row: Row) -> timedelta:
        """How long a no that time heals is waited out."""
        return self._pause(row)

    # ---- what is the same for all

    @no_transaction
    def send(self, *, item_id: int, now: datetime, read_clock: Callable[[], datetime], seen: str | None = None) -> None:
        """Send an item, or find out what became of it: at most one at the vendor, however often this is called.

        `read_clock` is read right before the call: what was claimed more than an hour ago is not sent any more, nor
        what somebody else has claimed since.
        """
        claim = self._claim(item_id=item_id, seen=seen, now=now)
        if claim is None:
            return
        if claim.step is Step.LOOK_UP:
            self._look_up(claim, now=now)
            return
        # First the turn, then the fence: nobody knows how long the queue was.
        pace.wait_for_turn(self.name, per_second=self.per_second)
        was_overtaken = not self._is_still(self.model._default_manager.get(pk=item_id), claim, SENDING)
        if was_overtaken or rules.fence_is_shut(claimed_at=claim.claimed_at, now=read_clock()):
            return
        try:
            # Once more where the bytes leave: whoever sleeps from here on must not wake up and send.
            with deadlines.leaving_before(claim.claimed_at + rules.FENCE, read_clock=read_clock):
                facts = self.call(claim)
        except deadlines.TooLate:
            return
        except ProviderFailed as failure:
            self._record_failure(claim=claim, failure=failure, now=now)
        else:
            self.take_over(item_id=item_id, facts=facts, now=now)

    @joined_transaction
    def look_again(self, *, item_id: int, now: datetime) -> bool:
        """Let an item in review be looked up anew, once it was put right at the vendor; False when it is not in review.

        It is looked up, and not sent, as if its key had been used long ago.
        """
        row = self.model._default_manager.select_for_update(no_key=True).filter(pk=item_id).first()
        if row is None or row.state != NEEDS_REVIEW:
            return False
        move(row, to=UNKNOWN, first_sent_at=now - rules.KEY_TRUSTED_FOR, looked_up_at=None, due_at=now)
        return True

    @joined_transaction
    def ask_a_person(self, row: Row, *, code: str, sentence: str, now: datetime) -> None:
        """Leave an item to a person, with the reason. The caller holds its lock."""
        move(row, to=NEEDS_REVIEW, failure_code=code[:64], failure_sentence=sentence)
        self.reviewed(row, now=now)

    @own_transaction
    def _claim(self, *, item_id: int, seen: str | None, now: datetime) -> Claim[Row] | None:
        rows = self.model._default_manager.select_for_update(no_key=True, of=("self",))
        row = rows.select_related(*self.related).get(pk=item_id) if self.related else rows.get(pk=item_id)
        came_from = row.state
        if came_from not in (row.READY, SENDING, UNKNOWN) or not self.may_move(row):
            return None
        frozen = self.admit(row, seen=seen, now=now)
        if frozen is None:
            return None
        step = rules.next_step(
            is_open=True,
            is_claimed=came_from == SENDING,
            claimed_at=row.claimed_at,
            first_sent_at=row.first_sent_at,
            due_at=row.due_at,
            now=now,
        )
        if step is Step.NOTHING:
            return None
        last = row.last_claimed_to_send_at
        if step is Step.SEND:
            move(
                row,
                to=SENDING,
                claimed_at=now,
                first_sent_at=row.first_sent_at or now,
                last_claimed_to_send_at=max(last or now, now),
                tries=row.tries + 1,
                **frozen,
            )
            self.claimed(row)
        else:
            move(row, to=UNKNOWN, claimed_at=now)
        was_fresh = came_from == row.READY
        return Claim(
            row=row,
            step=step,
            was_fresh=was_fresh,
            others_may_send=not was_fresh and rules.others_may_send(last_claimed_to_send_at=last, now=now),
            claimed_at=now,
            key=self.key(row),
            sought=self.sought(row),
        )

    def _look_up(self, claim: Claim[Row], *, now: datetime) -> None:
        try:
            found = self.look_up(claim)
        except ProviderFailed as failure:
            self._postpone_look_up(claim=claim, failure=failure, now=now)
            return
        if self._record_verdict(claim=claim, told=[self.told(facts) for facts in found], now=now) is Verdict.ADOPT:
            self.take_over(item_id=claim.row.pk, facts=found[0], now=now)

    @own_transaction
    def _record_verdict(self, *, claim: Claim[Row], told: Sequence[Found], now: datetime) -> Verdict | None:
        row = self.lock(claim.row.pk)
        if not self._is_still(row, claim, UNKNOWN):
            return None
        last, first_absent_at = row.last_claimed_to_send_at, row.looked_up_at
        verdict = rules.verdict(
            told,
            sought=claim.sought,
            is_known=row.stripe_id is not None,
            last_claimed_to_send_at=last,
            looked_up_at=first_absent_at,
            now=now,
        )
        if verdict is Verdict.TOO_EARLY and last is not None:
            move(row, to=UNKNOWN, due_at=rules.sending_is_over_at(last))
        elif verdict is Verdict.ABSENT_ONCE:
            first = first_absent_at or now
            move(row, to=UNKNOWN, looked_up_at=first, due_at=first + rules.BETWEEN_LOOK_UPS)
        elif verdict is Verdict.ABSENT:
            self._start_over(row, due_at=now, tries=0)
        elif verdict is Verdict.REVIEW:
            sentence = f"What Stripe has for this {self.name} is not what we asked for. We are looking into it."
            self.ask_a_person(row, code="look_up_disagrees", sentence=sentence, now=now)
        return verdict

    @own_transaction
    def _postpone_look_up(self, *, claim: Claim[Row], failure: ProviderFailed, now: datetime) -> None:
        row = self.lock(claim.row.pk)
        if rules.is_our_fault(outcome=failure.outcome, status=failure.status):
            self.stop(row, reason=failure.sentence)
        if self._is_still(row, claim, UNKNOWN):
            move(row, to=UNKNOWN, tries=row.tries + 1, due_at=now + self._pause(row))

    @own_transaction
    def _record_failure(self, *, claim: Claim[Row], failure: ProviderFailed, now: datetime) -> None:
        """Do what an answer that was not a yes asks for."""
        action = rules.action_after(
            outcome=failure.outcome,
            code=failure.code,
            status=failure.status,
            after_unknown=not claim.was_fresh,
            others_may_send=claim.others_may_send,
            waits_out=self.waits_out,
        )
        log.warning("%s %s: %s (%s), so %s", self.name, claim.row.pk, failure.code, failure.status, action)
        row = self.lock(claim.row.pk)
        if action is Action.STOP:
            self.stop(row, reason=failure.sentence)
        if not self._is_still(row, claim, SENDING):
            return
        if action is Action.GIVE_BACK:
            self.give_back(row, failure=failure, now=now)
        elif action is Action.WAIT:
            self._start_over(row, due_at=now + self.pause_to_wait(row))
        elif action is Action.REVIEW:
            sentence = "Stripe's answer needs a person. We are looking into it."
            self.ask_a_person(row, code=failure.code, sentence=sentence, now=now)
        elif action is Action.FIND_OUT and failure.outcome is Outcome.DEFINITE:
            # A no that proves nothing is asked for again when it would prove something.
            move(row, to=UNKNOWN, due_at=rules.sending_is_over_at(claim.claimed_at))
        else:
            # This try was not executed, or nobody knows. What an earlier one under the same key did is as unknown as
            # it was.
            is_back = claim.was_fresh and action is not Action.FIND_OUT
            move(row, to=row.READY if is_back else UNKNOWN, due_at=now + self._pause(row))

    def _start_over(self, row: Row, *, due_at: datetime, **changes: Any) -> None:
        """The vendor provably made nothing of it, and keeps its no under the old key: a new attempt, a new key."""
        fresh = {"attempt": row.attempt + 1, "first_sent_at": None, "looked_up_at": None, "due_at": due_at}
        move(row, to=row.READY, **fresh, **changes)

    def _is_still(self, row: Row, claim: Claim[Row], state: str) -> bool:
        """Whether nobody has taken the item over since it was claimed."""
        return row.state == state and row.attempt == claim.row.attempt and row.claimed_at == claim.claimed_at

    def _pause(self, row: Row) -> timedelta:
        return rules.pause(tries=row.tries, seed=f"{self.name}:{row.pk}")
