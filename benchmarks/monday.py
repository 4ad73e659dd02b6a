"""A Monday: a batch for many creators is planned, and workers send it to a pretend Stripe that counts and limits.

MONDAY_CREATORS sets how many; the figure that matters is taken with 10,000, who have two campaigns each.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db.models import Count

from benchmarks import monday_world
from benchmarks.frame import Bench, Figure, Reach, Result
from tests.world import SandboxWorld, free_port

CREATORS, CREATORS_QUICK = 2_000, 60
CAMPAIGNS = 2
ALLOWED_PER_SECOND = 20
STRIPE_TAKES_PER_SECOND = 25
WORKERS, CONCURRENCY = 2, 8
PLANNED_SECONDS_MAX = 60
SWEPT_EVERY_S = 300
WORKER = "from cliphaven.config.commands import main; main()"
SENDING = "POST /v1/transfers"


def measure(bench: Bench) -> Result:
    """Plan and send one Monday; then look at Stripe for anything that is there twice, or not at all."""
    creators = bench.sized(int(os.environ.get("MONDAY_CREATORS", CREATORS)), CREATORS_QUICK)
    with bench.database() as database, TemporaryDirectory() as folder, _stripe(Path(folder)) as stripe:
        bench.say(f"{creators:,} creators open accounts and earn in {CAMPAIGNS} campaigns each")
        monday_world.prepare(stripe, creators=creators, campaigns=CAMPAIGNS)
        planned_s = _plan(stripe)
        bench.say(f"planned in {planned_s:.1f} s; {WORKERS} workers of {CONCURRENCY} send")
        stripe.post("/control/stripe/rate", {"per_second": STRIPE_TAKES_PER_SECOND})
        with _workers(database.app_url, stripe):
            sending = _until_sent(bench, items=creators * CAMPAIGNS)
        counted = stripe.http.get("/control/stripe/rate").json()[SENDING]
        stripe.post("/control/stripe/rate", {})  # whoever looks for doubles may ask as often as they like
        unlike = monday_world.unlike_stripe()
    items = creators * CAMPAIGNS
    return Result(
        figures=[
            Figure(name=f"planning {items:,} transfers", value=planned_s, unit="s", reach=Reach.AT_MOST,
                   limit=PLANNED_SECONDS_MAX),
            Figure(name=f"sent a second ÷ {ALLOWED_PER_SECOND} allowed", value=sending.per_second / ALLOWED_PER_SECOND,
                   limit=0.95),
            Figure(name="most sent within one second", value=counted["most_in_a_second"], reach=Reach.AT_MOST,
                   limit=STRIPE_TAKES_PER_SECOND),
            Figure(name="refused as too many (429), and sent later", value=counted["refused"]),
            Figure(name="until the last one was sent", value=sending.all_seconds, unit="s"),
            Figure(name="doubled, missing or of another amount", value=unlike, reach=Reach.AT_MOST, limit=0),
        ]
    )  # fmt: skip


@contextmanager
def _stripe(folder: Path) -> Iterator[SandboxWorld]:
    """The pretend vendors as a process, with a clock that runs as the wall's does, an hour before a payday."""
    with SandboxWorld(folder, site_port=free_port()) as world:
        world.clock.set(virtual=monday_world.BEGINS, speed=1)
        settings.STRIPE_API_BASE, settings.CLOCK_FILE = f"{world.url}/stripe", str(world.clock.path)
        # Nobody stands by to release it.
        settings.RELEASE_LIMIT_MINOR = dict.fromkeys(settings.RELEASE_LIMIT_MINOR, 10**13)
        yield world


def _plan(stripe: SandboxWorld) -> float:
    from cliphaven.payouts.operations import batches  # noqa: PLC0415  # models exist only inside the house

    stripe.advance(seconds=(monday_world.PAYDAY + timedelta(seconds=1) - stripe.now()).total_seconds())
    began = time.perf_counter()
    batches.plan_weekly_batch(now=stripe.now())
    return time.perf_counter() - began


@contextmanager
def _workers(database_url: str, stripe: SandboxWorld) -> Iterator[None]:
    """Worker processes as an installation runs them."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "STRIPE_API_BASE": f"{stripe.url}/stripe",
        "CLIPHAVEN_CLOCK_FILE": str(stripe.clock.path),
    }
    command = [sys.executable, "-c", WORKER, "worker", "--concurrency", str(CONCURRENCY)]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(WORKERS)
    ]
    try:
        for worker in running:
            assert worker.stdout is not None
            worker.stdout.readline()  # "worker: ready"
        yield
    finally:
        for worker in running:
            worker.terminate()
        for worker in running:
            worker.wait(60)


@dataclass(frozen=True, kw_only=True)
class Sending:
    """How it went: a second, while jobs to send waited, and the seconds until the last one was sent."""

    per_second: float
    all_seconds: float


def _until_sent(bench: Bench, *, items: int) -> Sending:
    """Wait until every transfer is sent. Raises TimeoutError after three times what it should take."""
    from cliphaven.foundation import jobs  # noqa: PLC0415
    from cliphaven.payouts.models import Transfer  # noqa: PLC0415

    began = swept = told = time.perf_counter()
    per_second = 0.0
    patience = began + 60 + 2 * SWEPT_EVERY_S + 3 * items / ALLOWED_PER_SECOND
    while time.perf_counter() < patience:
        counts = dict(Transfer.objects.values_list("state").annotate(Count("id")).order_by())
        sent, now = counts.get("sent", 0), time.perf_counter()
        if not sent:
            began = now
        to_send = sum(line.waiting + line.running for line in jobs.queue_health() if line.queue == jobs.Queue.PAYOUTS)
        if sent and not per_second and to_send == 0:
            per_second = sent / (now - began)
        if sent == items:
            return Sending(per_second=per_second, all_seconds=now - began)
        if now - swept > SWEPT_EVERY_S:
            # What Stripe refused as too many waits a little; the sweep, which the schedule asks for, drives it on.
            jobs.defer("payouts.sweep_transfers")
            swept = now
        if now - told > 20:
            bench.say(", ".join(f"{state} {count:,}" for state, count in sorted(counts.items())))
            told = now
        time.sleep(0.25)
    raise TimeoutError(f"Only {sent:,} of {items:,} transfers were sent")
