"""What is known of doubt: which earnings are to be held, cases and their files, policies, and how right signals are."""

from cliphaven.fraud.queries.policies import clawback_max_minor
from cliphaven.fraud.queries.verdicts import HOLDER, Decided, Verdict, cases_to_settle, clips_to_hold, holder, to_hold

__all__ = [
    "HOLDER",
    "Decided",
    "Verdict",
    "cases_to_settle",
    "clawback_max_minor",
    "clips_to_hold",
    "holder",
    "to_hold",
]
