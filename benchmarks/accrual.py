"""Views become money, and clear: the whole jobs, from readings that are believed to rows, entries and balances."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from benchmarks.frame import Bench, Figure, Reach, Result, Table
from cliphaven.campaigns.models import Campaign, Rate, Terms
from cliphaven.clips.models import Channel, Clip
from cliphaven.earnings.operations import accruing, clearing
from cliphaven.identity.models import Organisation, User
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.rules import months

START = datetime(2026, 11, 2, 6, tzinfo=UTC)
CREATORS = 2_000
BUDGET_MINOR = 10**11
LIMIT = 5_000
CAMPAIGNS = 20
READINGS = 5
"""Believed counts of each clip, one an hour: an accrual each, so that 20,000 clips have 100,000 to clear."""

_PARTS = (
    ("writing accruals", ("insert into earnings_accrual", "update earnings_accrual")),
    ("the books", ("ledger_record",)),
    ("reading what was seen, counted and is due", ("tracking_trackedclip", "earnings_accrual")),
    ("commits, and the checks that wait for them", ("commit",)),
)


def measure(bench: Bench) -> Result:
    """All clips earn READINGS times, an hour apart; then everything clears a week later, and once nothing is new."""
    clips = bench.sized(20_000, 400)
    with bench.database():
        bench.say(f"making {clips:,} clips of {CREATORS:,} creators in {CAMPAIGNS} campaigns")
        _make_world(clips)
        _fund()
        accruing_rates, spent = [], Counter[str]()
        for hour in range(READINGS):
            _read_all(hour)
            earned, seconds = _timed(spent, accruing.accrue_all, hour=hour)
            assert earned == clips, f"{earned} of {clips} clips earned something"
            accruing_rates.append(clips / seconds)
            bench.say(f"reading {hour + 1} of {READINGS}: {accruing_rates[-1]:,.0f} clips/s")
        _, idle_seconds = _timed(Counter(), accruing.accrue_all, hour=READINGS)
        TrackedClip.objects.update(measured_at=START + timedelta(days=8))
        clearing_spent = Counter[str]()
        cleared, seconds = _timed(clearing_spent, clearing.clear_all, hour=8 * 24)
        assert cleared == clips * READINGS, f"{cleared} accruals cleared"
    return Result(
        figures=[
            Figure(
                name="clips seen → accruals, entries, balances", value=min(accruing_rates), unit="clips/s", limit=LIMIT
            ),
            Figure(name="a run that finds nothing new", value=idle_seconds, unit="s", reach=Reach.AT_MOST, limit=1),
            Figure(name="accruals cleared", value=cleared / seconds, unit="accruals/s", limit=LIMIT),
        ],
        tables=[_table("Accruing", spent), _table("Clearing", clearing_spent)],
    )


def _timed(spent: Counter[str], job: Callable[..., int], *, hour: int) -> tuple[int, float]:
    def measured(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        begin = time.monotonic()
        try:
            return execute(sql, *rest)
        finally:
            lowered = sql.lower()
            part = next((part for part, marks in _PARTS if any(mark in lowered for mark in marks)), "other statements")
            spent[part] += round((time.monotonic() - begin) * 1e6)

    begin = time.monotonic()
    with connection.execute_wrapper(measured):
        answer = job(now=START + timedelta(hours=hour))
    seconds = time.monotonic() - begin
    spent["all"] += round(seconds * 1e6)
    return answer, seconds


def _table(title: str, spent: Counter[str]) -> Table:
    whole = spent["all"]
    named = {part: micros for part, micros in spent.most_common() if part != "all"}
    named["Python, and waiting for commits"] = whole - sum(named.values())
    rows = tuple((part, f"{micros / 1e6:.2f}", f"{micros * 100 // whole} %") for part, micros in named.items())
    return Table(title=f"{title}: where the time goes", head=("part", "seconds", "share"), rows=rows)


def _fund() -> None:
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")

    def entry(kind: EntryKind, name: str, debit: Account, credit: Account, minor: int) -> ledger.Entry:
        leg = ledger.Leg(debit=debit, credit=credit, amount_minor=minor)
        return ledger.Entry(kind=kind, external_id=name, legs=(leg,), occurred_at=START, cause="benchmark")

    with transaction.atomic():
        ledger.record([entry(EntryKind.DEPOSIT, "pi_1", cash, wallet, BUDGET_MINOR * CAMPAIGNS)])
        for id_ in range(1, CAMPAIGNS + 1):
            budget = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=id_, currency="USD")
            ledger.record([entry(EntryKind.FUND_CAMPAIGN, f"{id_}:first", wallet, budget, BUDGET_MINOR)])


_READING = """
with made as (
    insert into tracking_observation
           (clip_id, call_id, views, observed_at, source, believed, dropped, previous_id, previous_sha256,
            sha256)
    select t.clip_id, %(call)s, 1000 * %(number)s + t.clip_id %% 997, %(at)s, 'benchmark', true, false,
           t.last_observation_id, t.chain_sha256, sha256(t.chain_sha256 || int8send(t.clip_id))
      from tracking_trackedclip t
    returning id, clip_id, views, sha256)
update tracking_trackedclip t
   set views_seen = made.views, views_settled = made.views, seen_at = %(at)s, measured_at = %(at)s,
       seen_observation_id = made.id, last_observation_id = made.id, chain_sha256 = made.sha256
  from made where made.clip_id = t.clip_id"""


def _make_world(clips: int) -> None:
    organisation = Organisation.objects.create(id=1, name="Ada Ltd", created_at=START)
    creators = User.objects.bulk_create(
        User(email=f"creator{number}@example.test", name=f"Creator {number}", created_at=START)
        for number in range(CREATORS)
    )
    channels = Channel.objects.bulk_create(
        Channel(creator=creator, platform="tiktok", handle=f"c{creator.id}", code="CODE", **_AT_START)
        for creator in creators
    )
    campaigns = Campaign.objects.bulk_create(
        Campaign(
            id=number + 1,
            organisation=organisation,
            title=f"Campaign {number}",
            currency="USD",
            state="active",
            starts_on=START.date(),
            created_at=START,
        )
        for number in range(CAMPAIGNS)
    )
    terms = Terms.objects.bulk_create(
        Terms(campaign=campaign, version=1, fee_bp=1_000, created_at=START) for campaign in campaigns
    )
    Rate.objects.bulk_create(Rate(terms=version, platform="tiktok", cpm_minor=150) for version in terms)
    made = Clip.objects.bulk_create(
        (
            Clip(
                campaign=campaigns[number % CAMPAIGNS],
                terms=terms[number % CAMPAIGNS],
                creator=creators[number % CREATORS],
                channel=channels[number % CREATORS],
                platform="tiktok",
                video_id=f"{number:019d}",
                submitted_at=START,
                state="approved",
                author_checked_at=START,
                auto_approves_at=START,
            )
            for number in range(clips)
        ),
        batch_size=5_000,
    )
    TrackedClip.objects.bulk_create((TrackedClip.following(clip, posted_at=START) for clip in made), batch_size=5_000)


_AT_START = {"code_expires_at": START, "added_at": START}


def _read_all(number: int) -> None:
    """Everybody is read once more, and shows a thousand views more than before."""
    at = START + timedelta(hours=number)
    call = VendorCall.objects.create(platform="tiktok", source="benchmark", asked=1, started_at=at)
    with connection.cursor() as cursor:
        cursor.execute("select tracking_open_month(%s)", [months.month_number(at)])
        cursor.execute(_READING, {"call": call.id, "number": number + 1, "at": at})
        # What autovacuum does within a minute, and a benchmark would not wait for.
        cursor.execute("vacuum analyze")
