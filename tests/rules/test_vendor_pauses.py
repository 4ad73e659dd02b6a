"""When a vendor's quota is there again: on the same day or the next one, and never in the past."""

from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.clips.rules.pauses import quota_renews_at

MIDNIGHT = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(("asked", "renews"), [(0, 8), (7.99, 8), (8, 32), (23.9, 32)])
def test_quota_is_there_again_at_eight_in_the_morning(asked, renews):
    assert quota_renews_at(MIDNIGHT + timedelta(hours=asked)) == MIDNIGHT + timedelta(hours=renews)
