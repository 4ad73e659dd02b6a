"""`python -m simulator.history`: some weeks of life, played through the real code before the first page opens.

The clock is held still and set forward step by step; at each step the people act, the schedule's lines that came due
run, and the jobs and webhooks they cause are worked off. Afterwards the world stands at the present moment.
"""

import json
import os
import random
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from simulator.outside import OutsideWorld

WEEKS = 4
# Both meet 06:00 UTC, when Mondays are paid, as the history starts at that hour.
LONG_STEP = timedelta(hours=12)
SHORT_STEP = timedelta(hours=4)
LAST_DAYS = timedelta(days=4)
# These change nothing, they look; what they saw weeks ago nobody will ask, and a visitor waits.
LOOKING = frozenset({"backoffice.prove", "backoffice.prove_everything", "backoffice.reconcile", "ledger.prove_derived"})
LAST_LOOKS = timedelta(days=2)
SECONDS_BETWEEN_LOOKS = 0.005
SEED = 20_261
# Of few clips a larger sample than usual has something to say.
SAMPLE_BASIS_POINTS = 1_000
# Cases are decided after a day or two; those of the last days wait for the visitor.
DECIDED_AFTER = timedelta(hours=30)
UNDECIDED_FOR = timedelta(days=6)
DECIDED_AGAINST = "These views came within hours and liked nothing: they were bought."
RELEASED = "The jump has a cause that everybody can read about. We hold nothing of this clip any more."


def main() -> None:
    """Play the history into the database and the sandbox of this environment, and write who may sign in."""
    django.setup()
    from cliphaven.foundation import jobs  # noqa: PLC0415  # models exist only after django.setup()

    threading.Thread(target=jobs.work, kwargs={"heed_signals": False}, daemon=True).start()
    state = Path(os.environ["CLIPHAVEN_STATE_DIR"])
    passwords = _passwords()
    ends_at = datetime.now(UTC).replace(second=0, microsecond=0)
    starts_at = (ends_at - timedelta(weeks=WEEKS, days=2)).replace(hour=6, minute=0)
    history = History(starts_at=starts_at, ends_at=ends_at, passwords=passwords)
    steps = list(history.moments())
    began = time.monotonic()
    for number, moment in enumerate(steps, start=1):
        history.live(moment)
        if number == len(steps):
            history.leave_work()
        if sys.stdout.isatty() or number % 20 == 0 or number == len(steps):
            done = f"{number * 100 // len(steps):3d} %  {moment:%a %d %b %Y %H:%M}  {time.monotonic() - began:4.1f} s"
            print(f"\r  playing some weeks of life … {done}", end="" if sys.stdout.isatty() else "\n", flush=True)
    print(flush=True)
    history.remember(state / "cast.json")
    _write_sign_in(state / "sign_in.json", passwords)


class History:
    """The weeks before today: who moves in when, and what happens by itself in between."""

    def __init__(self, *, starts_at: datetime, ends_at: datetime, passwords: dict[str, str]) -> None:
        """Enter the people; nothing else has happened yet."""
        # Models exist only after django.setup().
        from cliphaven.config import schedule  # noqa: PLC0415
        from simulator import cast, life, outside  # noqa: PLC0415

        self.starts_at, self.ends_at = starts_at, ends_at
        self._schedule = schedule
        self._lasts: dict[str, datetime] = {line.task: starts_at for line in schedule.LINES}
        self._now = starts_at
        self._orders = sorted(cast.ORDERS, key=lambda order: -order.hours)
        world = outside.OutsideWorld(os.environ["CLIPHAVEN_SANDBOX_URL"])
        world.set_clock(starts_at, speed=0)
        sponsors, creators = life.enter_people(passwords=passwords, now=starts_at)
        staff_id = _enter_staff(passwords=passwords, now=starts_at)
        _add_canaries(world, staff_id=staff_id, now=starts_at)
        _let_signals_hold(staff_id=staff_id, now=starts_at)
        self._staff_id = staff_id
        self._world = world
        self._life = life.Life(
            world=world,
            site_url=os.environ["CLIPHAVEN_SITE_URL"],
            chance=random.Random(SEED),  # the same history every time, not a secret
            sponsors=sponsors,
            creators=creators,
        )

    def moments(self) -> Iterator[datetime]:
        """Every step from the first to the last: long ones first, shorter ones in the last days."""
        moment = self.starts_at
        while moment < self.ends_at:
            yield moment
            moment += LONG_STEP if self.ends_at - moment > LAST_DAYS else SHORT_STEP
        yield self.ends_at

    def live(self, moment: datetime) -> None:
        """Let the world arrive at this moment, with everything that happens on the way."""
        self._world.set_clock(moment, speed=0)
        since, self._now = moment - self._now, moment
        day = (moment - self.starts_at) // timedelta(days=1)
        if moment == self.starts_at:
            self._life.move_in(now=moment)
            self._work_off()
        if moment - self.starts_at == LONG_STEP:
            self._life.set_up_payouts(now=moment)
        self._launch_campaigns(day, now=moment)
        self._buy_views(now=moment)
        self._look_at_doubts(now=moment)
        self._life.act(now=moment, since=since)
        self._run_due_lines(moment)
        self._work_off()

    def leave_work(self) -> None:
        """Leave clips for the visitor to decide, and an appeal to answer."""
        self._life.fill_queue(self._life.sponsors[0], now=self._now)
        self._life.appeal(now=self._now)
        self._work_off()

    def remember(self, path: Path) -> None:
        """Write down who is who, so that life can go on."""
        from simulator import life  # noqa: PLC0415  # needs django.setup()

        life.remember(self._life, path)

    def _launch_campaigns(self, day: int, *, now: datetime) -> None:
        for sponsor in self._life.sponsors:
            for plan in sponsor.plan.campaigns:
                if plan.day <= day and plan.title not in sponsor.campaign_ids:
                    to_pay = plan.budget_minor * 5 // 4
                    self._life.deposit(sponsor, amount_minor=to_pay, currency=plan.currency, now=now)
                    self._work_off()
                    self._life.launch(sponsor, plan, now=now)

    def _buy_views(self, *, now: datetime) -> None:
        """Let views be bought in the last days, each order once."""
        while self._orders and now >= self.ends_at - timedelta(hours=self._orders[0].hours):
            self._life.buy(self._orders.pop(0), now=now)

    def _look_at_doubts(self, *, now: datetime) -> None:
        """The staff decide cases after a day or two, but none of the last week: those are the visitor's."""
        from cliphaven.fraud.operations import cases  # noqa: PLC0415  # needs django.setup()
        from cliphaven.fraud.queries import case_files  # noqa: PLC0415

        if now > self.ends_at - UNDECIDED_FOR:
            return
        # Who bought is found out by asking; here it is known.
        buyers = {creator.user_id for creator in self._life.creators if creator.plan.attack != "none"}
        for case in case_files.queue().cases:
            if case.state != "open" or now - case.opened_at < DECIDED_AFTER:
                continue
            decide = cases.decide_against if case.creator_id in buyers else cases.release
            decide(
                case_id=case.case_id,
                staff_id=self._staff_id,
                note=DECIDED_AGAINST if decide is cases.decide_against else RELEASED,
                request_key=f"decided-{case.case_id}",
                now=now,
            )

    def _run_due_lines(self, moment: datetime) -> None:
        from cliphaven.foundation import jobs  # noqa: PLC0415  # needs django.setup()

        is_long_ago = self.ends_at - moment > LAST_LOOKS
        for line in self._schedule.LINES:
            if (is_long_ago and line.task in LOOKING) or not line.is_on():
                continue
            due_at = self._schedule.due(line, now=moment, last=self._lasts[line.task])
            if due_at is not None:
                self._lasts[line.task] = due_at
                jobs.run_here(line.task)

    def _work_off(self) -> None:
        """Wait until the vendors' news are delivered and the worker beside us has nothing left to do."""
        from cliphaven.foundation import jobs  # noqa: PLC0415

        self._world.settle()
        while jobs.any_unfinished():
            time.sleep(SECONDS_BETWEEN_LOOKS)
            if not jobs.any_unfinished():
                self._world.settle()


def _enter_staff(*, passwords: dict[str, str], now: datetime) -> int:
    """Somebody who may do everything, and two others who may do less; answers the first one's id."""
    from cliphaven.identity import operations as identity  # noqa: PLC0415  # needs django.setup()
    from simulator import cast  # noqa: PLC0415

    people = (
        (cast.STAFF_EMAIL, cast.STAFF_NAME, ("support", "risk", "finance", "admin")),
        (cast.FINANCE_EMAIL, cast.FINANCE_NAME, ("finance",)),
        (cast.SUPPORT_EMAIL, cast.SUPPORT_NAME, ("support",)),
    )
    ids = [
        identity.enter_staff(email=email, name=name, password=passwords[email], roles=roles, now=now)
        for email, name, roles in people
    ]
    return ids[0]


def _add_canaries(world: "OutsideWorld", *, staff_id: int, now: datetime) -> None:
    """The staff let an old video of each platform ride along with polls: what it shows is known."""
    from cliphaven.tracking.operations import canaries  # noqa: PLC0415  # needs django.setup()

    for platform in ("instagram", "tiktok", "youtube"):
        video = world.post_control_video(
            platform=platform, handle=f"old_days_{platform}", posted_at=now - timedelta(days=700)
        )
        canaries.add(
            url=video["url"],
            views=video["views"],
            growth_per_day=500,
            staff_id=staff_id,
            why="A video of two years ago, which hardly anybody watches any more.",
            now=now,
        )


def _let_signals_hold(*, staff_id: int, now: datetime) -> None:
    """The staff let four signals hold money before any case could show how right they are; others stay in shadow."""
    from cliphaven.fraud.operations import policies  # noqa: PLC0415  # needs django.setup()
    from cliphaven.fraud.queries.policies import DEFAULT  # noqa: PLC0415

    trusted = ("burst", "const", "elastic", "package")
    policies.save_policy(
        draft=replace(DEFAULT, modes=dict.fromkeys(trusted, "live"), bypass_basis_points=SAMPLE_BASIS_POINTS),
        peer_table_id=None,
        expected_number=0,
        preview={},
        reason="Nobody has decided a case yet, and somebody has to begin: these four hold, people look at each case.",
        staff_id=staff_id,
        request_key="the-first-policy",
        despite_bar=trusted,
        now=now,
    )


def _passwords() -> dict[str, str]:
    """A fresh password for each person whom a visitor may be, made here and kept in the state folder only."""
    from simulator import cast  # noqa: PLC0415

    staff = (cast.STAFF_EMAIL, cast.FINANCE_EMAIL, cast.SUPPORT_EMAIL)
    addresses = [sponsor.email for sponsor in cast.SPONSORS] + [creator.email for creator in cast.CREATORS]
    return {address: f"demo-{secrets.token_urlsafe(9)}" for address in [*addresses, *staff]}


def _write_sign_in(path: Path, passwords: dict[str, str]) -> None:
    from simulator import cast  # noqa: PLC0415

    people = [
        ("sponsor", cast.SPONSORS[0].email),
        ("creator", cast.CREATORS[0].email),
        ("staff", cast.STAFF_EMAIL),
        ("finance", cast.FINANCE_EMAIL),
        ("support", cast.SUPPORT_EMAIL),
    ]
    found = [{"role": role, "email": email, "password": passwords[email]} for role, email in people]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(found, file, indent=1)


if __name__ == "__main__":
    main()
