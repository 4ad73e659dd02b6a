"""What about the vendors of counts a person must see: no credit, a refused key, a bill that is not ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.tracking.models import VendorBill
from cliphaven.tracking.queries import bills, refusals

PAGE = "/staff/tracking/"
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


def alarms(*, now: datetime) -> list[VendorAlarm]:
    """What of the last hour's calls, and of the latest bill, somebody must do something about."""
    return [*_refusals(now), *_bills()]


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
