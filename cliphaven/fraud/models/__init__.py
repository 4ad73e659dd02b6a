"""How far clips are doubted, the cases about them, what people decided, and by which policy."""

from cliphaven.fraud.models.analytics import AnalyticsRequest
from cliphaven.fraud.models.cases import (
    Appeal,
    AppealedAgainst,
    AppealOutcome,
    CaseDeed,
    CaseEffect,
    CaseEvent,
    CaseEvidence,
    RiskCase,
    RiskCaseState,
)
from cliphaven.fraud.models.policies import PeerTable, Policy, SignalMode
from cliphaven.fraud.models.risk import Assessment, Band, ClipRisk
from cliphaven.fraud.models.traits import Trait, TraitKind

__all__ = [
    "AnalyticsRequest",
    "Appeal",
    "AppealOutcome",
    "AppealedAgainst",
    "Assessment",
    "Band",
    "CaseDeed",
    "CaseEffect",
    "CaseEvent",
    "CaseEvidence",
    "ClipRisk",
    "PeerTable",
    "Policy",
    "RiskCase",
    "RiskCaseState",
    "SignalMode",
    "Trait",
    "TraitKind",
]
