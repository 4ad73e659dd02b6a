"""What is polled when, what every poll said, and what it cost."""

from cliphaven.tracking.models.acts import TrackingAct, TrackingDeed
from cliphaven.tracking.models.calls import VendorCall
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

__all__ = [
    "PLATFORMS_OF",
    "Availability",
    "Observation",
    "TrackedCampaign",
    "TrackedClip",
    "TrackingAct",
    "TrackingDeed",
    "Vendor",
    "VendorCall",
    "VendorPrice",
    "vendor_of",
]
