"""What sponsors type, read without guessing."""

import pytest
from django import forms

from cliphaven.campaigns.forms import AmountField, CampaignForm, FundForm, TopUpForm

READABLE = [
    ("12.34", "USD", 12_34),
    ("12.3", "USD", 12_30),
    ("12", "USD", 12_00),
    ("0.01", "USD", 1),
    ("0", "USD", 0),
    ("  5 ", "USD", 5_00),
    ("007", "USD", 7_00),
    ("100000000000", "USD", 10**13),
    ("500", "JPY", 500),
    ("9999999999999", "JPY", 10**13 - 1),
]
UNREADABLE = [
    ("12,34", "USD"),
    ("1,000.00", "USD"),
    ("1_000", "USD"),
    ("12.345", "USD"),
    ("12.", "USD"),
    (".5", "USD"),
    ("-1", "USD"),
    ("+1", "USD"),
    ("1e3", "USD"),
    ("0x10", "USD"),
    ("１００", "USD"),
    ("١٢", "USD"),
    ("NaN", "USD"),
    ("Infinity", "USD"),
    ("$5", "USD"),
    ("5 USD", "USD"),
    ("5\x00", "USD"),
    ("5\n6", "USD"),
    ("100000000000.01", "USD"),
    ("9" * 20, "USD"),
    ("1" * 21, "USD"),
    ("500.0", "JPY"),
    ("", "USD"),
]
FULL = {
    "title": "Trail shoes",
    "brief": "Show the sole.",
    "currency": "USD",
    "rate_tiktok": "1.50",
    "starts_on": "2026-11-02",
    "review_hours": "48",
    "hold_days": "7",
}


@pytest.mark.parametrize(("typed", "currency", "minor"), READABLE)
def test_an_amount_becomes_minor_units(typed, currency, minor):
    assert AmountField(currency=currency).clean(typed) == minor


@pytest.mark.parametrize(("typed", "currency"), UNREADABLE)
def test_what_is_no_amount_is_refused_and_not_guessed(typed, currency):
    with pytest.raises(forms.ValidationError):
        AmountField(currency=currency).clean(typed)


def test_an_amount_that_may_be_left_out_is_none_and_not_zero():
    assert AmountField(required=False).clean(" ") is None


def test_every_funding_form_that_is_shown_has_a_key_of_its_own():
    keys = {FundForm(currency="USD")["request_key"].value() for _ in range(50)}

    assert len(keys) == 50
    assert FundForm({"amount": "5", "request_key": keys.pop()}, currency="USD").is_valid()


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "semi;colon", "x" * 8 + "\n", "é" * 10])
def test_a_funding_form_without_a_sound_key_moves_nothing(key):
    assert not FundForm({"amount": "5", "request_key": key}, currency="USD").is_valid()


def test_a_campaign_form_becomes_terms():
    form = CampaignForm({**FULL, "rate_youtube": "0.90", "max_per_clip": "250", "min_views": "1000"}, currency="USD")

    assert form.is_valid()
    terms = form.terms()
    assert terms.cpm_minor == {"tiktok": 1_50, "youtube": 90}
    assert (terms.max_payout_per_clip_minor, terms.min_views) == (250_00, 1_000)


def test_what_is_left_out_is_no_limit_and_no_rate():
    form = CampaignForm(FULL, currency="USD")

    assert form.is_valid()
    assert form.terms().cpm_minor == {"tiktok": 1_50}
    assert (form.terms().max_payout_per_clip_minor, form.terms().min_views) == (None, 0)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("title", "a\x00b"),
        ("brief", ""),
        ("brief", "x" * 2_001),
        ("currency", "XXX"),
        ("currency", ""),
        ("rate_tiktok", "1.234"),
        ("starts_on", "yesterday"),
        ("starts_on", "2026-02-30"),
        ("ends_on", "99999-01-01"),
        ("review_hours", "0"),
        ("review_hours", "169"),
        ("hold_days", "61"),
        ("hold_days", "1.5"),
        ("min_views", "-1"),
        ("min_views", "1" * 13),
    ],
)
def test_a_campaign_form_says_which_field_is_wrong(field, typed):
    form = CampaignForm({**FULL, field: typed}, currency="USD")

    assert not form.is_valid()
    assert list(form.errors) == [field]


def test_a_top_up_needs_an_amount():
    assert list(TopUpForm({}, currency="USD").errors) == ["amount"]


YEN = {**FULL, "currency": "JPY", "rate_tiktok": "150", "budget": "20000", "max_per_clip": "5000"}


def test_a_campaign_in_yen_is_written_without_decimals():
    form = CampaignForm(YEN, currency="JPY")

    assert form.is_valid()
    assert (form.terms().cpm_minor, form.cleaned_data["budget"]) == ({"tiktok": 150}, 20_000)


@pytest.mark.parametrize("field", ["rate_tiktok", "rate_youtube", "budget", "max_per_clip", "max_per_creator"])
def test_yen_have_no_decimals_in_any_field(field):
    form = CampaignForm({**YEN, field: "100.50"}, currency="JPY")

    assert dict(form.errors) == {field: ["Write the amount in JPY like 1234"]}


@pytest.mark.parametrize("form", [TopUpForm, FundForm])
def test_no_other_form_takes_a_tenth_of_a_yen(form):
    assert "amount" in form({"amount": "100.5", "request_key": "x" * 12}, currency="JPY").errors
    assert "amount" not in form({"amount": "100.5", "request_key": "x" * 12}, currency="EUR").errors
