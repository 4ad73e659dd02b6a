"""Everything that happens by itself, in one table. Times are the product's, in UTC."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import croniter

from cliphaven.files import queries as files
from cliphaven.foundation import clock, jobs
from cliphaven.insights import queries as insights

# A line that was never deferred looks back this far, so that a house that was off on a Monday still pays.
CATCH_UP = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the schedule: when, which task, and why."""

    cron: str
    task: str
    why: str
    is_on: Callable[[], bool] = lambda: True
    """Whether this installation has what the line is about."""


def _line(cron: str, task: str, why: str, *, is_on: Callable[[], bool] = lambda: True) -> Line:
    return Line(cron=cron, task=task, why=why, is_on=is_on)


LINES = (
    _line("* * * * *", "clips.auto_approve", "clips nobody decided within the review time are approved"),
    _line(
        "* * * * *", "clips.check_channels", "profiles are read for their codes, and proved channels looked at again"
    ),
    _line("* * * * *", "clips.inspect_waiting", "clips whose author could not be read yet are looked at again"),
    _line("* * * * *", "tracking.poll", "clips that are due are polled, in batches"),
    _line("50 * * * *", "tracking.ask_accounts", "accounts are asked about clips that YouTube leaves out"),
    _line("20 * * * *", "tracking.compare_all", "clips that began to count while nobody looked are polled, too"),
    _line("*/10 * * * *", "tracking.steer", "what polls cost is counted, and kept to the budget of the day"),
    _line(
        "*/10 * * * *", "tracking.weigh_campaigns", "clips of campaigns near the end of their money are polled sooner"
    ),
    _line("40 * * * *", "tracking.cap_costs", "clips of campaigns that cost too much to read are polled seldom"),
    _line("0,20,40 5 * * MON", "tracking.sweep", "before the week's cut-off every clip is polled once more"),
    _line("* * * * *", "fraud.assess", "clips that were read are judged: how far their views are doubted"),
    _line("15 * * * *", "fraud.assess_all", "clips that were read while nothing judged them are judged, too"),
    _line("25 * * * *", "fraud.compare", "clips whose views rise and fall together are found"),
    _line("*/10 * * * *", "fraud.end_cases", "cases and appeals whose time has come end by themselves"),
    _line("35 * * * *", "fraud.ask_for_analytics", "creators of clips that earn much are asked for what only they see"),
    _line("55 3 * * *", "fraud.forget_traits", "devices and addresses that nobody comes with any more are forgotten"),
    _line("* * * * *", "earnings.accrue", "views seen become money owed"),
    _line("* * * * *", "earnings.hold_suspect", "doubted earnings are held, and what was decided about them is done"),
    _line("*/10 * * * *", "earnings.follow_purges", "of views taken back unpaid ones are held, paid ones credited"),
    _line("45 * * * *", "earnings.keep_fairness", "the public figures of how doubt treats creators are worked out"),
    _line("*/5 * * * *", "earnings.clear", "earnings whose hold period is over become payable"),
    _line("*/5 * * * *", "earnings.release_holds", "holds whose day has come end by themselves"),
    _line("0 * * * *", "payouts.plan_weekly_batch", "from Monday 06:00 on the week's batch is planned, once"),
    _line("30 6 * * *", "notifications.summaries", "whoever wants one summary a day gets it"),
    _line("0 6 * * SUN", "payouts.mail_rehearsal", "the staff is told what the next day's payday would do"),
    _line("*/10 * * * *", "payouts.sound_alarms", "what about payday a person must see is mailed, once"),
    _line("*/5 * * * *", "payouts.read_ahead", "from Sunday evening on the accounts of those to be paid are read"),
    _line("*/5 * * * *", "payouts.sweep_transfers", "transfers that are not final are driven on or looked up"),
    _line("*/5 * * * *", "payouts.sweep_reversals", "transfers that are taken back are driven on or looked up"),
    _line("*/5 * * * *", "payouts.sweep_bank_payouts", "payouts that wait for funds or news are driven on"),
    _line("*/10 * * * *", "campaigns.settle_deposits", "payments whose news never came are looked up"),
    _line("*/5 * * * *", "campaigns.sweep_refunds", "refunds that are not final are driven on or read again"),
    _line("20 * * * *", "campaigns.sweep_disputes", "disputes and warnings whose news never came are found"),
    _line("*/10 * * * *", "campaigns.lift_pauses", "what sponsors owe is recovered, warnings end in their time"),
    _line("0 5 * * *", "campaigns.issue_invoices", "the month that is over is invoiced, once"),
    _line("0 * * * *", "campaigns.complete_ended", "campaigns whose last day is over take no more clips"),
    _line("* * * * *", "deliveries.sweep", "letters to endpoints that are due, or whose sender was killed, go out"),
    _line("20 3 * * *", "deliveries.forget", "letters whose time in the log is over are forgotten"),
    _line("*/5 * * * *", "webhooks.sweep", "stored events that no job handled are handled"),
    _line("*/10 * * * *", "backoffice.sound_money_in", "what of money in waits for a person is mailed, once"),
    _line("*/10 * * * *", "backoffice.sound_vendor_alarms", "what vendors of counts refuse or overcharge is mailed"),
    _line("*/15 * * * *", "backoffice.prove", "the invariants of the money are asked, and broken ones mailed once"),
    _line("30 4 * * *", "backoffice.prove_everything", "the invariants are asked of everything there is"),
    _line("0 * * * *", "backoffice.expire_corrections", "corrections that nobody decided in a week expire"),
    _line("30 2 * * *", "backoffice.reconcile", "the books are held against Stripe, movement by movement"),
    _line("15 0 * * *", "ledger.close_day", "the books of yesterday are closed for good, and sealed"),
    _line("*/10 * * * *", "ledger.write_checkpoints", "accounts keep their sums, so that balances stay quick"),
    _line("45 3 * * *", "ledger.prove_derived", "a sample of what is kept is derived once more and compared"),
    _line("0 3 * * *", "tracking.forget_raw_answers", "raw answers of vendors are dropped when their time is over"),
    _line("40 2 * * *", "tracking.settle_bill", "what calls cost is held against Apify's bill, run by run"),
    _line("10 3 * * *", "tracking.make_partitions", "observations of the next three months have a place to go"),
    _line("25 3 * * *", "identity.forget_spent", "sessions and tokens that are over are forgotten"),
    _line("* * * * *", "files.look_for_arrivals", "files are found of which nobody told us", is_on=files.are_taken),
    _line("*/10 * * * *", "files.clear", "files that nobody sent or needs are deleted", is_on=files.are_taken),
    _line("35 2 * * *", "files.clear_orphans", "objects that belong to no file are deleted", is_on=files.are_taken),
    _line("*/10 * * * *", "notifications.sweep", "mails whose job gave up are tried again"),
    _line("*/5 * * * *", "insights.tell", "what people did who said yes is told to PostHog", is_on=insights.is_on),
    _line("*/10 * * * *", "insights.erase", "what was told of who said no is deleted there", is_on=insights.is_on),
    _line("* * * * *", "house.retry_stalled_jobs", "jobs whose worker went silent run again"),
)


def due(line: Line, *, now: datetime, last: datetime | None) -> datetime | None:
    """The latest moment at or before `now` at which a line was due, unless it is not after `last`.

    Missed moments collapse into the latest: every task finds out from the state what is left to do.
    """
    moment = croniter(line.cron, now + timedelta(seconds=1)).get_prev(datetime).replace(tzinfo=UTC)
    earliest = now - CATCH_UP if last is None else last
    return moment if moment > earliest else None


def defer_due() -> list[str]:
    """Defer every line that is due now; answers the tasks this call deferred."""
    now = clock.now()
    lasts: Mapping[str, datetime] = jobs.last_ticks()
    deferred = []
    for line in LINES:
        moment = due(line, now=now, last=lasts.get(line.task))
        if moment is not None and line.is_on() and jobs.defer_tick(jobs.Tick(task=line.task, at=moment)):
            deferred.append(line.task)
    return deferred
