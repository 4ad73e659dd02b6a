"""Reading the books: balances now and at any past moment, statements, entries, and the proof that they are sound."""

from cliphaven.ledger.queries.balances import (
    TrialBalance,
    TrialBalanceLine,
    balance,
    balances,
    trial_balance,
    trial_balance_from_legs,
)
from cliphaven.ledger.queries.checks import Check
from cliphaven.ledger.queries.closing import (
    Close,
    Seal,
    closable_through,
    closed_through,
    closes,
    horizon_age,
    seals,
)
from cliphaven.ledger.queries.derived import prove_sample
from cliphaven.ledger.queries.entries import (
    ClaimedLeg,
    EntryFacts,
    LegFacts,
    MirrorLeg,
    entry,
    entry_count,
    has_more_legs_than,
    leg_count,
    mirror_legs,
    unlike,
)
from cliphaven.ledger.queries.evidence import prove_newest
from cliphaven.ledger.queries.finding import Found, FoundLeg, search
from cliphaven.ledger.queries.looks import (
    BUCKETS,
    CLOSES,
    EVERYTHING,
    LEGS,
    TIME,
    Limits,
    Look,
    Question,
    asked,
)
from cliphaven.ledger.queries.proofs import QUESTIONS, verify
from cliphaven.ledger.queries.statements import STATEMENT_LINES, Posting, Statement, statement
from cliphaven.ledger.queries.turnovers import moved_by_number, turnover
from cliphaven.ledger.queries.written import legs_as_written

__all__ = [
    "BUCKETS",
    "CLOSES",
    "EVERYTHING",
    "LEGS",
    "QUESTIONS",
    "STATEMENT_LINES",
    "TIME",
    "Check",
    "ClaimedLeg",
    "Close",
    "EntryFacts",
    "Found",
    "FoundLeg",
    "LegFacts",
    "Limits",
    "Look",
    "MirrorLeg",
    "Posting",
    "Question",
    "Seal",
    "Statement",
    "TrialBalance",
    "TrialBalanceLine",
    "asked",
    "balance",
    "balances",
    "closable_through",
    "closed_through",
    "closes",
    "entry",
    "entry_count",
    "has_more_legs_than",
    "horizon_age",
    "leg_count",
    "legs_as_written",
    "mirror_legs",
    "moved_by_number",
    "prove_newest",
    "prove_sample",
    "seals",
    "search",
    "statement",
    "trial_balance",
    "trial_balance_from_legs",
    "turnover",
    "unlike",
    "verify",
]
