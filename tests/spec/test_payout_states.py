"""docs/payout-states.md says what the code does."""

from tests.spec import payout_states


def test_the_page_is_what_the_rules_and_the_stories_say():
    assert payout_states.PAGE.read_text() == payout_states.page(), "run: python -m tests.spec.payout_states"
