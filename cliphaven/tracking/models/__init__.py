"""What is polled when, what every poll said, and what it cost."""

from cliphaven.tracking.models.acts import TrackingAct, TrackingDeed
from cliphaven.tracking.models.bills import VendorBill
from cliphaven.tracking.models.calls import VendorCall
from cliphaven.tracking.models.canaries import Canary, CanaryReading
from cliphaven.tracking.models.observations import Observation
from cliphaven.tracking.models.polling import (
    Availability,
    PriceStep,
    TrackedCampaign,
    TrackedClip,
    VendorPrice,
)
from cliphaven.tracking.models.purges import Purge

__all__ = [
    "Availability",
    "Canary",
    "CanaryReading",
    "Observation",
    "PriceStep",
    "Purge",
    "TrackedCampaign",
    "TrackedClip",
    "TrackingAct",
    "TrackingDeed",
    "VendorBill",
    "VendorCall",
    "VendorPrice",
]
