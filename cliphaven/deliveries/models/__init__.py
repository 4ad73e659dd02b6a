"""Endpoints, what they are told, and each try to tell them."""

from cliphaven.deliveries.models.endpoints import Deed, Endpoint, EndpointAct, OffBecause
from cliphaven.deliveries.models.letters import Delivery, DeliveryState, DeliveryTry, Event

__all__ = [
    "Deed",
    "Delivery",
    "DeliveryState",
    "DeliveryTry",
    "Endpoint",
    "EndpointAct",
    "Event",
    "OffBecause",
]
