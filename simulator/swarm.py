"""What a seed is like: which faults it knows and how often, who acts, how many campaigns, how time runs.

Each seed switches a part of everything on, with rates of its own. A fault that would drown out the others in one run is
alone in the next, and rare orders of events come up in runs where little else goes on.
"""

import random
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

# What may befall an actor at a stop, by the kind of the stop; rates are drawn for each seed.
FAULTS = {
    "statement": (
        "kill",
        "connection_lost",
        "statement_timeout",
        "disk_full",
        "read_only",
        "too_many_connections",
        "deadlock",
        "cannot_serialize",
        "lock_timeout",
    ),
    "commit": ("kill", "lost_before_commit"),
    "committed": ("kill", "lost_after_commit"),
    "request": (
        "kill",
        "unreachable",
        "error_500",
        "error_500_with_effect",
        "error_502",
        "error_503",
        "conflict_409",
        "rate_limit_429",
    ),
    "answer": ("kill", "answer_lost", "answer_after_80_s"),
}
# What scrapers tell of clips, of a hundred answers with items. The sandbox knows how.
SCRAPES = (
    "item_missing",
    "half_answered",
    "items_reversed",
    "items_twice",
    "items_of_another",
    "views_null",
    "views_zero",
    "views_dropped",
    "views_older",
    "views_tripled",
    "views_text",
    "views_negative",
    "views_huge",
    "answer_truncated",
    "answer_html",
    "answer_error",
)
# How runs of scrapers end, of a hundred that are started.
RUNS = ("run_failed", "run_timed_out")
# Of a hundred stops of that kind; statements are many, so that theirs are rarer.
HIGHEST_PERCENT = {"statement": 1.0, "commit": 6.0, "committed": 6.0, "request": 10.0, "answer": 10.0}
# What befalls letters from vendors on their way, of a hundred.
LETTERS = (
    "twice",
    "late",
    "never",
    "forged",
    "out_of_order",
    "replayed",
    "of_another_account",
    "of_the_other_mode",
    "of_unknown_type",
    "of_a_future_version",
)
# What the outside world does of its own accord, of a hundred of its turns.
TWISTS = (
    "dispute",
    "close_dispute",
    "fraud_warning",
    "transfer_reversed",
    "scheduler_silent",
    "clock_back",
    "frozen",
    "outage",
    "asleep",
)

PAYDAY_HOUR = 6
# The Mondays near which things begin to go wrong: any, the first of a year, those around the change of the clocks in
# America and in Europe, the one of a 53rd week, the day before a leap day.
PLAIN_MONDAYS = ("2026-01-12", "2026-02-09", "2026-05-18", "2026-06-15", "2026-08-10", "2026-09-21")
ODD_MONDAYS = (
    "2026-01-05",
    "2026-03-09",
    "2026-03-30",
    "2026-10-26",
    "2026-11-02",
    "2026-12-28",
    "2027-01-04",
    "2028-02-28",
)
# What moves money is always stopped at each statement; everything else in some of the seeds.
ALWAYS_STEP_BY_STEP = frozenset(
    {
        "campaigns.send_refund",
        "earnings.accrue",
        "earnings.clear",
        "payouts.plan_weekly_batch",
        "payouts.send_bank_payout",
        "payouts.send_reversal",
        "payouts.send_transfer",
        "payouts.settle_bank_payout",
        "webhooks.handle",
    }
)
STEP_BY_STEP_SHARE = 0.2
# In a stormy seed what befalls those who call vendors, or commit, is so many times as likely.
STORM, STORMY_KINDS = 4.0, frozenset({"commit", "committed", "request", "answer"})
# Two or three clips use up the small ones within their first day; from the large ones everybody has something to be
# paid on the first Monday.
BUDGETS_MINOR = (2_000, 20_000, 2_000_000, 2_000_000, 20_000_000, 20_000_000)
# So many of all faults are known to a seed; in a storm fewer, so that something still gets done.
CALM_SHARE, STORMY_SHARE = 0.5, 0.3
# How often somebody is in the mood for an act; each seed and act has a mood.
MOODS = (0.0, 0.3, 1.0, 1.0, 3.0, 12.0)


@dataclass(frozen=True, kw_only=True)
class Options:
    """One seed's world. Rates are percentages of the stops that they could befall."""

    seed: int
    sponsors: int
    creators: int
    campaigns: int
    budget_minor: int
    workers: int
    schedulers: int = 2
    faults: dict[str, dict[str, float]] = field(default_factory=dict)
    scrapes: dict[str, float] = field(default_factory=dict)
    letters: dict[str, float] = field(default_factory=dict)
    twists: dict[str, float] = field(default_factory=dict)
    disorder: float = 0.0
    pause_percent: float = 0.0
    attack: str = "none"
    hold_days: int = 7
    share_of_weeks: float = 0.3
    # How eager people are to begin something, where a worker's eagerness to take a job is 8.
    eagerness: float = 0.1
    # Things begin to go wrong so many minutes before this Monday is paid, after so many days without any trouble.
    payday: str = "2026-01-12"
    first_days: int = 9
    minutes_before_payday: int = 5
    # What waits for a worker where trouble begins in the middle of payday: "planning", "sending" or "banking".
    begins_with: str = "planning"
    minimum_payout_minor: int = 1_000
    release_limit_minor: int = 1_000_000
    # Jobs that only look stop at each statement, too: most of a run is then looking.
    looks_step_by_step: bool = False
    # What campaigns pay in, one after the other.
    currencies: tuple[str, ...] = ("USD",)
    # Campaigns with caps, minimums and limits, from the first day on.
    drawn_terms: bool = False
    # Everybody at once: more is begun while others are in the middle of something.
    crowded: bool = False
    # Of the creators, so many begin with a bank account that takes no money.
    share_of_bad_banks: float = 0.0

    @property
    def begins_at(self) -> datetime:
        """When everybody moves in."""
        return self.payday_at - timedelta(days=self.first_days)

    @property
    def payday_at(self) -> datetime:
        """The moment of the first Monday's run."""
        return datetime.fromisoformat(self.payday).replace(hour=PAYDAY_HOUR, tzinfo=UTC)

    @property
    def trouble_begins_at(self) -> datetime:
        """From when on everything goes wrong."""
        return self.payday_at - timedelta(minutes=self.minutes_before_payday)

    def as_json(self) -> dict[str, Any]:
        """All of it, to be shown and kept."""
        return asdict(self)


def drawn(seed: int) -> Options:
    """The options of this seed, always the same."""
    chance = random.Random(f"options {seed}")  # to be repeated, not a secret
    hold_days = chance.choice((0, 1, 3, 7))
    share_of_scrapes = chance.choice((0.0, 0.3, 0.6))
    storm = chance.choice((1.0, STORM))
    return Options(
        seed=seed,
        sponsors=chance.choice((1, 1, 2)),
        creators=chance.randint(2, 5),
        campaigns=chance.choice((1, 1, 2, 3, 6)),
        budget_minor=chance.choice(BUDGETS_MINOR),
        workers=chance.randint(1, 4),
        faults={
            kind: {
                name: round(chance.uniform(0, HIGHEST_PERCENT[kind] * (storm if kind in STORMY_KINDS else 1.0)), 3)
                for name in names
                if chance.random() < (CALM_SHARE if storm == 1.0 else STORMY_SHARE)
            }
            for kind, names in FAULTS.items()
        },
        scrapes={
            name: round(chance.uniform(0, 20), 2) for name in (*SCRAPES, *RUNS) if chance.random() < share_of_scrapes
        },
        letters={name: round(chance.uniform(0, 30), 2) for name in LETTERS if chance.random() < 0.5},
        twists={name: round(chance.uniform(0, 6), 2) for name in TWISTS if chance.random() < 0.5},
        disorder=chance.choice((0.0, 0.0, 0.5, 1.0, 3.0)),
        pause_percent=chance.choice((0.0, 0.0, 0.2, 1.0)),
        attack=chance.choice(("none", "none", "burst", "drip", "packages")),
        hold_days=hold_days,
        share_of_weeks=chance.uniform(0.05, 0.5),
        eagerness=chance.choice((0.2, 0.5, 1.0, 3.0)),
        payday=chance.choice(PLAIN_MONDAYS if chance.random() < 0.5 else ODD_MONDAYS),
        first_days=hold_days + chance.randint(3, 6),
        minutes_before_payday=chance.choice((0, 0, 0, 0, 0, 5, 600)),
        begins_with=chance.choice(("planning", "sending", "sending", "sending", "banking", "banking")),
        minimum_payout_minor=chance.choice((1, 500, 1_000)),
        release_limit_minor=chance.choice((1, 1_000_000, 1_000_000)),
        looks_step_by_step=chance.random() < 0.2,
        currencies=chance.choice((("USD",), ("USD",), ("USD", "EUR"), ("USD", "JPY"))),
        drawn_terms=chance.random() < 0.4,
        crowded=chance.random() < 0.4,
        share_of_bad_banks=chance.choice((0.0, 0.0, 0.5)),
    )


def mood(seed: int, act: str) -> float:
    """How often people of this seed are in the mood for an act, compared with what is usual: some acts never."""
    return random.Random(f"{seed} mood {act}").choice(MOODS)  # to be repeated, not a secret


def hurries(seed: int, task: str) -> bool:
    """Whether this seed takes the task in long strides.

    Most of what is done finds nothing to do: were every statement of it a step, little could go wrong in between.
    """
    if task in ALWAYS_STEP_BY_STEP:
        return False
    return random.Random(f"{seed} hurry {task}").random() > STEP_BY_STEP_SHARE  # to be repeated, not a secret


def calm(options: Options) -> Options:
    """The same world with nothing going wrong: what heals in."""
    nothing = {"faults": {}, "scrapes": {}, "letters": {}, "twists": {}, "disorder": 0.0, "pause_percent": 0.0}
    nothing |= {"crowded": False}
    return Options(**{**options.as_json(), **nothing})
