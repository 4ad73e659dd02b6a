"""Everybody of one seed: the people's first days played without stops, and the actors for what comes after."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, connections
from procrastinate.contrib.django import app

from cliphaven.config import schedule
from cliphaven.foundation import clock
from cliphaven.identity import operations as identity
from simulator import cast, jobs, swarm
from simulator.cast import CreatorPlan, SponsorPlan
from simulator.director import Director
from simulator.faults import Faults
from simulator.first_days import FirstDays
from simulator.history import LOOKING
from simulator.letters import Carrier
from simulator.life import Creator, Life, Sponsor
from simulator.oracle import Oracle
from simulator.outside import OutsideWorld
from simulator.people.base import Person, Surroundings, Told
from simulator.people.browser import Browser
from simulator.people.creator import BAD_NUMBERS, CreatorPerson
from simulator.people.readers import ReaderPerson
from simulator.people.sponsor import SponsorPerson
from simulator.people.staff import StaffPerson
from simulator.stepping.database.closing import close_and_wait
from simulator.stepping.stage import Actor, Stage, hurrying, leaping, stay_dead
from simulator.swarm import Options
from simulator.twists import Twists
from simulator.universe import Universe

STAFF = ("Staff", "Second staff")
ROLES = ("support", "risk", "finance", "admin")
READER = "Reader"
SCHEDULE, LINES = "the schedule", "lines of the schedule"
SITE = "http://127.0.0.1:8000"
PASSWORD = "a long enough password"  # noqa: S105  # of people who do not exist
# A schedule looks every second, so that it seldom falls silent at a look.
SILENCE_SHARE = 0.1
SILENCES = (timedelta(hours=10), timedelta(days=2), timedelta(days=8))
JobFailed = Callable[[Actor, jobs.Order, Exception], None]


class Company:
    """The people and processes of one seed."""

    carrier: Carrier
    _director: Director
    twists: Twists
    people: set[str]
    resting: set[str]
    staff: list[StaffPerson]

    def __init__(self, universe: Universe, options: Options, *, oracle: Oracle, on_failure: JobFailed) -> None:
        """Everybody moves in and the first campaigns open."""
        self.universe, self.options, self.oracle, self.on_failure = universe, options, oracle, on_failure
        self.told = Told()
        self.world = OutsideWorld(universe.url, stripe_key=settings.STRIPE_API_KEY)
        self.life = Life(world=self.world, site_url=SITE, chance=self._chance("life"), sponsors=[], creators=[])
        self._move_in()
        FirstDays(
            life=self.life,
            staff_ids=self.staff_ids,
            options=options,
            chance=self._chance("first days"),
            set_clock=universe.set_clock,
        ).play()
        oracle.begin()

    def direct(self, stage: Stage) -> Director:
        """Let all actors enter; answers who directs them."""
        actors = self._actors()
        faults = Faults(options=self.options, chance=self._chance("faults"), world=self.world)
        director = self._director = Director(
            stage=stage,
            faults=faults,
            options=self.options,
            chance=self._chance("director"),
            begins_at=self.universe.now,
            set_clock=self._pass_time,
            has_work=lambda: jobs.any_ready(self.universe.now),
            people=self.people,
        )
        for actor in actors:
            stage.enter(actor)
        return director

    def calm_down(self, director: Director) -> None:
        """Nothing goes wrong any more, nobody begins anything new, and the staff lets everything go on."""
        calm = swarm.calm(self.options)
        for staff in self.staff:
            staff.help_only()
        self.carrier.calm_down(calm)
        self.twists.calm_down(calm)
        self._silent_until = self.universe.now
        director.calm_down(calm, resting=self.resting)

    def _chance(self, whose: str) -> random.Random:
        return random.Random(f"{self.options.seed} {whose}")  # to be repeated, not a secret

    def _pass_time(self, moment: datetime) -> None:
        self.universe.set_clock(moment)
        with connection.cursor() as cursor:
            cursor.execute(
                "update procrastinate_workers set last_heartbeat = %s where id = any(%s)",
                [moment, [number for name, number in self._alive.items() if name not in self._director.frozen]],
            )

    # ---- the first days

    def _move_in(self) -> None:
        now, options = self.universe.now, self.options
        self.staff_ids = [
            identity.enter_staff(email=_staff_email(number), name=name, password=PASSWORD, roles=ROLES, now=now)
            for number, name in enumerate(STAFF)
        ]
        for number in range(options.sponsors):
            plan = SponsorPlan(name=f"Sponsor {number}", email=f"sponsor{number}@{cast.DOMAIN}", campaigns=())
            user_id = identity.enter_person(email=plan.email, name=plan.name, password=PASSWORD, now=now)
            organisation_id = identity.found_organisation(name=plan.name, owner_id=user_id, now=now)
            self.life.sponsors.append(Sponsor(plan=plan, user_id=user_id, organisation_id=organisation_id))
        banks = self._chance("banks")
        for number in range(options.creators):
            bank_number = banks.choice(BAD_NUMBERS) if banks.random() < options.share_of_bad_banks else None
            creator = CreatorPlan(
                name=f"Creator {number}",
                email=f"creator{number}@{cast.DOMAIN}",
                onboarding="complete",
                handles={"tiktok": f"creator{number}", "youtube": f"creator{number}"},
                attack=options.attack,
                more_banks=tuple(currency for currency in options.currencies if currency != "USD"),
                bank_number=bank_number,
            )
            user_id = identity.enter_person(email=creator.email, name=creator.name, password=PASSWORD, now=now)
            self.life.creators.append(Creator(plan=creator, user_id=user_id))

    # ---- the actors

    def _actors(self) -> list[Actor]:
        self._alive: dict[str, int] = {}
        self._kills: dict[str, int] = {}
        self._silence, self._silent_until = self._chance("silence"), self.universe.now
        self._hurried = frozenset(task for task in sorted(app.tasks) if swarm.hurries(self.options.seed, task))
        actors = [self._actor(f"scheduler {number}", self._schedule) for number in range(self.options.schedulers)]
        actors += [self._actor(f"worker {number}", self._work) for number in range(self.options.workers)]
        carrier = self.carrier = Carrier(self.world, options=self.options, chance=self._chance("letters"))
        actors.append(self._actor("letters", lambda _: carrier.carry_one()))
        twists = self.twists = Twists(self.world, options=self.options, chance=self._chance("twists"))
        actors.append(self._actor("world", lambda _: twists.turn()))
        people = self._people()
        self.people = {name for name, _ in people}
        self.resting = self.people - set(STAFF) | {"world"}
        for name, person in people:
            actors.append(self._actor(name, _acting(person)))
        return actors

    def _people(self) -> list[tuple[str, Person]]:
        around = Surroundings(life=self.life, told=self.told, oracle=self.oracle, seed=self.options.seed)
        sponsors, creators = self.life.sponsors, self.life.creators
        self.staff = [
            StaffPerson(user_id, around, browser=_browser(_staff_email(number)), chance=self._chance(STAFF[number]))
            for number, user_id in enumerate(self.staff_ids)
        ]
        browsers = {
            "sponsor": _browser(sponsors[0].plan.email),
            "creator": _browser(creators[0].plan.email),
            "staff": _browser(_staff_email(0)),
        }
        tabs = [(one, tab) for tab in range(2 if self.options.crowded else 1) for one in sponsors]
        people: list[Person] = [
            *(
                SponsorPerson(
                    one, around, browser=_browser(one.plan.email), chance=self._chance(_tab_name(one, tab)), tab=tab
                )
                for one, tab in tabs
            ),
            *(CreatorPerson(one, around, chance=self._chance(one.plan.name)) for one in creators),
            ReaderPerson(browsers, around, chance=self._chance(READER)),
            *self.staff,
        ]
        names = [*(_tab_name(one, tab) for one, tab in tabs), *(one.plan.name for one in creators), READER, *STAFF]
        return list(zip(names, people, strict=True))

    def _actor(self, name: str, play: Callable[[Actor], None]) -> Actor:
        return Actor(name, play=play, clean_up=_forget_connections, tidy_up=_close_what_broke)

    def _schedule(self, actor: Actor) -> None:  # noqa: ARG002
        if self._is_silent():
            return
        try:
            with self._manner_of_scheduling():
                schedule.defer_due()
        except Exception:  # as the scheduler's own loop does: look again next second
            stay_dead()

    def _manner_of_scheduling(self) -> AbstractContextManager[None]:
        """Two schedulers look at dozens of lines each time: in most seeds, they stop at none of them."""
        if not swarm.hurries(self.options.seed, SCHEDULE):
            return nullcontext()
        return leaping() if swarm.hurries(self.options.seed, LINES) else hurrying()

    def _is_silent(self) -> bool:
        """Whether the schedule is off: both schedulers at once, for days, perhaps over a Monday."""
        now = clock.now()
        if now < self._silent_until:
            return True
        if self._silence.random() * 100 < self.twists.rate("scheduler_silent") * SILENCE_SHARE:
            self._silent_until = now + self._silence.choice(SILENCES)
            self.twists.count("scheduler_silent")
        return now < self._silent_until

    def _work(self, actor: Actor) -> None:
        try:
            if actor.name not in self._alive or self._kills[actor.name] != actor.kills:
                # A fresh process, with a number of its own: the last one is silent from now on.
                self._alive[actor.name] = jobs.register(clock.now())
                self._kills[actor.name] = actor.kills
            jobs.work_one(
                self._alive[actor.name],
                on_failure=lambda order, error: self.on_failure(actor, order, error),
                unseen=frozenset() if self.options.looks_step_by_step else LOOKING,
                hurried=self._hurried,
            )
        except DatabaseError:
            stay_dead()
            # A worker that cannot begin, or take or finish a job, ends, and another one is started in its place.
            self._alive.pop(actor.name, None)
            _forget_connections()


def _tab_name(sponsor: Sponsor, tab: int) -> str:
    """The same person may be at work in two tabs at once."""
    return f"{sponsor.plan.name}, tab {tab + 1}"


def _staff_email(number: int) -> str:
    return f"staff{number}@{cast.DOMAIN}"


def _browser(email: str) -> Browser:
    return Browser(email=email, password=PASSWORD)


def _forget_connections() -> None:
    """What a process that is gone knew of its connections is gone with it: Django's own close leaves marks on one that
    was cut while a transaction began."""
    for one in connections.all(initialized_only=True):
        if one.connection is not None:
            close_and_wait(one.connection)
        del connections[one.alias]


def _close_what_broke() -> None:
    """A process keeps its connection from one piece of work to the next, unless something went wrong on it."""
    for one in connections.all(initialized_only=True):
        if one.errors_occurred or one.in_atomic_block:
            one.close()


def _acting(person: Person) -> Callable[[Actor], None]:
    return lambda _: person.act()
