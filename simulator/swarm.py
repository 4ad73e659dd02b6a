"""What a seed is like: which faults it knows and how often, who acts, how many campaigns, how time runs.

Each seed switches a part of everything on, with rates of its own. A fault that would drown out the others in one run is
alone in the next, and rare orders of events come up in runs where little else goes on.
"""

import random
from dataclasses import asdict, dataclass, field
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
    ),
    "commit": ("kill", "lost_before_commit"),
    "committed": ("kill", "lost_after_commit"),
    "request": (
        "kill",
        "unreachable",
        "error_500",
        "error_500_with_effect",
        "conflict_409",
        "rate_limit_429",
    ),
    "answer": ("kill", "answer_lost"),
}
# Of a hundred stops of that kind; statements are many, so that theirs are rarer.
HIGHEST_PERCENT = {"statement": 0.6, "commit": 6.0, "committed": 6.0, "request": 12.0, "answer": 12.0}
# What befalls letters from vendors on their way, of a hundred.
LETTERS = ("twice", "late", "never", "forged", "out_of_order")
# What the outside world does of its own accord, of a hundred of its turns.
TWISTS = ("dispute", "close_dispute", "fraud_warning")


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
    letters: dict[str, float] = field(default_factory=dict)
    twists: dict[str, float] = field(default_factory=dict)
    disorder: float = 0.0
    pause_percent: float = 0.0
    attack: str = "none"
    hold_days: int = 7
    share_of_weeks: float = 0.3

    def as_json(self) -> dict[str, Any]:
        """All of it, to be shown and kept."""
        return asdict(self)


def drawn(seed: int) -> Options:
    """The options of this seed, always the same."""
    chance = random.Random(f"options {seed}")  # to be repeated, not a secret
    return Options(
        seed=seed,
        sponsors=chance.choice((1, 1, 2)),
        creators=chance.randint(2, 5),
        campaigns=chance.choice((1, 1, 2, 3, 6)),
        budget_minor=chance.choice((300, 2_000, 20_000, 200_000)),
        workers=chance.randint(1, 4),
        faults={
            kind: {name: round(chance.uniform(0, HIGHEST_PERCENT[kind]), 3) for name in names if chance.random() < 0.5}
            for kind, names in FAULTS.items()
        },
        letters={name: round(chance.uniform(0, 30), 2) for name in LETTERS if chance.random() < 0.5},
        twists={name: round(chance.uniform(0, 6), 2) for name in TWISTS if chance.random() < 0.5},
        disorder=chance.choice((0.0, 0.0, 0.5, 1.0, 3.0)),
        pause_percent=chance.choice((0.0, 0.0, 0.2, 1.0)),
        attack=chance.choice(("none", "none", "burst", "drip", "packages")),
        hold_days=chance.choice((0, 1, 7)),
        share_of_weeks=chance.uniform(0.05, 0.5),
    )


def calm(options: Options) -> Options:
    """The same world with nothing going wrong: what heals in."""
    kept = {**options.as_json(), "faults": {}, "letters": {}, "twists": {}, "disorder": 0.0, "pause_percent": 0.0}
    return Options(**kept)
