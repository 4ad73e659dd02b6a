"""What is polled when, what every poll said, and what it cost."""

from cliphaven.tracking.models.acts import TrackingAct, TrackingDeed
from cliphaven.tracking.models.bills import VendorBill
from cliphaven.tracking.models.calls import VendorCall
from cliphaven.tracking.models.canaries import Canary, CanaryReading
from cliphaven.tracking.models.observations import Observation
from cliphaven.tracking.models.polling import (
    PLATFORMS_OF,
    Availability,
    TrackedCampaign,
    TrackedClip,
    Vendor,
    VendorPrice,
    vendor_of,
)
from cliphaven.tracking.models.purges import Purge

__all__ = [
    "PLATFORMS_OF",
    "Availability",
    "Canary",
    "CanaryReading",
    "Observation",
    "Purge",
    "TrackedCampaign",
    "TrackedClip",
    "TrackingAct",
    "TrackingDeed",
    "Vendor",
    "VendorBill",
    "VendorCall",
    "VendorPrice",
    "vendor_of",
]
