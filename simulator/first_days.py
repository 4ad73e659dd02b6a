"""The days before anything goes wrong: people move in, campaigns open, clips are approved, seen and earn.

Without them a short seed would be nothing but people who move in; with them its first Monday has somebody to pay.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cliphaven.campaigns.operations import campaigns
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.clips import queries as clips
from cliphaven.config import schedule
from cliphaven.foundation import jobs as house
from cliphaven.payouts import rules
from cliphaven.payouts.operations import releases
from cliphaven.payouts.queries import batches
from simulator import jobs
from simulator.letters import Carrier
from simulator.life import Life
from simulator.swarm import Options
from simulator.terms import CPM_MINOR, drawn_terms

# Letters that are brought, one after the other, before time goes on.
LETTERS_AT_ONCE_MAX = 200
STEP, FEW_DAYS = timedelta(hours=11), 6
A_MOMENT = timedelta(seconds=30)
CLIPS_EACH = 3
# What must have happened by now so that clips are seen, earn and clear; everything else can wait for the last of it.
# The weeks before the first payday are planned before anything clears: nobody is paid yet.
LIVING = (
    "payouts.plan_weekly_batch",
    "clips.inspect_waiting",
    "clips.auto_approve",
    "tracking.compare_all",
    "tracking.poll",
    "earnings.accrue",
    "earnings.clear",
)

MISHAP_SHARE = 0.2
MISHAPS = ("delete", "delete", "purge", "hide_count")


class FirstDays:
    """Plays them in this thread, where nothing stops."""

    def __init__(
        self,
        *,
        life: Life,
        staff_ids: Sequence[int],
        options: Options,
        chance: random.Random,
        set_clock: Callable[[datetime], None],
    ) -> None:
        """The people are entered already; `set_clock` moves everybody's time."""
        self._staff_ids = staff_ids
        self._life, self._options, self._chance, self._set_clock = life, options, chance, set_clock

    def play(self) -> None:
        """From the first day to the moment at which trouble begins."""
        ends_at = self._options.trouble_begins_at
        now, until = self._options.begins_at, min(ends_at, self._options.payday_at - A_MOMENT)
        step = STEP if self._options.first_days <= FEW_DAYS else 2 * STEP
        self._life.move_in(now=now)
        self._work_off(now)
        self._life.set_up_payouts(now=now)
        for number in range(self._options.campaigns):
            self._launch(number, now=now)
        self._work_off(now)
        for creator in self._life.creators:
            for _ in range(CLIPS_EACH):
                self._life.post_and_submit(creator, now=now)
        while now < until:
            now = min(now + step, until)
            self._set_clock(now)
            for task in LIVING:
                house.run_here(task)
            for sponsor in self._life.sponsors:
                self._life.review(sponsor, now=now)
            self._work_off(now)
        self._befall_videos()
        schedule.defer_due()
        self._work_off(now)
        if ends_at == self._options.payday_at:
            # Trouble begins in the middle of it: everything that is due then waits for a worker.
            self._set_clock(ends_at + A_MOMENT)
            if self._options.begins_with != "planning":
                house.run_here("payouts.plan_weekly_batch")
                self._release(ends_at + A_MOMENT)
            if self._options.begins_with == "banking":
                self._send()
            schedule.defer_due()

    def _befall_videos(self) -> None:
        """Something has happened to a few videos: their next readings have less to say than the ones before."""
        for creator in self._life.creators:
            for clip in clips.creator_clips(creator_id=creator.user_id):
                if self._chance.random() < MISHAP_SHARE:
                    self._life.world.happen_to_video(
                        platform=clip.platform, video_id=clip.video_id, action=self._chance.choice(MISHAPS)
                    )

    def _release(self, now: datetime) -> None:
        """A batch above the limit has the words that it needs."""
        batch = batches.batch_of(week=rules.due_week(now))
        if batch is not None and batch.state == "awaiting_release":
            for staff_id in self._staff_ids:
                releases.release(week=batch.iso_week, staff_id=staff_id, now=now)

    def _send(self) -> None:
        """Do what waits until all of the batch is with Stripe, and its way to the banks begins."""
        worker = jobs.register(self._options.payday_at)
        while jobs.waits("payouts.send_transfer") and jobs.work_one(worker, on_failure=self._failed):
            pass

    def _launch(self, number: int, *, now: datetime) -> None:
        options, life = self._options, self._life
        sponsor = life.sponsors[number % len(life.sponsors)]
        currency = options.currencies[number % len(options.currencies)]
        life.deposit(sponsor, amount_minor=max(1_000, options.budget_minor * 2), currency=currency, now=now)
        self._work_off(now)
        plain = TermsDraft(cpm_minor=CPM_MINOR, hold_days=options.hold_days)
        campaign_id = campaigns.create_campaign(
            organisation_id=sponsor.organisation_id,
            title=f"Campaign {number}",
            brief="A cut.",
            currency=currency,
            starts_on=now.date(),
            ends_on=None,
            terms=drawn_terms(self._chance, hold_days=options.hold_days) if options.drawn_terms else plain,
            now=now,
        )
        life.fund(sponsor, campaign_id, amount_minor=options.budget_minor, now=now)
        campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=sponsor.organisation_id, now=now)

    def _work_off(self, now: datetime) -> None:
        """Bring all letters and do all jobs that there are."""
        worker = jobs.register(now)
        carrier = Carrier(self._life.world, options=replace(self._options, letters={}), chance=self._chance)
        for _ in range(LETTERS_AT_ONCE_MAX):
            before = carrier.carried
            carrier.carry_one()
            while jobs.work_one(worker, on_failure=self._failed):
                pass
            if carrier.carried == before:
                break

    def _failed(self, order: jobs.Order, error: Exception) -> None:
        """Nothing is spoilt yet, unless the platforms themselves are in disorder: then it is tried again later."""
        if not self._options.disorder:
            raise RuntimeError(f"{order.task} failed before anything was spoilt") from error
