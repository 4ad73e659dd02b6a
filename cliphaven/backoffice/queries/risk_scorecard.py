"""How right signals are, with the money that moved because of them; and what the sample that is never held says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.earnings.queries import doubted
from cliphaven.foundation.money import BASIS_POINTS
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud.models import CaseEffect
from cliphaven.fraud.queries import policies, scorecards


@dataclass(frozen=True, kw_only=True)
class ScorecardLine:
    """One signal: what became of its cases, and of their money. A case of two signals counts for both."""

    score: scorecards.SignalScore
    money: Sequence[doubted.CaseMoney]

    @property
    def decided(self) -> int:
        """How many of its cases somebody decided."""
        return self.score.upheld + self.score.overturned


@dataclass(frozen=True, kw_only=True)
class SampleReading:
    """The clips that were doubted and are never held. `precision` is None while none of their cases is decided."""

    share_basis_points: int
    cases: int
    open: int
    upheld: int
    overturned: int
    undecided: int

    @property
    def decided(self) -> int:
        """How many of the sample's cases somebody decided."""
        return self.upheld + self.overturned

    @property
    def share_percent(self) -> str:
        """The size of the sample in words: "2" for 200 basis points."""
        return f"{self.share_basis_points * 100 / BASIS_POINTS:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, kw_only=True)
class RiskScorecard:
    """The signals, the most frequent first, the sample, the bar in percent, and since when cases are counted."""

    lines: Sequence[ScorecardLine]
    sample: SampleReading
    bar_percent: int
    since_at: datetime

    @property
    def fired(self) -> list[ScorecardLine]:
        """The signals that made a case."""
        return [line for line in self.lines if line.score.fired]

    @property
    def silent(self) -> list[ScorecardLine]:
        """The signals that made none: of these nothing is measured."""
        return [line for line in self.lines if not line.score.fired]


@one_snapshot
def risk_scorecard(*, now: datetime) -> RiskScorecard:
    """The scorecard of the last ninety days."""
    draft = policies.in_force().version.draft
    scores = scorecards.scorecard(now=now)
    # A case of two signals counts for both, and is asked about once.
    money = doubted.money_of_each({case_id for score in scores for case_id in score.case_ids})
    return RiskScorecard(
        lines=[ScorecardLine(score=score, money=doubted.together(money, score.case_ids)) for score in scores],
        sample=_sample(now=now, share=draft.bypass_basis_points),
        bar_percent=draft.live_from_percent,
        since_at=now - scorecards.LOOKED_BACK,
    )


def _sample(*, now: datetime, share: int) -> SampleReading:
    fates = scorecards.fates(now=now, effect=CaseEffect.BYPASS)
    return SampleReading(
        share_basis_points=share,
        cases=sum(fates.values()),
        open=fates["open"],
        upheld=fates["upheld"],
        overturned=fates["overturned"],
        undecided=fates["undecided"],
    )
