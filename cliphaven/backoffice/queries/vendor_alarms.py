"""What about counts and their vendors a person must see: no credit, a refused key, a bill that is not ours, views that
became money and are gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.backoffice.queries import anomalies
from cliphaven.clips.models import PauseReason
from cliphaven.clips.queries import pauses
from cliphaven.tracking.models import VendorBill
from cliphaven.tracking.queries import bills, refusals

PAGE = "/staff/tracking/"
TAKEN_BACK = "/staff/tracking/taken-back/"
LOOKED_BACK = timedelta(hours=1)
DIFFERENCE_BORNE_MICROUSD = 50_000
"""Five cents a day: what runs that ended after midnight may still move."""
_SENTENCES = {
    "not-enough-usage-to-run-paid-actor": "The account has no credit left: TikTok and Instagram are not read until"
    " it is topped up.",
    "user-or-token-not-found": "The token is refused: TikTok and Instagram are not read until APIFY_TOKEN is right.",
    "insufficient-permissions": "The token may not do this: TikTok and Instagram are not read until its rights are.",
    "keyInvalid": "The key is refused: YouTube is not read until YOUTUBE_API_KEY is right.",
    "quotaExceeded": "The day's quota is used up: YouTube is not read until midnight in California.",
}


@dataclass(frozen=True, kw_only=True)
class VendorAlarm:
    """One thing that is wrong with a vendor. The key is the same for a day."""

    key: str
    title: str
    sentence: str
    since: datetime
    page: str = PAGE


def alarms(*, now: datetime) -> list[VendorAlarm]:
    """What of the last hour's calls, of the latest bill and of fallen counts somebody must do something about."""
    return [*_pauses(now), *_refusals(now), *_bills(), *_taken_back(now)]


def _pauses(now: datetime) -> Iterator[VendorAlarm]:
    for pause in pauses.pauses(now=now):
        # Of credit and quota the vendor's own words tell, in the alarms below.
        if pause.reason == PauseReason.BUDGET:
            yield VendorAlarm(
                key=f"vendor:budget:{pause.vendor}:{now:%Y-%m-%d}",
                title=f"The day's budget for {pause.label} is spent",
                sentence=f"{pause.label} is polled no more until {pause.ends_at:%a %d %b, %H:%M} UTC; what somebody"
                " waits for is still asked.",
                since=pause.begun_at,
            )


def _taken_back(now: datetime) -> Iterator[VendorAlarm]:
    undecided = [one for one in anomalies.anomalies(states=("open",)) if one.is_warning]
    if undecided:
        number, worst = len(undecided), undecided[0]
        yield VendorAlarm(
            key=f"tracking:taken-back:{now:%Y-%m-%d}",
            title="Counted views are gone",
            sentence=f"{number} {'clip has' if number == 1 else 'clips have'} lost more than a fifth of the views that"
            f" became money, and nothing of it is held; clip {worst.clip_id} most: {worst.missing:,} views.",
            since=min(one.believed_at or one.counted_at for one in undecided),
            page=TAKEN_BACK,
        )


def _refusals(now: datetime) -> Iterator[VendorAlarm]:
    for refusal in refusals.by_code(codes=sorted(_SENTENCES), since=now - LOOKED_BACK):
        vendor = "YouTube" if refusal.platform == "youtube" else "Apify"
        yield VendorAlarm(
            key=f"vendor:{refusal.code}:{now:%Y-%m-%d}",
            title=f"{vendor} refuses us",
            sentence=_SENTENCES[refusal.code],
            since=refusal.at,
        )


def _bills() -> Iterator[VendorAlarm]:
    for bill in bills.latest(at_most=1):
        if bill.strange:
            yield _of_bill(bill, "strange", f"{bill.strange} runs on {bill.billed_on} are none of ours.")
        if abs(bill.difference_microusd) > DIFFERENCE_BORNE_MICROUSD:
            dollars = bill.difference_microusd / 1_000_000
            yield _of_bill(
                bill, "differs", f"Apify asks {dollars:+.2f} USD for {bill.billed_on} beyond what we booked."
            )


def _of_bill(bill: VendorBill, what: str, sentence: str) -> VendorAlarm:
    return VendorAlarm(
        key=f"vendor:bill:{what}:{bill.billed_on}",
        title="Apify's bill is not ours",
        sentence=sentence,
        since=bill.read_at,
    )
