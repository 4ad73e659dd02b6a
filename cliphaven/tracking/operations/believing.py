"""What one poll changes about one clip: what is believed, whether it is there, when it is asked about next."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.providers.readings import ClipPoll, PollOutcome
from cliphaven.tracking.models import Availability, Purge, TrackedClip, VendorCall
from cliphaven.tracking.operations import chaining
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.rules import availability, believed, evidence, policies, setbacks

_BELIEVED = frozenset({believed.Belief.FIRST, believed.Belief.ROSE, believed.Belief.STEADY, believed.Belief.PURGED})

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Believer:
    """Moves the clips of one call, whose rows are locked; whoever asked for them saves them.

    What is to be written beside them is collected: `drafts` of observations, and of `purges`, by clip.
    """

    call: VendorCall
    planner: Planner
    now: datetime
    drafts: dict[int, chaining.Draft] = field(default_factory=dict)
    purges: dict[int, Purge] = field(default_factory=dict)

    def take(self, tracked: TrackedClip, poll: ClipPoll, *, doubtful: bool) -> None:
        """Take in what the call says of a clip. With `doubtful` no answer of its is a sign that a clip is gone."""
        if poll.outcome is PollOutcome.MEASURED:
            self._measured(tracked, poll)
        else:
            self.set_back(tracked, outcome=poll.outcome, doubtful=doubtful)

    def keep_unbelieved(self, tracked: TrackedClip, poll: ClipPoll, *, ask_again_at: datetime) -> None:
        """Keep what a call in quarantine says of a clip, and ask again: nothing that is believed of it moves."""
        if poll.outcome is PollOutcome.MEASURED:
            self._draft(tracked, poll, is_believed=False, dropped=False)
        tracked.leased_until = None
        tracked.polls += 1
        tracked.due_at = tracked.ride_at = tracked.overdue_at = ask_again_at

    def set_back(self, tracked: TrackedClip, *, outcome: PollOutcome, doubtful: bool) -> None:
        """Take in that a poll measured nothing; three signs that agree make a clip gone."""
        tracked.failures += 1
        tracked.availability = setbacks.availability_after(
            tracked.availability, outcome=outcome.value, doubtful=doubtful
        )
        if tracked.availability == Availability.ALIVE:
            tracked.gone_signs = ""
        sign = availability.sign_of(outcome.value, at=self.now, doubtful=doubtful)
        if sign is not None:
            add_sign(tracked=tracked, sign=sign)
        self.planner.after_setback(tracked, vendors_fault=doubtful or outcome in setbacks.NO_ANSWER, now=self.now)
        self._polled(tracked, outcome)

    @joined_transaction
    def keep_purges(self, written: Mapping[int, int]) -> None:
        """Write the purges that were found, each with the observation that confirmed it."""
        for clip_id, purge in self.purges.items():
            purge.observation_id = written[clip_id]
        if self.purges:
            Purge.objects.bulk_create(self.purges.values())

    def _measured(self, tracked: TrackedClip, poll: ClipPoll) -> None:
        reading = poll.reading
        assert reading is not None
        assert reading.views is not None
        before = _before(tracked)
        step = believed.display_step(tracked.platform, max(reading.views, before.settled if before else 0))
        judgement = believed.judge(before, reading.views, self.now, step=step)
        if judgement.dropped and before is not None:
            log.warning(
                "Clip %s fell by more than %s %%: from %s to %s views",
                tracked.clip_id,
                believed.DROP_PERCENT,
                before.settled,
                reading.views,
            )
        self._draft(tracked, poll, is_believed=judgement.belief in _BELIEVED, dropped=judgement.dropped)
        if judgement.belief is believed.Belief.PURGED:
            self._purged(tracked, before, judgement)
        self._believe(tracked, before, judgement, step=policies.step_of(tracked.platform, reading.views))

    def _draft(self, tracked: TrackedClip, poll: ClipPoll, *, is_believed: bool, dropped: bool) -> None:
        reading = poll.reading
        assert reading is not None
        assert reading.views is not None
        assert self.call.raw_digest is not None
        facts = evidence.ObservedFacts(
            platform=tracked.platform,
            video_id=poll.clip.video_id,
            views=reading.views,
            likes=reading.likes,
            comments=reading.comments,
            shares=reading.shares,
            saves=reading.saves,
            observed_at=self.now,
            source=reading.source,
            run_id=self.call.run_id,
            raw_digest=bytes(self.call.raw_digest),
            believed=is_believed,
            dropped=dropped,
        )
        made = chaining.draft(tracked=tracked, facts=facts)
        tracked.chain_sha256 = made.sha256
        self.drafts[tracked.clip_id] = made

    def _purged(
        self, tracked: TrackedClip, before: believed.BelievedViews | None, judgement: believed.Judgement
    ) -> None:
        assert before is not None
        assert before.fallen_at is not None
        assert judgement.believed is not None
        self.purges[tracked.clip_id] = Purge(
            clip_id=tracked.clip_id,
            views_before=before.settled,
            views_after=judgement.believed.settled,
            fell_at=before.fallen_at,
            confirmed_at=self.now,
        )

    def _believe(
        self,
        tracked: TrackedClip,
        before: believed.BelievedViews | None,
        judgement: believed.Judgement,
        *,
        step: int,
    ) -> None:
        after = judgement.believed
        assert after is not None
        gained, over = None, timedelta()
        # A fall that nobody has confirmed says nothing about the pace, and is not a reason to look away for longer.
        if before is not None and judgement.belief in _BELIEVED:
            gained, over = after.settled - before.settled, self.now - before.observed_at
        if before is None or after.seen > before.seen:
            tracked.views_seen, tracked.seen_at = after.seen, self.now
        tracked.views_settled, tracked.measured_at = after.settled, after.observed_at
        tracked.fallen_to, tracked.fallen_at = after.fallen_to, after.fallen_at
        tracked.availability, tracked.gone_signs = Availability.ALIVE, ""
        tracked.failures = 0
        self.planner.after_measurement(tracked, gained=gained, over=over, step=step, now=self.now)
        self._polled(tracked, PollOutcome.MEASURED)

    def _polled(self, tracked: TrackedClip, outcome: PollOutcome) -> None:
        tracked.leased_until = None
        if outcome not in setbacks.NO_ANSWER:
            tracked.wanted_since = None
        tracked.polls += 1
        tracked.last_outcome, tracked.last_polled_at = outcome.value, self.now


@joined_transaction
def add_sign(*, tracked: TrackedClip, sign: availability.Sign) -> None:
    """Let a clip, whose row is locked, have one more sign that it is gone, and be gone if that is enough.

    Whoever locked it saves it.
    """
    signs = availability.with_sign(availability.from_stored(tracked.gone_signs), sign)
    tracked.gone_signs = availability.to_stored(signs)
    if availability.is_gone(signs):
        tracked.availability = Availability.GONE


def _before(tracked: TrackedClip) -> believed.BelievedViews | None:
    if tracked.views_seen is None or tracked.views_settled is None or tracked.measured_at is None:
        return None
    return believed.BelievedViews(
        seen=tracked.views_seen,
        settled=tracked.views_settled,
        observed_at=tracked.measured_at,
        fallen_to=tracked.fallen_to,
        fallen_at=tracked.fallen_at,
    )
