"""How a correction says what it is about."""

import pytest

from cliphaven.backoffice.rules.corrections import campaign_named


@pytest.mark.parametrize(
    ("reference", "campaign_id"),
    [
        ("campaign 42", 42),
        ("  campaign   42 ", 42),
        ("campaign 42, clip 7", 42),
        ("campaign 042", None),
        ("campaign 42 clip 7", None),
        ("the campaign 42", None),
        ("campaign ４２", None),
        (f"campaign {'9' * 30}", None),
        ("txn_42", None),
    ],
)
def test_a_campaign_is_named_in_one_way(reference, campaign_id):
    assert campaign_named(reference) == campaign_id
