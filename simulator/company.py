"""Everybody of one seed: the people's first days played without stops, and the actors for what comes after."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection, connections

from cliphaven.config import schedule
from cliphaven.foundation import clock
from cliphaven.identity import operations as identity
from simulator import cast, jobs, swarm
from simulator.cast import CampaignPlan, CreatorPlan, SponsorPlan
from simulator.director import Director
from simulator.faults import Faults
from simulator.letters import Carrier
from simulator.life import Creator, Life, Sponsor
from simulator.oracle import Oracle
from simulator.outside import OutsideWorld
from simulator.people import CreatorPerson, Person, SponsorPerson, StaffPerson, Told
from simulator.stepping.stage import Actor, Stage, stay_dead
from simulator.swarm import Options
from simulator.twists import Twists
from simulator.universe import Universe

STAFF = "Staff"
SITE = "http://127.0.0.1:8000"
PASSWORD = "a long enough password"  # noqa: S105  # of people who do not exist
FIRST_DAYS_ROUNDS = 20
CPM = {"tiktok": 1_200, "youtube": 900}
JobFailed = Callable[[Actor, jobs.Order, Exception], None]


class Company:
    """The people and processes of one seed."""

    def __init__(self, universe: Universe, options: Options, *, oracle: Oracle, on_failure: JobFailed) -> None:
        """Everybody moves in and the first campaigns open."""
        self.universe, self.options, self.oracle, self.on_failure = universe, options, oracle, on_failure
        self.told = Told()
        self.world = OutsideWorld(universe.url, stripe_key=settings.STRIPE_API_KEY)
        self.life = Life(world=self.world, site_url=SITE, chance=self._chance("life"), sponsors=[], creators=[])
        self.staff_id = 0
        self._move_in()
        self._first_days()

    def direct(self, stage: Stage) -> Director:
        """Let all actors enter; answers who directs them."""
        faults = Faults(options=self.options, chance=self._chance("faults"), world=self.world)
        director = Director(
            stage=stage,
            faults=faults,
            options=self.options,
            chance=self._chance("director"),
            begins_at=self.universe.now,
            set_clock=self._pass_time,
            has_work=lambda: jobs.any_ready(self.universe.now),
        )
        for actor in self._actors():
            stage.enter(actor)
        return director

    def calm_down(self, director: Director) -> None:
        """Nothing goes wrong any more, nobody begins anything new, and the staff lets everything go on."""
        calm = swarm.calm(self.options)
        self.staff.only_helps = True
        self.carrier.calm_down(calm)
        self.twists.calm_down(calm)
        director.calm_down(calm, resting=self.resting)

    def _chance(self, whose: str) -> random.Random:
        return random.Random(f"{self.options.seed} {whose}")  # to be repeated, not a secret

    def _pass_time(self, moment: datetime) -> None:
        self.universe.set_clock(moment)
        with connection.cursor() as cursor:
            cursor.execute(
                "update procrastinate_workers set last_heartbeat = %s where id = any(%s)",
                [moment, list(self._alive.values())],
            )

    # ---- the first days

    def _move_in(self) -> None:
        now, options = self.universe.now, self.options
        self.staff_id = identity.enter_person(
            email="staff@sim.example",
            name="Staff",
            password=PASSWORD,
            is_staff=True,
            now=now,
        )
        for number in range(options.sponsors):
            plan = SponsorPlan(name=f"Sponsor {number}", email=f"sponsor{number}@{cast.DOMAIN}", campaigns=())
            user_id = identity.enter_person(
                email=plan.email, name=plan.name, password=PASSWORD, is_staff=False, now=now
            )
            organisation_id = identity.found_organisation(name=plan.name, owner_id=user_id, now=now)
            self.life.sponsors.append(Sponsor(plan=plan, user_id=user_id, organisation_id=organisation_id))
        for number in range(options.creators):
            creator = CreatorPlan(
                name=f"Creator {number}",
                email=f"creator{number}@{cast.DOMAIN}",
                onboarding="complete",
                handles={"tiktok": f"creator{number}", "youtube": f"creator{number}"},
                attack=options.attack,
            )
            user_id = identity.enter_person(
                email=creator.email, name=creator.name, password=PASSWORD, is_staff=False, now=now
            )
            self.life.creators.append(Creator(plan=creator, user_id=user_id))

    def _first_days(self) -> None:
        now = self.universe.now
        self.life.move_in(now=now)
        self._settle()
        self.life.set_up_payouts(now=now)
        for number in range(self.options.campaigns):
            sponsor = self.life.sponsors[number % len(self.life.sponsors)]
            plan = CampaignPlan(
                title=f"Campaign {number}",
                brief="A cut.",
                day=0,
                budget_minor=self.options.budget_minor,
                cpm_minor=CPM,
                hold_days=self.options.hold_days,
            )
            self.life.deposit(sponsor, amount_minor=max(1_000, plan.budget_minor * 2), currency="USD", now=now)
            self._settle()
            self.life.launch(sponsor, replace(plan), now=now)
        self._settle()

    def _settle(self) -> None:
        worker = jobs.register(self.universe.now)
        carrier = Carrier(self.world, options=replace(self.options, letters={}), chance=self._chance("first letters"))
        for _ in range(FIRST_DAYS_ROUNDS):
            before = carrier.carried
            carrier.carry_one()
            while jobs.work_one(worker, on_failure=self._no_failure):
                pass
            if carrier.carried == before:
                break

    def _no_failure(self, order: jobs.Order, error: Exception) -> None:
        raise RuntimeError(f"{order.task} failed before anything was spoilt") from error

    # ---- the actors

    def _actors(self) -> list[Actor]:
        self._alive: dict[str, int] = {}
        self._kills: dict[str, int] = {}
        actors = [self._actor(f"scheduler {number}", self._schedule) for number in range(self.options.schedulers)]
        actors += [self._actor(f"worker {number}", self._work) for number in range(self.options.workers)]
        carrier = self.carrier = Carrier(self.world, options=self.options, chance=self._chance("letters"))
        actors.append(self._actor("letters", lambda _: carrier.carry_one()))
        twists = self.twists = Twists(self.world, options=self.options, chance=self._chance("twists"))
        actors.append(self._actor("world", lambda _: twists.turn()))
        self.staff = StaffPerson(user_id=self.staff_id, life=self.life, chance=self._chance("staff"), told=self.told)
        people: list[tuple[str, Person]] = [
            *(
                (
                    sponsor.plan.name,
                    SponsorPerson(
                        sponsor,
                        life=self.life,
                        chance=self._chance(sponsor.plan.name),
                        told=self.told,
                        oracle=self.oracle,
                    ),
                )
                for sponsor in self.life.sponsors
            ),
            *(
                (
                    creator.plan.name,
                    CreatorPerson(creator, life=self.life, chance=self._chance(creator.plan.name), told=self.told),
                )
                for creator in self.life.creators
            ),
            (STAFF, self.staff),
        ]
        self.resting = {name for name, _ in people} - {STAFF} | {"world"}
        for name, person in people:
            actors.append(self._actor(name, _acting(person)))
        return actors

    def _actor(self, name: str, play: Callable[[Actor], None]) -> Actor:
        return Actor(name, play=play, clean_up=connections.close_all)

    def _schedule(self, actor: Actor) -> None:  # noqa: ARG002
        try:
            schedule.defer_due()
        except Exception:  # as the scheduler's own loop does: look again next second
            stay_dead()

    def _work(self, actor: Actor) -> None:
        if actor.name not in self._alive or self._kills[actor.name] != actor.kills:
            # A fresh process, with a number of its own: the last one is silent from now on.
            self._alive[actor.name] = jobs.register(clock.now())
            self._kills[actor.name] = actor.kills
        try:
            jobs.work_one(self._alive[actor.name], on_failure=lambda order, error: self.on_failure(actor, order, error))
        except DatabaseError:
            stay_dead()
            # A worker that cannot take or finish a job ends, and another one is started in its place.
            del self._alive[actor.name]


def _acting(person: Person) -> Callable[[Actor], None]:
    return lambda _: person.act()
