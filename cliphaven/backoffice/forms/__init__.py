"""Shapes of what staff type: searches in the books, corrections and the decisions on them."""

import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from cliphaven.backoffice.rules import corrections as rules
from cliphaven.foundation.money import EXPONENTS, VIEWS_MAX, UnreadableAmount, minor_from_text
from cliphaven.ledger.chart import ACCOUNT_TYPES, EntryKind, account_named

CURRENCIES = [(currency, currency) for currency in EXPONENTS]
KINDS = [(kind.name.lower(), kind.name.lower().replace("_", " ").capitalize()) for kind in EntryKind]
PLATFORMS = [("", "Any"), ("tiktok", "TikTok"), ("instagram", "Instagram"), ("youtube", "YouTube")]
_DAY = forms.DateInput(attrs={"type": "date"})


def kind_named(name: str) -> EntryKind | None:
    """The kind of entry that an address or a form names, such as "bank_payout"; None for anything else."""
    return EntryKind.__members__.get(name.upper()) if name.islower() else None


def first_moment(cleaned: dict[str, Any]) -> datetime | None:
    """The moment at which the first of the days begins."""
    since = cleaned.get("since")
    return None if since is None else datetime.combine(since, time(), tzinfo=UTC)


def end_moment(cleaned: dict[str, Any]) -> datetime | None:
    """The moment at which the last of the days is over."""
    until = cleaned.get("until")
    return None if until is None else datetime.combine(until + timedelta(days=1), time(), tzinfo=UTC)


class PeriodForm(forms.Form):
    """The days of a statement."""

    since = forms.DateField(label="From", required=False, widget=_DAY)
    until = forms.DateField(label="To", required=False, widget=_DAY)

    def clean(self) -> dict[str, Any]:
        """Days in order."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise forms.ValidationError("The first day is after the last: swap them.")
        return cleaned


class SearchForm(PeriodForm):
    """What legs of the books to find."""

    text = forms.CharField(label="External id, cause or reason", required=False, max_length=200)
    account = forms.CharField(label="Account", required=False, max_length=64)
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Any"), *KINDS])
    amount = forms.CharField(label="Amount", required=False, max_length=20)
    currency = forms.ChoiceField(label="Currency", required=False, choices=[("", "Any"), *CURRENCIES])
    field_order = ("text", "account", "kind", "amount", "currency", "since", "until")

    def clean_account(self) -> str:
        """The code of an account that there can be."""
        code = str(self.cleaned_data["account"]).strip()
        if code and account_named(code, currency="USD") is None:
            raise forms.ValidationError("No account has such a name. Write it like campaign:42:budget.")
        return code

    def clean(self) -> dict[str, Any]:
        """The amount in minor units, as `amount_minor`."""
        cleaned = super().clean()
        text = cleaned.get("amount") or ""
        cleaned["amount_minor"] = None
        if text and not cleaned.get("currency"):
            self.add_error("currency", "Choose the currency of the amount.")
        elif text:
            try:
                cleaned["amount_minor"] = minor_from_text(text, currency=cleaned["currency"])
            except UnreadableAmount as unreadable:
                self.add_error("amount", str(unreadable))
        return cleaned


class CallsForm(PeriodForm):
    """Which calls to vendors to find."""

    platform = forms.ChoiceField(label="Platform", required=False, choices=PLATFORMS)
    state = forms.ChoiceField(
        label="Result",
        required=False,
        choices=[
            ("", "Any"),
            ("answered", "Answered"),
            ("failed", "Failed"),
            ("quarantined", "Quarantined"),
            ("under_way", "Under way"),
        ],
    )
    field_order = ("platform", "state", "since", "until")


class TakenBackForm(forms.Form):
    """Which clips to show of which more was counted than stands."""

    platform = forms.ChoiceField(label="Platform", required=False, choices=PLATFORMS)
    state = forms.ChoiceField(
        label="Its money",
        required=False,
        choices=[
            ("", "Not decided"),
            ("open", "Counts as before"),
            ("held", "Held"),
            ("decided", "Decided"),
        ],
    )


class FindClipForm(forms.Form):
    """A clip by what is known of it."""

    clip = forms.CharField(label="Its number, its video id or its link", max_length=300)


class CanaryForm(forms.Form):
    """A video whose count is known, to ride along with calls."""

    url = forms.CharField(label="Link of the video", max_length=500)
    views = forms.IntegerField(
        label="Views it has", min_value=0, max_value=VIEWS_MAX, help_text="As a person sees them there just now."
    )
    growth_per_day = forms.IntegerField(
        label="Gains a day, at most",
        min_value=0,
        max_value=VIEWS_MAX,
        initial=0,
        help_text="An old video that hardly moves makes the best canary.",
    )
    why = forms.CharField(label="Why this one", max_length=300, help_text="Kept with your name.")


class WhyForm(forms.Form):
    """Why something is done by hand, with a key of the form that was shown: sent twice, it is done once."""

    why = forms.CharField(label="Why", max_length=300, help_text="Kept with your name.")
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )

    @classmethod
    def of(cls, name: str) -> "WhyForm":
        """An empty form about one thing of a page that has several."""
        return cls(auto_id=f"id_{name}_%s")


class CorrectionForm(forms.Form):
    """An entry by hand, for a second person to book."""

    movement = forms.ChoiceField(label="What moves")
    owner_id = forms.IntegerField(
        label="Whose account",
        required=False,
        min_value=1,
        max_value=10**18 - 1,
        help_text="The number of the creator or organisation, where an account is somebody's.",
    )
    amount = forms.CharField(label="Amount", max_length=20)
    currency = forms.ChoiceField(label="Currency", choices=CURRENCIES)
    refers_to = forms.CharField(
        label="What it refers to",
        required=False,
        max_length=120,
        help_text="A balance transaction (txn_…) ties to this entry; or a dispute, a ticket, a mail."
        " For views that are gone, the closed campaign: campaign 42.",
    )
    reason = forms.CharField(
        label="Reason",
        min_length=rules.REASON_LENGTH_MIN,
        max_length=rules.REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the entry for ever.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["movement"].choices = [("", "Choose"), *_movements()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The amount in minor units, as `amount_minor`."""
        cleaned = super().clean() or {}
        if cleaned.get("amount") and cleaned.get("currency"):
            try:
                cleaned["amount_minor"] = minor_from_text(cleaned["amount"], currency=cleaned["currency"])
            except UnreadableAmount as unreadable:
                self.add_error("amount", str(unreadable))
        return cleaned


class ReasonForm(forms.Form):
    """Why a proposal is declined, or a correction undone."""

    reason = forms.CharField(
        label="Why", min_length=rules.REASON_LENGTH_MIN, max_length=rules.REASON_LENGTH_MAX, help_text="Kept for ever."
    )


def _movements() -> list[tuple[str, str]]:
    def code(kind: Any) -> str:
        return ACCOUNT_TYPES[kind].pattern.replace("{owner}", "…")

    return [
        (
            name,
            f"{kind.name.lower().replace('_', ' ').capitalize()}: debit {code(pair.debit)}, credit {code(pair.credit)}",
        )
        for name, (kind, pair) in rules.movements().items()
    ]
