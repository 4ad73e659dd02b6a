"""Vendors that are asked nothing for a while, whoever would ask: every paid question looks here first."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from cliphaven.clips.models import PauseReason, Vendor, VendorPause, vendor_of
from cliphaven.clips.rules import pauses as rules
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.providers import youtube


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A vendor serves nobody before `ends_at`, whatever is asked."""

    vendor: Vendor
    reason: PauseReason
    ends_at: datetime


@no_transaction
def refusal_of(*, platform: str, failure: ProviderFailed, now: datetime) -> Refusal | None:
    """The refusal that a failed question to a platform's vendor tells of; None where only this question failed."""
    vendor = vendor_of(platform)
    if isinstance(failure, youtube.QuotaExhausted):
        return Refusal(vendor=vendor, reason=PauseReason.QUOTA, ends_at=rules.quota_renews_at(now))
    if failure.status == HTTPStatus.PAYMENT_REQUIRED:
        return Refusal(vendor=vendor, reason=PauseReason.CREDIT, ends_at=now + rules.CREDIT_PAUSE)
    return None


@own_transaction
def keep(*, refusal: Refusal, now: datetime) -> None:
    """Ask the vendor nothing before the refusal ends, from now on."""
    begin(vendor=refusal.vendor, reason=refusal.reason, ends_at=refusal.ends_at, now=now)


@joined_transaction
def begin(*, vendor: Vendor, reason: PauseReason, ends_at: datetime, now: datetime) -> None:
    """Leave a vendor alone until a moment. One that is left alone for this already stays so as it began."""
    pause, is_new = VendorPause.objects.select_for_update().get_or_create(
        vendor=vendor, reason=reason, defaults={"begun_at": now, "ends_at": ends_at}
    )
    if not is_new:
        pause.begun_at = pause.begun_at if pause.ends_at > now else now
        pause.ends_at = max(pause.ends_at, ends_at)
        pause.save(update_fields=["begun_at", "ends_at"])


@joined_transaction
def end(*, vendor: Vendor, reason: PauseReason, now: datetime) -> None:
    """Ask a vendor again from now on, if it was for this reason that it was not."""
    VendorPause.objects.filter(vendor=vendor, reason=reason, ends_at__gt=now).update(ends_at=now)
