"""How long a vendor is left alone that will not serve us. Pure."""

from datetime import UTC, datetime, timedelta

CREDIT_PAUSE = timedelta(hours=1)
"""For so long after a vendor said that its credit is used up: somebody may top it up at any time."""
_QUOTA_RENEWS_AT_HOUR = 8


def quota_renews_at(now: datetime) -> datetime:
    """When YouTube's daily quota is there again: eight in the morning UTC.

    That is midnight in California in winter and an hour after it in summer; an hour too late does no harm.
    """
    today = now.astimezone(UTC).replace(hour=_QUOTA_RENEWS_AT_HOUR, minute=0, second=0, microsecond=0)
    return today if now < today else today + timedelta(days=1)
