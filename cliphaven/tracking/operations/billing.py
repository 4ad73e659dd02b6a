"""The cost ledger held against the vendor's own bill, every night: one row for every run that was paid for.

Apify lists all runs of the account with what each is billed by now. What a call or question was thought to cost when
its answer came is put right by it; and a run whose answer was lost, so that nobody wrote it down, is found by its tag.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Sum

from cliphaven.clips.operations import questions
from cliphaven.clips.queries import questions as asked
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import apify
from cliphaven.tracking.models import VendorBill, VendorCall

UNKNOWN_READ_MAX = 200
"""Runs that no row names are read one by one, at most so many a night."""
CLOCKS_APART = timedelta(hours=1)
_POLL = re.compile(r"poll-call-([0-9]{1,18})")
_QUESTION = re.compile(r"inspection-([0-9]{1,18})")
_PROFILE = re.compile(r"profile-(tiktok|instagram)-[0-9a-f]{32}")

log = logging.getLogger(__name__)


@no_transaction
def settle_bill(*, now: datetime) -> VendorBill:
    """Hold yesterday's runs (UTC) against our rows, mend these, and keep how both compare. Raises ProviderFailed."""
    day = now.astimezone(UTC).date() - timedelta(days=1)
    listed = {run.id: run for run in apify.runs_since(_midnight(day))}
    runs = {run_id: run for run_id, run in listed.items() if run.started_at and run.started_at.date() == day}
    usage = apify.usage_of_month(day)
    known = _known(runs, day)
    unnamed = [apify.run(run_id) for run_id in sorted(set(runs) - known)[:UNKNOWN_READ_MAX]]
    bill = _settle(day=day, runs=runs, unnamed=unnamed, usage=usage, now=now)
    log.info("Apify's bill of %s: %s millionths of USD, ours %s", day, bill.billed_microusd, bill.booked_microusd)
    return bill


def _known(runs: Mapping[str, apify.Run], day: date) -> set[str]:
    since, until = _around(day)
    calls = VendorCall.objects.filter(run_id__in=list(runs), started_at__gte=since, started_at__lt=until)
    return {*calls.values_list("run_id", flat=True), *asked.runs_named(run_ids=list(runs), since=since, until=until)}


@own_transaction
def _settle(
    *,
    day: date,
    runs: Mapping[str, apify.Run],
    unnamed: Sequence[apify.Run],
    usage: apify.MonthlyUsage,
    now: datetime,
) -> VendorBill:
    costs = {run_id: run.cost_microusd for run_id, run in runs.items()}
    begun, ended = _around(day)
    mended = _mend_calls(costs, begun, ended) + questions.settle(costs=costs, since=begun, until=ended)
    strangers = [run for run in unnamed if not _added(run)]
    since, until, month = _midnight(day), _midnight(day + timedelta(days=1)), _midnight(usage.starts_on)
    bill, _ = VendorBill.objects.update_or_create(
        billed_on=day,
        defaults={
            "runs": len(runs),
            "mended": mended,
            "added": len(unnamed) - len(strangers),
            "strange": len(strangers),
            "strange_microusd": sum(run.cost_microusd for run in strangers),
            "billed_microusd": sum(costs.values()),
            "booked_microusd": _booked(since=since, until=until),
            "month_begins_on": usage.starts_on,
            "month_billed_microusd": usage.total_microusd,
            "month_booked_microusd": _booked(since=month, until=now),
            "read_at": now,
        },
    )
    return bill


def _mend_calls(costs: Mapping[str, int], since: datetime, until: datetime) -> int:
    rows = VendorCall.objects.select_for_update(no_key=True).only("id", "run_id", "cost_microusd")
    named = rows.filter(run_id__in=list(costs), started_at__gte=since, started_at__lt=until).order_by("id")
    wrong = [row for row in named if row.cost_microusd != costs[row.run_id]]
    for row in wrong:
        row.cost_microusd = costs[row.run_id]
    VendorCall.objects.bulk_update(wrong, ["cost_microusd"])
    return len(wrong)


def _added(run: apify.Run) -> bool:
    """Write down a run of ours that no row names; False if it is none of ours."""
    prefix, _, tag = run.tag.rpartition(":")
    if prefix != settings.KEY_PREFIX:
        return False
    if found := _POLL.fullmatch(tag):
        return _added_to_call(run, int(found[1]))
    if found := _QUESTION.fullmatch(tag):
        return questions.add_to(question_id=int(found[1]), run_id=run.id, cost_microusd=run.cost_microusd)
    if found := _PROFILE.fullmatch(tag):
        questions.add_profile(platform=found[1], run_id=run.id, cost_microusd=run.cost_microusd, at=_start(run))
        return True
    return False


def _added_to_call(run: apify.Run, call_id: int) -> bool:
    call = VendorCall.objects.select_for_update(no_key=True).filter(id=call_id).first()
    if call is None:
        return False
    if not call.run_id:
        call.run_id, call.cost_microusd = run.id, run.cost_microusd
        call.save(update_fields=["run_id", "cost_microusd"])
        return True
    # Started twice for one call: the second was paid for as well.
    VendorCall.objects.create(
        platform=call.platform,
        source=call.source,
        run_id=run.id,
        asked=0,
        asked_of=call.asked_of,
        cost_microusd=run.cost_microusd,
        failure="unrecorded Its answer was lost.",
        started_at=_start(run),
        ended_at=run.finished_at or _start(run),
    )
    return True


def _booked(*, since: datetime, until: datetime) -> int:
    calls = VendorCall.objects.filter(started_at__gte=since, started_at__lt=until)
    booked: int = calls.aggregate(sum=Sum("cost_microusd", default=0))["sum"]
    return int(booked) + asked.cost_between(since=since, until=until)


def _around(day: date) -> tuple[datetime, datetime]:
    """Between which moments the calls were made whose runs were started on that day: clocks differ a little."""
    return _midnight(day) - CLOCKS_APART, _midnight(day + timedelta(days=1)) + CLOCKS_APART


def _start(run: apify.Run) -> datetime:
    assert run.started_at is not None  # or it would not be of that day
    return run.started_at


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
