"""Writing: what happened is announced with the fact; endpoints are made and steered; letters go out."""

from cliphaven.deliveries.operations.announcing import DELIVER, Fact, announce

__all__ = ["DELIVER", "Fact", "announce"]
