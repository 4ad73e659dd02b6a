"""One run: everything is started, people move in, things go wrong under load, then nothing does, and it is judged."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from cliphaven.config.local.ports import free_port
from cliphaven.config.local.processes import die_with_parent
from cliphaven.foundation.errors import ProviderFailed
from simulator.chaos import house as processes
from simulator.chaos import page
from simulator.chaos.acts import History, Told
from simulator.chaos.house import House, Part, Role
from simulator.chaos.nemesis import POSTMASTER_ALONE, WHOLE_POSTGRES, Nemesis, Targets
from simulator.chaos.partition import HERE, Island
from simulator.chaos.postmaster import Postmaster
from simulator.chaos.proxy import Proxy
from simulator.outside import OutsideWorld

if TYPE_CHECKING:
    from simulator.chaos.clients import Client
    from simulator.chaos.setting import Setting
    from simulator.chaos.verdict import Verdict

BEGINS = datetime(2026, 1, 4, 18, tzinfo=UTC)  # a Sunday: the first payday is near
STARTS_S = 90.0
COMES_IN_S = 60.0
LOOKS_S = 0.05
TELLS_S = 10.0
JUDGES_EVERY_S = 4.0
HEALS_S = 600.0
LEAVES_S = 30.0
LEAKS_SHOWN = 5
SPONSOR_CLIENTS = 2  # for each of them


@dataclass(frozen=True, kw_only=True)
class Options:
    """What whoever started the run asked for; `speed` is of the house's time, `pace` of the pauses between faults."""

    seed: int
    minutes: float
    kills: int
    speed: float
    pace: float
    logs: Path | None = None
    webs: int = 2
    workers: int = 3
    schedulers: int = 2


class Run:
    """The whole of it. Call `play` once."""

    def __init__(self, options: Options, *, commit: str, say: Callable[[str], None]) -> None:
        """`say` shows one line of progress."""
        self.options, self._commit, self._say = options, commit, say
        self._history, self._stop = History(), threading.Event()
        self._began = time.monotonic()
        self._sessions: list[int] = []

    def play(self) -> dict[str, Any]:
        """Everything, and what came of it, ready for JSON."""
        with ExitStack() as ending:
            self._start(ending)
            setting = self._settle()
            clients = self._clients(setting)
            self._sessions.append(self._postmaster.sessions())
            nemesis = self._rage(clients)
            calm_at = time.monotonic()
            verdict = self._heal(clients)
            healed_s = time.monotonic() - calm_at
            self._sessions.append(self._postmaster.sessions())
            self._house.stop()
            self._leave_database()
            self._sessions.append(self._postmaster.sessions())
            self._read_logs(verdict)
            return self._told(nemesis, verdict, healed_s)

    # Starting

    def _start(self, ending: ExitStack) -> None:
        """PostgreSQL, the vendors, what stands between, and the house. The main process has ways of its own."""
        self._postmaster = ending.enter_context(Postmaster())
        island = ending.enter_context(Island())
        if island.impossible:
            self._say(island.impossible)
        folder = self._postmaster.folder
        (folder / "logs").mkdir(exist_ok=True)
        self._clock = folder / "clock.json"
        self._clock.write_text(json.dumps({"virtual": BEGINS.isoformat(), "wall": time.time(), "speed": 0}))
        sandbox_port, ports = free_port(), [free_port() for _ in range(self.options.webs)]
        hosts = ["127.0.0.1"] if island.impossible else ["127.0.0.1", HERE]
        front = ending.enter_context(Proxy(ports))
        database = ending.enter_context(Proxy([self._postmaster.port], hosts=hosts, speaks_postgres=True))
        vendors = ending.enter_context(Proxy([sandbox_port], hosts=hosts))
        told = processes.environment(folder=folder, site_port=front.port, sandbox_port=sandbox_port, clock=self._clock)
        self._site, self._sandbox = told["CLIPHAVEN_SITE_URL"], told["CLIPHAVEN_SANDBOX_URL"]
        self._enter_house(told, sandbox_port)
        self._start_sandbox(ending, told, folder / "logs")
        self._house = House(self._parts(told, ports, (database, vendors), island, folder / "logs"))
        self._targets = Targets(
            house=self._house, postmaster=self._postmaster, database=database, vendors=vendors, island=island
        )
        ending.callback(self._keep_logs)
        ending.callback(self._house.stop)
        self._house.start()
        self._wait_for(f"{self._site}/healthz/")
        self._say("the house is open")

    def _keep_logs(self) -> None:
        if self.options.logs is not None:
            shutil.copytree(self._postmaster.folder / "logs", self.options.logs, dirs_exist_ok=True)

    def _enter_house(self, told: dict[str, str], sandbox_port: int) -> None:
        straight = processes.ways(
            host="127.0.0.1",
            database_url=self._postmaster.owner_url,
            database_port=self._postmaster.port,
            vendors_port=sandbox_port,
        )
        environment = {**told, **straight}
        subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=environment, check=True)
        os.environ.update(environment)
        import django  # noqa: PLC0415  # the address must be set first

        django.setup()

    def _start_sandbox(self, ending: ExitStack, told: dict[str, str], logs: Path) -> None:
        with (logs / "sandbox.log").open("ab") as log:
            sandbox = subprocess.Popen(  # our own interpreter
                [sys.executable, "-m", "sandbox"],
                env={**told, "SANDBOX_DISORDER": "0.2"},
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one thread starts everything
            )
        ending.callback(sandbox.wait)
        ending.callback(sandbox.terminate)
        self._wait_for(f"{self._sandbox}/control/health")

    def _parts(
        self, told: dict[str, str], ports: list[int], proxies: tuple[Proxy, Proxy], island: Island, logs: Path
    ) -> list[Part]:
        def by(host: str) -> dict[str, str]:
            database, vendors = proxies
            return told | processes.ways(
                host=host,
                database_url=self._postmaster.house_url,
                database_port=database.port,
                vendors_port=vendors.port,
            )

        here, workers = by("127.0.0.1"), self.options.workers
        parts = [processes.web(number, port=port, told=here, logs=logs) for number, port in enumerate(ports, start=1)]
        for role, count in ((Role.WORKER, workers), (Role.SCHEDULER, self.options.schedulers)):
            parts += [processes.steady(role, number, told=here, logs=logs) for number in range(1, count + 1)]
        if not island.impossible:  # the last worker lives behind a cable that can be pulled
            away = processes.steady(Role.WORKER, workers, told=by(HERE), logs=logs, inside=island.inside())
            parts = [away if part.name == away.name else part for part in parts]
        return parts

    def _wait_for(self, address: str) -> None:
        deadline = time.monotonic() + STARTS_S
        while time.monotonic() < deadline:
            with suppress(httpx2.HTTPError):
                if httpx2.get(address, trust_env=False, timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{address} does not answer; see {self._postmaster.folder / 'logs'}")

    # Living

    def _settle(self) -> "Setting":
        from simulator.chaos import setting  # noqa: PLC0415  # needs django.setup()

        self._world = OutsideWorld(self._sandbox, stripe_key=os.environ["STRIPE_API_KEY"])
        self._world.set_clock(BEGINS, speed=self.options.speed)
        found = setting.settle(
            world=self._world, chance=random.Random(f"{self.options.seed}:people"), keep_going=self._house.mend
        )
        self._say("people have moved in")
        return found

    def _clients(self, setting: "Setting") -> "list[Client]":
        from simulator.chaos.browser import Browser  # noqa: PLC0415
        from simulator.chaos.clients import CreatorClient, SponsorClient  # noqa: PLC0415

        def common(name: str) -> dict[str, Any]:
            return {
                "chance": random.Random(f"{self.options.seed}:{name}"),
                "history": self._history,
                "stop": self._stop,
            }

        def browser(email: str) -> Browser:
            return Browser(self._site, email=email, password=setting.passwords[email], history=self._history)

        clients: list[Client] = []
        for sponsor, company in zip(setting.life.sponsors, setting.companies, strict=True):
            for number in range(SPONSOR_CLIENTS):
                email = sponsor.plan.email
                clients.append(SponsorClient(browser(email), company, **common(f"{email}:{number}")))
        campaigns = [company.campaign_id for company in setting.companies]
        for creator in setting.life.creators:
            email = creator.plan.email
            world = OutsideWorld(self._sandbox)
            clients.append(CreatorClient(browser(email), creator, campaigns=campaigns, world=world, **common(email)))
        return clients

    def _rage(self, clients: "list[Client]") -> Nemesis:
        for client in clients:
            client.start()
        deadline = time.monotonic() + COMES_IN_S  # who knocks at a burning house comes in late
        while not all(client.is_in for client in clients) and time.monotonic() < deadline:
            self._house.mend()
            time.sleep(LOOKS_S)
        nemesis = Nemesis(
            self._targets,
            chance=random.Random(f"{self.options.seed}:nemesis"),
            ends_at=time.monotonic() + self.options.minutes * 60,
            kills=self.options.kills,
            pace=self.options.pace,
        )
        tell_at = 0.0
        while not nemesis.is_over:
            nemesis.turn()
            self._house.mend()
            if time.monotonic() >= tell_at:
                tell_at = time.monotonic() + TELLS_S
                self._tell(nemesis)
            time.sleep(LOOKS_S)
        nemesis.calm()
        self._tell(nemesis)
        return nemesis

    def _tell(self, nemesis: Nemesis) -> None:
        counts = self._history.counts()
        left = max(0.0, nemesis.ends_at - time.monotonic())
        self._say(
            f"{left / 60:4.1f} min left, {sum(nemesis.happened.values()):,} faults,"
            f" {len(self._postmaster.restarts_s)} restarts of PostgreSQL,"
            f" {', '.join(f'{count:,} {told}' for told, count in counts.items())}, {len(self._history.wrong)} wrong"
        )

    # Healing

    def _heal(self, clients: "list[Client]") -> "Verdict":
        """Nothing goes wrong any more; judged again and again until all is as it must be, or time is up."""
        from django.db import DatabaseError, connections  # noqa: PLC0415

        from simulator.chaos.verdict import judged  # noqa: PLC0415

        self._stop.set()
        for client in clients:
            client.join(LEAVES_S)
        self._say("nothing goes wrong any more")
        connections.close_all()  # ours saw PostgreSQL die, too
        deadline = time.monotonic() + HEALS_S
        while True:
            until = time.monotonic() + JUDGES_EVERY_S
            while time.monotonic() < until:
                self._house.mend()
                time.sleep(LOOKS_S)
            is_over = time.monotonic() > deadline
            try:
                verdict = judged(self._history.acts, self._world)
            except (DatabaseError, ProviderFailed) as error:
                if is_over:
                    raise
                connections.close_all()
                self._say(f"not yet: {error}")
                continue
            if verdict.is_sound or is_over:
                return verdict
            self._say(f"not yet: {verdict.first()}")

    def _leave_database(self) -> None:
        from django.db import connections  # noqa: PLC0415

        connections.close_all()
        deadline = time.monotonic() + JUDGES_EVERY_S
        while self._postmaster.sessions() and time.monotonic() < deadline:
            time.sleep(LOOKS_S)

    def _read_logs(self, verdict: "Verdict") -> None:
        from simulator.chaos.verdict import secrets_in_logs  # noqa: PLC0415  # needs django.setup()

        found = secrets_in_logs(self._postmaster.folder / "logs")
        verdict.log_lines = found.looked_at
        verdict.broken += [f"I26 {found.name}: {failure}" for failure in found.failures[:LEAKS_SHOWN]]

    def _told(self, nemesis: Nemesis, verdict: "Verdict", healed_s: float) -> dict[str, Any]:
        history, counts = self._history, self._history.counts()
        weeks = timedelta(seconds=(time.monotonic() - self._began) * self.options.speed) / timedelta(weeks=1)
        faults = nemesis.faults()
        sound = verdict.is_sound and not history.wrong and self._sessions[-1] == 0
        return {
            "seed": self.options.seed,
            "commit": self._commit,
            "minutes": self.options.minutes,
            "speed": self.options.speed,
            "weeks": round(weeks, 2),
            "is_sound": sound,
            "faults": faults,
            "postgres_kills": faults.get(WHOLE_POSTGRES, 0) + faults.get(POSTMASTER_ALONE, 0),
            "process_kills": sum(count for name, count in faults.items() if name.startswith("SIGKILL")),
            "no_partition": self._targets.island.impossible,
            "restart_s": page.seconds(self._postmaster.restarts_s),
            "acts": {told.value: counts[told] for told in Told},
            "tries": sum(act.tries for act in history.acts),
            "answers": dict(sorted(history.statuses.items())),
            "wrong": history.wrong,
            "reads": history.reads,
            "sign_ins": history.sign_ins,
            "slowest_answer_s": round(history.slowest_s, 2),
            "lost": len(verdict.lost),
            "invented": len(verdict.invented),
            "broken": verdict.broken,
            "log_lines": verdict.log_lines,
            "in_doubt": {"present": verdict.resolved["present"], "absent": verdict.resolved["absent"]},
            "difference_minor": verdict.difference_minor,
            "invariants": verdict.invariants,
            "healed_s": round(healed_s, 1),
            "sessions": self._sessions,
            "ended_by_themselves": dict(self._house.ended),
            "machine": page.machine(self._postmaster.version()),
        }
