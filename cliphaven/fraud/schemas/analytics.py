"""Analytics that creators were asked for, in the shape of the API."""

from datetime import datetime

from ninja import Schema

from cliphaven.foundation.shapes import Money
from cliphaven.fraud.queries import analytics


class AskedAnalytics(Schema):
    """That the creator of a clip was asked for its analytics, because its views are `worth` much, and what they showed:
    of the file the SHA-256 and the size. Nothing follows from no answer."""

    analytics: int
    clip: int
    worth: Money
    asked_at: datetime
    answered_at: datetime | None
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str


class GivenAnalytics(Schema):
    """What was given."""

    analytics: int


def asked_analytics(line: analytics.AnalyticsLine) -> AskedAnalytics:
    """What was asked and shown."""
    return AskedAnalytics(
        analytics=line.request_id,
        clip=line.clip_id,
        worth=Money(amount=line.worth_minor, currency=line.currency),
        asked_at=line.asked_at,
        answered_at=line.answered_at,
        text=line.text,
        file_name=line.file_name,
        file_kind=line.file_kind,
        file_size=line.file_size,
        file_sha256=line.file_sha256,
    )
