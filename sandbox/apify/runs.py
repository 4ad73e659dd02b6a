"""Runs of actors: what is kept of them, how they proceed, what they find and what they cost.

A run keeps its input and its moment, not its items: those are worked out again from the audience whenever they are
asked for, so that months of polling fit in memory.
"""

import time
from decimal import Decimal
from typing import Final

from sandbox.apify.actors import ACTORS, Actor
from sandbox.apify.visit import Visit, iso
from sandbox.audience import ids
from sandbox.run_fates import RUN_FATES, STAYING
from sandbox.store import Json
from sandbox.world import World

USER_ID: Final = "uSandboxOwner0001"
KEPT_SECONDS: Final = 7 * 86_400
READY_SHARE: Final = 0.25
FRESH_RUNS: Final = 40
"""So many runs' items are at hand: whoever started a run mostly reads it at once."""
START_EVENT: Final = "apify-actor-start"
ITEM_EVENT: Final = "apify-default-dataset-item"
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"})


def start_run(world: World, actor: Actor, given: Json, *, options: Json, user_agent: str, body_length: int) -> Json:
    """Start a run; it ends by itself after the configured time of the wall, at the price of what it finds."""
    number = world.store.next_number("apify run")
    fates = (status for fault, status in RUN_FATES.items() if world.faults.take("apify", fault, actor.name))
    outcome = next(fates, "SUCCEEDED")
    run = {
        "id": ids.token(17, number, "run"),
        "dataset_id": ids.token(17, number, "dataset"),
        "number": number,
        "actor": actor.name,
        "started_unix": world.clock.now().timestamp(),
        "started_wall": time.time(),
        "input": given,
        "options": options,
        "user_agent": user_agent,
        "body_length": body_length,
        "outcome": outcome,
        "finished_unix": None,
        "items_billed": None,
    }
    world.store.put("apify_dataset", str(run["dataset_id"]), {"run_id": run["id"]})
    return world.store.put("apify_run", str(run["id"]), run)


def status_of(world: World, run: Json) -> str:
    """The run's status now; a run whose time is over is finished by asking."""
    if run["finished_unix"] is not None:
        return str(run["outcome"])
    if run["outcome"] in STAYING:
        return str(run["outcome"])
    elapsed = time.time() - run["started_wall"]
    if elapsed < world.config.apify_run_seconds:
        return "READY" if elapsed < READY_SHARE * world.config.apify_run_seconds else "RUNNING"
    _finish(world, run)
    return str(run["outcome"])


def seconds_left(world: World, run: Json) -> float:
    """Seconds of the wall until the run ends by itself; 0 when it has ended."""
    if run["finished_unix"] is not None:
        return 0.0
    if run["outcome"] in STAYING:
        return float("inf")
    left: float = run["started_wall"] + world.config.apify_run_seconds - time.time()
    return max(0.0, left)


def abort_run(world: World, run: Json) -> None:
    """End the run now; what it found so far stays and is billed."""
    if status_of(world, run) not in _ENDED:
        run["outcome"] = "ABORTED"
        _finish(world, run)


def items_of(world: World, run: Json) -> list[Json]:
    """The run's dataset: empty until the run has ended, partial when it ended badly."""
    if status_of(world, run) not in _ENDED:
        return []
    found = world.fresh_items.get(run["id"]) or _found(world, run)
    return found[: run["items_billed"]]


def finish_due(world: World) -> None:
    """End every run whose time is over, and forget those older than the seven days that datasets live."""
    now = world.clock.now().timestamp()
    for run in world.store.all("apify_run"):
        if run["finished_unix"] is None:
            status_of(world, run)
        elif run["finished_unix"] < now - KEPT_SECONDS:
            world.store.delete("apify_dataset", run["dataset_id"])
            world.store.delete("apify_run", run["id"])


def run_json(world: World, run: Json) -> Json:
    """The run as the API answers it."""
    actor = actor_of(run)
    status = status_of(world, run)
    options = run["options"]
    return {
        **short_run_json(world, run),
        "statusMessage": _status_message(status),
        "isStatusMessageTerminal": status in _ENDED,
        "meta": {"origin": "API", "userAgent": run["user_agent"], "clientIp": "127.0.0.1"},
        "stats": _stats(run),
        "options": {key: value for key, value in options.items() if value is not None},
        "exitCode": {"SUCCEEDED": 0, "FAILED": 1}.get(status),
        "generalAccess": "FOLLOW_USER_SETTING",
        "pricingInfo": _pricing(actor),
        "chargedEventCounts": _charged_events(run),
        "platformUsageBillingModel": "DEVELOPER",
        "containerUrl": f"https://{run['id'].lower()}.runs.apify.net",
    }


def short_run_json(world: World, run: Json) -> Json:
    """The run as it stands in a list."""
    actor = actor_of(run)
    status = status_of(world, run)
    finished = run["finished_unix"]
    return {
        "id": run["id"],
        "actId": actor.id,
        "userId": USER_ID,
        "status": status,
        "startedAt": iso(run["started_unix"]),
        "finishedAt": None if finished is None else iso(finished),
        "buildId": ids.token(17, 1, actor.name),
        "buildNumber": actor.build,
        "meta": {"origin": "API"},
        "usageTotalUsd": float(cost_of(run)),
        "defaultKeyValueStoreId": ids.token(17, run["number"], "key-value store"),
        "defaultDatasetId": run["dataset_id"],
        "defaultRequestQueueId": ids.token(17, run["number"], "request queue"),
    }


def cost_of(run: Json) -> Decimal:
    """What the run has cost so far, in US dollars: a start for each gigabyte, and every item, error items too."""
    actor = actor_of(run)
    return actor.start_price * _starts(run) + actor.item_price * (run["items_billed"] or 0)


def actor_of(run: Json) -> Actor:
    """The actor that the run runs."""
    return next(actor for actor in ACTORS if actor.name == run["actor"])


def _finish(world: World, run: Json) -> None:
    run["finished_unix"] = run["started_unix"] + world.config.apify_run_seconds * world.clock.speed()
    items = world.fresh_items[run["id"]] = _found(world, run)
    if len(world.fresh_items) > FRESH_RUNS:
        del world.fresh_items[next(iter(world.fresh_items))]
    found = len(items)
    if run["outcome"] != "SUCCEEDED":
        found //= 2
    run["items_billed"] = min(found, _most_items(run))
    unbilled: Json = {"month": _month(run), "usd": "0", "runs": 0, "items": 0}
    bill = world.store.get("apify_bill", _month(run)) or unbilled
    bill["usd"] = str(Decimal(bill["usd"]) + cost_of(run))
    days = bill.setdefault("days", {})
    days[_day(run)] = str(Decimal(days.get(_day(run), "0")) + cost_of(run))
    bill["runs"] += 1
    bill["items"] += run["items_billed"]
    world.store.put("apify_bill", _month(run), bill)
    world.store.put("apify_run", run["id"], run)


def _found(world: World, run: Json) -> list[Json]:
    visit = Visit(world, run["finished_unix"], run["number"])
    return actor_of(run).scrape(visit, run["input"])


def _most_items(run: Json) -> int:
    """How many items the run may be charged for by its `maxItems` and `maxTotalChargeUsd`."""
    options = run["options"]
    most: int = 10**9 if options["maxItems"] is None else options["maxItems"]
    if options["maxTotalChargeUsd"] is not None:
        actor = actor_of(run)
        left = Decimal(str(options["maxTotalChargeUsd"])) - actor.start_price * _starts(run)
        most = min(most, max(0, int(left / actor.item_price)))
    return most


def _starts(run: Json) -> int:
    """The start is charged once for each gigabyte of memory."""
    return -(-int(run["options"]["memoryMbytes"]) // 1024)


def _month(run: Json) -> str:
    return iso(run["started_unix"])[:7]


def _day(run: Json) -> str:
    return iso(run["started_unix"])[:10]


def _charged_events(run: Json) -> dict[str, int]:
    events = {ITEM_EVENT: run["items_billed"] or 0}
    if actor_of(run).start_price:
        events[START_EVENT] = _starts(run)
    return events


def _pricing(actor: Actor) -> Json:
    events = {
        ITEM_EVENT: {
            "eventTitle": "Result",
            "eventDescription": "One item in the dataset",
            "eventPriceUsd": float(actor.item_price),
        }
    }
    if actor.start_price:
        events[START_EVENT] = {
            "eventTitle": "Actor start",
            "eventDescription": "The start of the Actor, once for each gigabyte of memory",
            "eventPriceUsd": float(actor.start_price),
        }
    return {
        "pricingModel": "PAY_PER_EVENT",
        "apifyMarginPercentage": 0.2,
        "createdAt": "2026-01-15T00:00:00.000Z",
        "startedAt": "2026-01-15T00:00:00.000Z",
        "pricingPerEvent": {"actorChargeEvents": events},
    }


def _stats(run: Json) -> Json:
    ended = run["finished_unix"] is not None
    seconds = run["finished_unix"] - run["started_unix"] if ended else 0.0
    memory = int(run["options"]["memoryMbytes"]) * 1024 * 1024
    return {
        "inputBodyLen": run["body_length"],
        "migrationCount": 0,
        "rebootCount": 0,
        "restartCount": 0,
        "resurrectCount": 0,
        "durationMillis": int(seconds * 1000),
        "runTimeSecs": seconds,
        "metamorph": 0,
        "computeUnits": round(seconds / 3600 * memory / 1024**3, 9),
        "memAvgBytes": memory * 0.09,
        "memMaxBytes": memory // 10,
        "memCurrentBytes": 0 if ended else memory // 11,
        "cpuAvgUsage": 5.1,
        "cpuMaxUsage": 93.2,
        "cpuCurrentUsage": 0 if ended else 4,
        "netRxBytes": 140_000 * (run["items_billed"] or 0),
        "netTxBytes": 70_000 * (run["items_billed"] or 0),
    }


def _status_message(status: str) -> str:
    return {
        "READY": "",
        "RUNNING": "Scraper is running",
        "SUCCEEDED": "Scraper finished",
        "FAILED": "The Actor process failed",
        "TIMED-OUT": "The Actor run timed out",
        "TIMING-OUT": "Scraper is running",
        "ABORTING": "Scraper is running",
        "ABORTED": "The Actor run was aborted",
    }[status]
