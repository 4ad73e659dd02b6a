"""What creators are told of doubts about their clips, in the shape of the API."""

from datetime import datetime

from ninja import Schema

from cliphaven.earnings.queries import own_doubts
from cliphaven.foundation.shapes import Money
from cliphaven.fraud.queries import case_files


class ViewSpan(Schema):
    """Views of a clip, from one count to the next."""

    views_from: int
    views_to: int


class DoubtedMoney(Schema):
    """What a case holds of your earnings: which views, how much, and when it comes back by itself; and what became of
    the rest. `releases_at` is of what comes back first, null while nothing is held."""

    held: Money
    views: list[ViewSpan]
    releases_at: datetime | None
    last_releases_at: datetime | None
    released: Money
    voided: Money


class OwnAppeal(Schema):
    """What you said against a decision, by when it is answered, and how. Of a file the SHA-256 and the size."""

    appeal: int
    against: str
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str
    appealed_at: datetime
    due_at: datetime
    outcome: str
    decided_at: datetime | None
    decision_note: str


class OwnDoubt(Schema):
    """A case of your clip: why in up to three sentences, what it holds, and whether you can appeal now.

    An open case ends by itself at `ends_at`; one decided against you takes nothing before it. `appeal_against` is
    "hold" or "void", "" when there is nothing to appeal against. With `is_asked` we asked for your analytics.
    """

    case: int
    clip: int
    state: str
    is_holding: bool
    is_asked: bool
    opened_at: datetime
    ends_at: datetime
    sentences: list[str]
    money: DoubtedMoney | None
    decision_note: str
    decided_at: datetime | None
    can_appeal: bool
    appeal_against: str
    appeals: list[OwnAppeal]


class OwnDoubts(Schema):
    """Cases of your clips."""

    doubts: list[OwnDoubt]


def own_doubt(doubt: own_doubts.ClipDoubt) -> OwnDoubt:
    """A case as its creator sees it."""
    case = doubt.case
    return OwnDoubt(
        case=case.case_id,
        clip=case.clip_id,
        state=case.state,
        is_holding=case.is_holding,
        is_asked=case.is_asked,
        opened_at=case.opened_at,
        ends_at=case.ends_at,
        sentences=list(case.sentences),
        money=_money(doubt.money) if doubt.money else None,
        decision_note=case.decision_note,
        decided_at=case.decided_at,
        can_appeal=case.can_appeal,
        appeal_against=case.appeal_against,
        appeals=[_appeal(one) for one in case.appeals],
    )


def _money(money: own_doubts.CaseMoney) -> DoubtedMoney:
    def said(minor: int) -> Money:
        return Money(amount=minor, currency=money.currency)

    return DoubtedMoney(
        held=said(money.held_minor),
        views=[ViewSpan(views_from=since, views_to=until) for since, until in money.views],
        releases_at=money.releases_at,
        last_releases_at=money.last_releases_at,
        released=said(money.released_minor),
        voided=said(money.voided_minor),
    )


def _appeal(line: case_files.AppealLine) -> OwnAppeal:
    return OwnAppeal(
        appeal=line.appeal_id,
        against=line.against,
        text=line.text,
        file_name=line.file_name,
        file_kind=line.file_kind,
        file_size=line.file_size,
        file_sha256=line.file_sha256,
        appealed_at=line.appealed_at,
        due_at=line.due_at,
        outcome=line.outcome,
        decided_at=line.decided_at,
        decision_note=line.decision_note,
    )
