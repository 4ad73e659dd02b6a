"""What was earned, what is owed and when it can be paid."""

from cliphaven.earnings.queries.balances import (
    Blocker,
    ExplainedBalance,
    PayablePart,
    TakenBack,
    explained_balance,
    payable_parts,
)
from cliphaven.earnings.queries.holds import HeldClip, HeldSum, HoldsPage, OpenHold, held_clip, held_sums, open_holds
from cliphaven.earnings.queries.positions import Counted, counted
from cliphaven.earnings.queries.sums import (
    CampaignSpend,
    ClipEarnings,
    EarningLine,
    anomalies,
    burn_per_day,
    campaign_spend,
    clip_earnings,
    creator_currencies,
    gross_by_clip,
    net_by_clip,
    spend_today,
)

__all__ = [
    "Blocker",
    "CampaignSpend",
    "ClipEarnings",
    "Counted",
    "EarningLine",
    "ExplainedBalance",
    "HeldClip",
    "HeldSum",
    "HoldsPage",
    "OpenHold",
    "PayablePart",
    "TakenBack",
    "anomalies",
    "burn_per_day",
    "campaign_spend",
    "clip_earnings",
    "counted",
    "creator_currencies",
    "explained_balance",
    "gross_by_clip",
    "held_clip",
    "held_sums",
    "net_by_clip",
    "open_holds",
    "payable_parts",
    "spend_today",
]
