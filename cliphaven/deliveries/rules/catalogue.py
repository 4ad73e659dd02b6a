"""What endpoints can be told: one table of kinds of events, with all that a letter of each kind says.

A kind gains fields and never loses one, nor does one change what it means: that would be another version beside it.
Ids, amounts and codes go out; names, addresses and secrets never do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

VERSION = 1
EVERYTHING = "*"
SPONSOR, CREATOR = "sponsor", "creator"


class EventType(StrEnum):
    """The kinds, by the name under which an endpoint asks for them."""

    CLIP_SUBMITTED = "clip.submitted"
    CLIP_APPROVED = "clip.approved"
    CLIP_NEEDS_FIX = "clip.needs_fix"
    CLIP_REJECTED = "clip.rejected"
    CAMPAIGN_FUNDED = "campaign.funded"
    CAMPAIGN_DEFUNDED = "campaign.defunded"
    CAMPAIGN_ACTIVATED = "campaign.activated"
    CAMPAIGN_PAUSED = "campaign.paused"
    CAMPAIGN_COMPLETED = "campaign.completed"
    CAMPAIGN_CLOSED = "campaign.closed"
    DEPOSIT_PAID = "deposit.paid"
    REFUND_PAID = "refund.paid"
    REFUND_FAILED = "refund.failed"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    EARNINGS_CLEARED = "earnings.cleared"
    EARNINGS_HELD = "earnings.held"
    EARNINGS_RELEASED = "earnings.released"
    EARNINGS_REVERSED = "earnings.reversed"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"
    ENDPOINT_TEST = "endpoint.test"


class Shape(StrEnum):
    """What a field holds; the word stands in the documents."""

    ID = "id"
    NUMBER = "whole number"
    MONEY = "money"
    MOMENT = "moment"
    WORD = "word"
    LINK = "link"
    FLAG = "yes or no"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that a letter says."""

    shape: Shape
    says: str
    example: Any
    may_be_null: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of event: when it happens, who can hear of it, and what its letter says."""

    says: str
    faces: tuple[str, ...]
    fields: Mapping[str, Field]


def _id(says: str, example: int) -> Field:
    return Field(shape=Shape.ID, says=says, example=example)


def _money(says: str, amount: int = 12_500) -> Field:
    return Field(shape=Shape.MONEY, says=says, example={"amount": amount, "currency": "USD"})


def _word(says: str, example: str) -> Field:
    return Field(shape=Shape.WORD, says=says, example=example)


_CAMPAIGN = {"campaign_id": _id("the campaign", 12)}
_CLIP = {
    "clip_id": _id("the clip", 345),
    **_CAMPAIGN,
    "platform": _word("tiktok, instagram or youtube", "tiktok"),
}
_OF_CLIP = {"clip_id": _id("the clip", 345), **_CAMPAIGN}
_CODE = _word("the rule, as the clip's page names it", "off_brief")

KINDS: Mapping[EventType, Kind] = {
    EventType.CLIP_SUBMITTED: Kind(
        says="A clip waits for your decision",
        faces=(SPONSOR,),
        fields={
            **_CLIP,
            "url": Field(
                shape=Shape.LINK, says="where it is", example="https://www.tiktok.com/@a/video/7106798200794926362"
            ),
            "approves_at": Field(
                shape=Shape.MOMENT, says="when it is approved unless somebody decides", example="2026-11-25T09:30:00Z"
            ),
        },
    ),
    EventType.CLIP_APPROVED: Kind(
        says="A clip counts from now on",
        faces=(SPONSOR, CREATOR),
        fields={**_CLIP, "by": _word("reviewer, or clock when the time for review ran out", "reviewer")},
    ),
    EventType.CLIP_NEEDS_FIX: Kind(
        says="A clip went back to its creator, who may change it",
        faces=(SPONSOR, CREATOR),
        fields={**_CLIP, "code": _CODE},
    ),
    EventType.CLIP_REJECTED: Kind(
        says="A clip was not accepted",
        faces=(SPONSOR, CREATOR),
        fields={
            **_CLIP,
            "code": _CODE,
            "is_final": Field(shape=Shape.FLAG, says="whether it can be submitted again", example=False),
        },
    ),
    EventType.CAMPAIGN_FUNDED: Kind(
        says="Money of the wallet was set aside for a campaign",
        faces=(SPONSOR,),
        fields={**_CAMPAIGN, "amount": _money("what was set aside", 500_000)},
    ),
    EventType.CAMPAIGN_DEFUNDED: Kind(
        says="Unspent money of a campaign went back to the wallet",
        faces=(SPONSOR,),
        fields={**_CAMPAIGN, "amount": _money("what went back")},
    ),
    EventType.CAMPAIGN_ACTIVATED: Kind(says="A campaign takes clips", faces=(SPONSOR,), fields=_CAMPAIGN),
    EventType.CAMPAIGN_PAUSED: Kind(
        says="A campaign takes no new clips; those in it go on earning", faces=(SPONSOR,), fields=_CAMPAIGN
    ),
    EventType.CAMPAIGN_COMPLETED: Kind(
        says="A campaign is over: no more clips, its last views are read and paid",
        faces=(SPONSOR,),
        fields={
            **_CAMPAIGN,
            "because": _word("budget_used, last_day, or ended when somebody ended it before", "budget_used"),
        },
    ),
    EventType.CAMPAIGN_CLOSED: Kind(
        says="A campaign is closed, and what nobody earned is back in the wallet",
        faces=(SPONSOR,),
        fields={**_CAMPAIGN, "returned": _money("what came back, which may be nothing", 0)},
    ),
    EventType.DEPOSIT_PAID: Kind(
        says="A payment arrived in the wallet",
        faces=(SPONSOR,),
        fields={"deposit_id": _id("the payment", 78), "amount": _money("what arrived", 500_000)},
    ),
    EventType.REFUND_PAID: Kind(
        says="A refund left for your bank",
        faces=(SPONSOR,),
        fields={"refund_id": _id("the refund", 9), "amount": _money("what left")},
    ),
    EventType.REFUND_FAILED: Kind(
        says="A refund did not arrive: its money is back in the wallet",
        faces=(SPONSOR,),
        fields={"refund_id": _id("the refund", 9), "amount": _money("what came back")},
    ),
    EventType.CREDIT_NOTE_ISSUED: Kind(
        says="Paid views did not count after all, and were credited to the wallet",
        faces=(SPONSOR,),
        fields={
            "credit_note_id": _id("the credit note", 5),
            **_CAMPAIGN,
            "views": Field(
                shape=Shape.NUMBER,
                says="views that do not count, null where they were not counted one by one",
                example=41_200,
                may_be_null=True,
            ),
            "amount": _money("what was credited", 6_180),
        },
    ),
    EventType.EARNINGS_CLEARED: Kind(
        says="The hold period of earnings is over: they go out with the next payout",
        faces=(CREATOR,),
        fields={
            "amount": _money("what became payable, before what is owed is taken"),
            "entries": Field(shape=Shape.NUMBER, says="earning entries that it is made of", example=14),
        },
    ),
    EventType.EARNINGS_HELD: Kind(
        says="Earnings of a clip are kept apart while somebody looks at them",
        faces=(CREATOR,),
        fields={
            **_OF_CLIP,
            "amount": _money("what is held"),
            "reason": _word("why, as the clip's page says it", "views_dropped"),
            "releases_at": Field(
                shape=Shape.MOMENT, says="when it comes back by itself", example="2026-12-05T09:30:00Z"
            ),
        },
    ),
    EventType.EARNINGS_RELEASED: Kind(
        says="Held earnings of a clip are back where they were",
        faces=(CREATOR,),
        fields={**_OF_CLIP, "amount": _money("what came back")},
    ),
    EventType.EARNINGS_REVERSED: Kind(
        says="Earnings of a clip do not count after all",
        faces=(CREATOR,),
        fields={
            **_OF_CLIP,
            "amount": _money("what does not count"),
            "reason": _word("why, as the clip's page says it", "bought_views"),
        },
    ),
    EventType.PAYOUT_PAID: Kind(
        says="A payout reached the bank",
        faces=(CREATOR,),
        fields={
            "payout": _word("the payout, as /api/v1/payouts/… names it", "12-USD"),
            "week": _word("the week it is of", "2026-W47"),
            "amount": _money("what arrived", 48_210),
        },
    ),
    EventType.PAYOUT_FAILED: Kind(
        says="A payout did not reach the bank, or came back from it: the money is still yours",
        faces=(CREATOR,),
        fields={
            "payout": _word("the payout, as /api/v1/payouts/… names it", "12-USD"),
            "week": _word("the week it is of", "2026-W47"),
            "amount": _money("what did not arrive", 48_210),
            "code": _word("the bank's or Stripe's word for why", "account_closed"),
        },
    ),
    EventType.ENDPOINT_TEST: Kind(
        says="Somebody pressed “Send a test”; an endpoint gets it whatever else it asked for",
        faces=(),
        fields={"message": _word("what it is about", "This is a test")},
    ),
}


def asked_for(face: str) -> list[EventType]:
    """What an endpoint of this face can ask for, in the order of the catalogue."""
    return [type_ for type_, kind in KINDS.items() if face in kind.faces]


def wants(subscriptions: str, type_: EventType) -> bool:
    """Whether an endpoint with these words is told of this kind."""
    return type_ is EventType.ENDPOINT_TEST or bool({EVERYTHING, str(type_)} & set(subscriptions.split()))


def check(type_: EventType, data: Mapping[str, Any]) -> None:
    """Raises ValueError where `data` is not what the catalogue says of this kind."""
    if data.keys() != KINDS[type_].fields.keys():
        raise ValueError(f"A letter {type_} says {', '.join(KINDS[type_].fields)}, not {', '.join(data)}")


def body(*, event_id: str, type_: EventType, data: Mapping[str, Any], happened_at: datetime) -> str:
    """The letter, as its bytes go out each time. Raises ValueError where `data` is not what the catalogue says."""
    check(type_, data)
    letter = {
        "id": event_id,
        "type": str(type_),
        "version": VERSION,
        "timestamp": moment(happened_at),
        "data": {name: _written(value) for name, value in data.items()},
    }
    return json.dumps(letter, separators=(",", ":"), ensure_ascii=False)


def money(amount_minor: int, currency: str) -> dict[str, int | str]:
    """An amount as letters, and the API, say it."""
    return {"amount": amount_minor, "currency": currency}


def moment(at: datetime) -> str:
    """A moment as letters say it: in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _written(value: object) -> object:
    return moment(value) if isinstance(value, datetime) else value
