"""What sponsors type: amounts, terms and dates."""

import secrets
from collections.abc import Iterable
from typing import Any

from django import forms

from cliphaven.campaigns.rules import (
    CLIPS_DAILY_MAX,
    FRESHNESS_DAYS_MAX,
    HOLD_DAYS_MAX,
    REVIEW_HOURS_MAX,
    TermsDraft,
)
from cliphaven.campaigns.rules.clip_rules import (
    LANGUAGES,
    SECONDS_MAX,
    ClipRule,
    RuleKind,
    in_order,
    phrases_typed,
    words_typed,
)
from cliphaven.campaigns.rules.deposits import SMALLEST_MINOR
from cliphaven.foundation.money import EXPONENTS, VIEWS_MAX, UnreadableAmount, formatted, minor_from_text, symbol

RATE_PLATFORMS = ("tiktok", "instagram", "youtube")


def whole_number(text: str) -> int | None:
    """A number from an address, or None when it is not one: ASCII digits only, small enough for a database id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class AmountField(forms.CharField):
    """An amount as people write it ("12.50"), cleaned to integer minor units; None when left empty.

    The form that it is declared in sets its currency: see MoneyForm.
    """

    def __init__(self, *, currency: str = "", **options: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **options)
        self.currency = currency

    def clean(self, value: Any) -> int | None:
        """Minor units. Raises ValidationError with the sentence of the reader."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return minor_from_text(text, currency=self.currency)
        except UnreadableAmount as unreadable:
            raise forms.ValidationError(str(unreadable)) from unreadable


class MoneyForm(forms.Form):
    """A form whose amounts are all in one currency."""

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = currency
        if "currency" in self.fields:
            self.fields["currency"].initial = currency


class TopUpForm(MoneyForm):
    """An amount to pay into the wallet."""

    currency = forms.CharField(widget=forms.HiddenInput, required=False)
    amount = AmountField(label="Amount")

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, currency=currency, **options)
        smallest = formatted(SMALLEST_MINOR[currency], currency=currency)
        self.fields["amount"].help_text = f"At least {smallest}."


class FundForm(MoneyForm):
    """An amount of the wallet for a campaign, with a key of the form that was shown: sent twice, it moves once."""

    amount = AmountField(label="Amount")
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )


class RefundForm(FundForm):
    """An amount of the wallet to give back, with such a key, too."""

    currency = forms.CharField(widget=forms.HiddenInput, required=False)


class NoteForm(forms.Form):
    """What one of the staff writes who sees to money in, with a key of the form that was shown."""

    note = forms.CharField(max_length=300, label="What was done, and why", help_text="Kept with your name.")
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )

    @classmethod
    def of(cls, what: str, number: int) -> "NoteForm":
        """An empty form about one thing of a page that has several."""
        return cls(auto_id=f"id_{what}_{number}_%s")


class RulesForm(forms.Form):
    """What a campaign asks of each clip, so that a machine can look for it."""

    mentions = forms.CharField(
        label="Mentions", max_length=1_200, required=False, help_text="Handles, such as @yourname. All of them."
    )
    hashtags = forms.CharField(
        label="Hashtags", max_length=1_200, required=False, help_text="Such as #trailshoes. All of them."
    )
    phrases = forms.CharField(
        label="Words in the caption",
        max_length=1_200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One phrase a line, such as a code for your shop.",
    )
    min_seconds = forms.IntegerField(
        label="Seconds at least", min_value=1, max_value=SECONDS_MAX, required=False, help_text="Empty: any."
    )
    max_seconds = forms.IntegerField(
        label="Seconds at most", min_value=1, max_value=SECONDS_MAX, required=False, help_text="Empty: any."
    )
    language = forms.ChoiceField(label="Language", choices=[("", "Any"), *LANGUAGES.items()], required=False)
    freshness_days = forms.IntegerField(
        label="Days old at most",
        min_value=1,
        max_value=FRESHNESS_DAYS_MAX,
        initial=7,
        required=False,
        help_text="When it is submitted.",
    )

    def clip_rules(self) -> tuple[ClipRule, ...]:
        """The rules of the cleaned form."""
        data = self.cleaned_data
        rules = [ClipRule(RuleKind.MENTION, handle) for handle in words_typed(data["mentions"], sign="@")]
        rules += [ClipRule(RuleKind.HASHTAG, tag) for tag in words_typed(data["hashtags"], sign="#")]
        rules += [ClipRule(RuleKind.PHRASE, phrase) for phrase in phrases_typed(data["phrases"])]
        for kind in (RuleKind.MIN_SECONDS, RuleKind.MAX_SECONDS, RuleKind.LANGUAGE):
            if data[kind.value]:
                rules.append(ClipRule(kind, str(data[kind.value])))
        return in_order(rules)

    def freshness(self) -> int:
        """The days of the cleaned form; the usual ones when none were typed."""
        return int(self.cleaned_data["freshness_days"] or self.fields["freshness_days"].initial)

    @staticmethod
    def showing(rules: Iterable[ClipRule], *, freshness_days: int) -> dict[str, Any]:
        """What the fields hold to mean these rules."""
        values: dict[str, list[str]] = {}
        for rule in rules:
            values.setdefault(rule.kind, []).append(rule.value)
        return {
            "mentions": " ".join(f"@{handle}" for handle in values.get(RuleKind.MENTION, [])),
            "hashtags": " ".join(f"#{tag}" for tag in values.get(RuleKind.HASHTAG, [])),
            "phrases": "\n".join(values.get(RuleKind.PHRASE, [])),
            **{
                kind.value: next(iter(values.get(kind, [])), "")
                for kind in (RuleKind.MIN_SECONDS, RuleKind.MAX_SECONDS, RuleKind.LANGUAGE)
            },
            "freshness_days": freshness_days,
        }


class CampaignForm(RulesForm, MoneyForm):
    """A campaign's draft: its words, its rules for clips, its rates per 1,000 views, its limits and dates."""

    title = forms.CharField(label="Title", max_length=200)
    brief = forms.CharField(
        label="Brief",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What the clip must show, what it must say, what it must not.",
    )
    currency = forms.ChoiceField(
        label="Currency",
        choices=[(code, f"{code} ({symbol(code)})") for code in EXPONENTS],
        help_text="Of rates, budget and payouts. It stays as it is.",
    )
    rate_tiktok = AmountField(label="TikTok", required=False)
    rate_instagram = AmountField(label="Instagram", required=False)
    rate_youtube = AmountField(label="YouTube", required=False)
    budget = AmountField(label="Budget", required=False, help_text="You put it in from the wallet afterwards.")
    max_per_clip = AmountField(label="At most per clip", required=False, help_text="Empty: no limit.")
    max_per_creator = AmountField(label="At most per creator", required=False, help_text="All their clips together.")
    clips_daily = forms.IntegerField(
        label="Clips a day per creator", min_value=1, max_value=CLIPS_DAILY_MAX, required=False, help_text="Empty: any."
    )
    min_views = forms.IntegerField(
        label="Counts from", min_value=0, max_value=VIEWS_MAX, initial=0, required=False, help_text="Views of one clip."
    )
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    review_hours = forms.IntegerField(
        label="Hours to review",
        min_value=1,
        max_value=REVIEW_HOURS_MAX,
        initial=48,
        help_text="Then clips approve themselves.",
    )
    hold_days = forms.IntegerField(
        label="Days on hold", min_value=0, max_value=HOLD_DAYS_MAX, initial=7, help_text="From earned to payable."
    )

    def terms(self) -> TermsDraft:
        """The terms of the cleaned form."""
        data = self.cleaned_data
        return TermsDraft(
            cpm_minor={
                platform: data[f"rate_{platform}"]
                for platform in RATE_PLATFORMS
                if data[f"rate_{platform}"] is not None
            },
            min_views=data["min_views"] or 0,
            max_payout_per_clip_minor=data["max_per_clip"],
            cap_per_creator_minor=data["max_per_creator"],
            clips_per_creator_daily=data["clips_daily"],
            hold_days=data["hold_days"],
            review_hours=data["review_hours"],
            freshness_days=self.freshness(),
            clip_rules=self.clip_rules(),
        )
