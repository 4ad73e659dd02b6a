"""What the API tells of doubts with their money: the queue, what a case holds and is linked to, signals, versions."""

from datetime import datetime

from ninja import Schema

from cliphaven.backoffice.queries import risk_cases, risk_policies, risk_queue, risk_scorecard
from cliphaven.foundation.shapes import Money


class QueuedCase(Schema):
    """One case in the queue. `standing` is its clip's band now (review, hold, watch, pass), evidence where the house
    decided, or shadow or bypass where nothing is held; `held` is kept apart now, and at `ends_at` the case, or the
    first hold, ends by itself. `strength_milli` is of the reason: 2000 is one honest clip in a hundred."""

    case: int
    clip: int
    title: str
    platform: str
    creator: int
    creator_name: str
    campaign: int
    campaign_title: str
    state: str
    standing: str
    score_milli: int
    held: Money
    at_stake: Money
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    appeal_due_at: datetime | None
    signal: str
    sentence: str
    strength_milli: int


class RiskQueue(Schema):
    """Cases in the order that was asked for, and their number by standing; `next_after` goes on, "" at the end."""

    cases: list[QueuedCase]
    next_after: str
    counts: dict[str, int]
    in_all: int


class HeldEntry(Schema):
    """An earning entry that the case held; in the books it is `hold`, `hold:{hold}`. `outcome` is "" while it lasts."""

    hold: int
    entry: int
    views_from: int
    views_to: int
    net: Money
    placed_at: datetime
    releases_at: datetime
    ended_at: datetime | None
    outcome: str


class LinkedPerson(Schema):
    """Somebody bound to the creator, by what, and how many cases there were of theirs."""

    creator: int
    name: str
    because: list[str]
    cases: int
    voided: int


class LinkedClip(Schema):
    """A clip that tells something about this one; `case` and `state` are of its latest case."""

    clip: int
    title: str
    platform: str
    creator_name: str
    because: str
    case: int | None
    state: str


class CaseEvidence(Schema):
    """What a case holds and what it is linked to. `would_take` is what a decision against the clip takes of the unpaid,
    and `would_take_back` at most of `paid`. `peers` are the clips that its score is measured by, None if not known."""

    doubted_views: int
    held: Money
    released: Money
    voided: Money
    would_take: Money
    paid: Money
    would_take_back: Money
    releases_at: datetime | None
    entries: list[HeldEntry]
    people: list[LinkedPerson]
    clips: list[LinkedClip]
    peers: int | None
    may_answer_appeals: bool


class SignalMoney(Schema):
    """What the cases of a signal held in one currency, and what of it was let go or voided since."""

    held: Money
    released: Money
    voided: Money


class SignalWithMoney(Schema):
    """One signal: what became of its cases of ninety days, and of their money. What nobody decided is null, not 0."""

    signal: str
    mode: str
    fired: int
    open: int
    upheld: int
    overturned: int
    undecided: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    clears_the_bar: bool | None
    money: list[SignalMoney]


class SampleReading(Schema):
    """The clips that were doubted and are never held, by what people decided of them."""

    share_basis_points: int
    cases: int
    open: int
    upheld: int
    overturned: int
    undecided: int


class SignalsWithMoney(Schema):
    """The scorecard with money, the sample that is never held, and the bar in percent."""

    signals: list[SignalWithMoney]
    sample: SampleReading
    bar_percent: int
    since_at: datetime


class PolicyVersion(Schema):
    """One version: what changed, in words, and the signals that were made live below the bar, with what was known."""

    number: int
    who: str
    made_at: datetime | None
    reason: str
    changes: list[str]
    against_the_bar: dict[str, str]


class PolicyHistory(Schema):
    """The versions, the latest first; number 0 is what an installation begins with."""

    versions: list[PolicyVersion]


def queue(found: risk_queue.RiskQueue) -> RiskQueue:
    """A page of the queue."""
    return RiskQueue(
        cases=[_queued(line) for line in found.cases],
        next_after=found.next_after,
        counts=dict(found.counts),
        in_all=found.in_all,
    )


def evidence(found: risk_cases.CasePage) -> CaseEvidence:
    """What a case holds and is linked to."""
    sums = found.sums

    def money(minor: int) -> Money:
        return Money(amount=minor, currency=sums.currency)

    return CaseEvidence(
        doubted_views=found.doubted_views,
        held=money(sums.held_minor),
        released=money(sums.released_minor),
        voided=money(sums.voided_minor),
        would_take=money(sums.unpaid_minor),
        paid=money(sums.paid_minor),
        would_take_back=money(sums.back_minor),
        releases_at=found.releases_at,
        entries=[
            HeldEntry(
                hold=one.hold_id,
                entry=one.number,
                views_from=one.views_from,
                views_to=one.views_to,
                net=money(one.amount_minor),
                placed_at=one.placed_at,
                releases_at=one.releases_at,
                ended_at=one.ended_at,
                outcome=one.outcome,
            )
            for one in found.entries
        ],
        people=[
            LinkedPerson(
                creator=one.user_id, name=one.name, because=list(one.because), cases=one.cases, voided=one.voided
            )
            for one in found.people
        ],
        clips=[
            LinkedClip(
                clip=one.clip_id,
                title=one.title,
                platform=one.platform,
                creator_name=one.creator_name,
                because=one.because,
                case=one.case_id,
                state=one.state,
            )
            for one in found.clips
        ],
        peers=found.peers.clips,
        may_answer_appeals=found.may_answer,
    )


def signals(card: risk_scorecard.RiskScorecard) -> SignalsWithMoney:
    """The scorecard with its money."""
    return SignalsWithMoney(
        signals=[_signal(line) for line in card.lines],
        sample=SampleReading.from_orm(card.sample),
        bar_percent=card.bar_percent,
        since_at=card.since_at,
    )


def history(lines: list[risk_policies.VersionLine]) -> PolicyHistory:
    """The versions of the policy."""
    return PolicyHistory(
        versions=[
            PolicyVersion(
                number=line.number,
                who=line.who,
                made_at=line.made_at,
                reason=line.reason,
                changes=list(line.changes),
                against_the_bar=dict(line.against_the_bar),
            )
            for line in lines
        ]
    )


def _queued(line: risk_queue.QueuedCase) -> QueuedCase:
    reason = line.reason
    return QueuedCase(
        case=line.case_id,
        clip=line.clip_id,
        title=line.title,
        platform=line.platform,
        creator=line.creator_id,
        creator_name=line.creator_name,
        campaign=line.campaign_id,
        campaign_title=line.campaign_title,
        state=line.state,
        standing=line.standing,
        score_milli=line.score_milli,
        held=Money(amount=line.held_minor, currency=line.currency),
        at_stake=Money(amount=line.at_stake_minor, currency=line.currency),
        opened_at=line.opened_at,
        ends_at=line.ends_at,
        ended_at=line.ended_at,
        appeal_due_at=line.appeal_due_at,
        signal=reason.signal if reason else "",
        sentence=reason.sentence if reason else "",
        strength_milli=reason.strength_milli if reason else 0,
    )


def _signal(line: risk_scorecard.ScorecardLine) -> SignalWithMoney:
    score = line.score
    return SignalWithMoney(
        signal=score.signal,
        mode=score.mode,
        fired=score.fired,
        open=score.open,
        upheld=score.upheld,
        overturned=score.overturned,
        undecided=score.undecided,
        precision=score.precision,
        precision_low=score.precision_low,
        precision_high=score.precision_high,
        clears_the_bar=score.clears_the_bar,
        money=[
            SignalMoney(
                held=Money(amount=one.held_minor, currency=one.currency),
                released=Money(amount=one.released_minor, currency=one.currency),
                voided=Money(amount=one.voided_minor, currency=one.currency),
            )
            for one in line.money
        ],
    )
