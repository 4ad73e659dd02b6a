"""What an installation may say of itself: amounts by currency, in minor units, of currencies that have books."""

import pytest
from pydantic import ValidationError

from cliphaven.config.environment import Environment


def with_amounts(amounts: str, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("CLIPHAVEN_RELEASE_LIMIT_MINOR", amounts)
    return Environment()


def test_without_a_word_about_as_much_of_each_currency_goes_without_a_release(monkeypatch):
    monkeypatch.delenv("CLIPHAVEN_RELEASE_LIMIT_MINOR", raising=False)
    monkeypatch.delenv("CLIPHAVEN_MINIMUM_PAYOUT_MINOR", raising=False)
    said = Environment()

    assert said.cliphaven_release_limit_minor == {
        "USD": 10_000 * 100,
        "EUR": 10_000 * 100,
        "GBP": 10_000 * 100,
        "JPY": 1_000_000,  # has no smaller unit, and a yen is about a hundredth of the others
    }
    assert said.cliphaven_minimum_payout_minor == {"USD": 10_00, "EUR": 10_00, "GBP": 10_00, "JPY": 1_000}


def test_one_currency_that_is_given_leaves_the_others_as_they_are(monkeypatch):
    limits = with_amounts('{"EUR": 500}', monkeypatch).cliphaven_release_limit_minor

    assert (limits["EUR"], limits["USD"]) == (500, 10_000 * 100)


@pytest.mark.parametrize("amounts", ['{"XYZ": 5}', '{"USD": 0}', '{"USD": -1}', '{"USD": 1.5}', "1000"])
def test_an_amount_that_makes_no_sense_does_not_start(amounts, monkeypatch):
    with pytest.raises((ValidationError, ValueError)):
        with_amounts(amounts, monkeypatch)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"S3_BUCKET": "files", "S3_ACCESS_KEY_ID": "", "S3_SECRET_ACCESS_KEY": "x"}, "S3_ACCESS_KEY_ID"),
        ({"S3_BUCKET": "files", "S3_ACCESS_KEY_ID": "x", "S3_SECRET_ACCESS_KEY": ""}, "S3_SECRET_ACCESS_KEY"),
        ({"POSTHOG_KEY": "phc_x"}, "POSTHOG_PROJECT_ID"),
        ({"POSTHOG_KEY": "phc_x", "POSTHOG_PROJECT_ID": "1"}, "POSTHOG_PERSONAL_KEY"),
        ({"POSTHOG_KEY": "phc_x", "POSTHOG_PROJECT_ID": "1/../2", "POSTHOG_PERSONAL_KEY": "phx"}, "a number"),
    ],
)
def test_what_needs_more_than_was_given_does_not_start(given, missing, monkeypatch):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=missing):
        Environment()
