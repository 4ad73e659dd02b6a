"""What is polled when, what every poll said, and what it cost."""

from cliphaven.tracking.models.acts import TrackingAct, TrackingDeed
from cliphaven.tracking.models.calls import VendorCall
from cliphaven.tracking.models.observations import Observation
from cliphaven.tracking.models.polling import Availability, TrackedClip

__all__ = ["Availability", "Observation", "TrackedClip", "TrackingAct", "TrackingDeed", "VendorCall"]
