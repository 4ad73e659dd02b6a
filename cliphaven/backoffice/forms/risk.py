"""Shapes of what staff type about doubts: what to show of the queue, decisions with a reason, and a new policy."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cliphaven.backoffice.forms import PLATFORMS
from cliphaven.backoffice.queries.risk_queue import Asked
from cliphaven.campaigns.forms import AmountField
from cliphaven.foundation.money import EXPONENTS, decimal_text
from cliphaven.fraud.models import SignalMode
from cliphaven.fraud.models.cases import EXTENDED_DAYS_MAX
from cliphaven.fraud.queries.policies import PolicyDraft, PolicyVersion
from cliphaven.fraud.rules.judging import MILLI
from cliphaven.fraud.rules.signals.found import SHORT, Signal

KEY = r"^[A-Za-z0-9_-]{8,64}\Z"
NOTE_MAX = 2_000
ANY = ("", "Any")
STATES = [
    ("", "Under way"),
    ("open", "Not decided"),
    ("appealed", "With an appeal to answer"),
    ("voiding", "Decided against, may appeal"),
    ("over", "Over"),
    ("released", "Released"),
    ("voided", "Voided"),
    ("expired", "Ended by itself"),
    ("all", "Any"),
]
SORTS = [
    ("", "Worth most: score × money held"),
    ("held", "Most money held"),
    ("score", "Highest score"),
    ("ends", "Ends first"),
    ("newest", "Newest"),
    ("oldest", "Oldest"),
]
STANDINGS = [
    ANY,
    ("review", "For review"),
    ("hold", "Held"),
    ("watch", "Watched"),
    ("pass", "Doubt is gone"),
    ("evidence", "Certain"),
    ("shadow", "In shadow"),
    ("bypass", "Of the sample"),
]
MODES = [(SignalMode.OFF.value, "Off"), (SignalMode.SHADOW.value, "Shadow"), (SignalMode.LIVE.value, "Live")]

AMOUNTS = {
    "review": ("review_above_minor", "For review from"),
    "clawback": ("clawback_max_minor", "Taken back at most"),
    "credit": ("credit_max_minor", "Credited at most"),
    "analytics": ("analytics_above_minor", "Analytics asked from"),
}
"""The settings of a policy that are amounts, with their labels."""


def _key() -> forms.RegexField:
    return forms.RegexField(KEY, widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12))


class QueueForm(forms.Form):
    """What of the queue to show."""

    band = forms.ChoiceField(label="Band", required=False, choices=STANDINGS)
    state = forms.ChoiceField(label="State", required=False, choices=STATES)
    platform = forms.ChoiceField(label="Platform", required=False, choices=PLATFORMS)
    signal = forms.ChoiceField(
        label="Signal", required=False, choices=[ANY, *((signal.value, words) for signal, words in SHORT.items())]
    )
    campaign = forms.TypedChoiceField(label="Campaign", required=False, coerce=int, empty_value=None)
    sort = forms.ChoiceField(label="In order of", required=False, choices=SORTS)

    def __init__(self, *args: Any, campaigns: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["campaign"].choices = [ANY, *campaigns]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        """The same as the query takes it."""
        cleaned = self.cleaned_data
        return Asked(
            state=cleaned["state"] or "under_way",
            standing=cleaned["band"],
            platform=cleaned["platform"],
            campaign_id=cleaned["campaign"],
            signal=cleaned["signal"],
            sort=cleaned["sort"] or "worth",
        )


class CaseNoteForm(forms.Form):
    """Why, with a key of the form that was shown: sent twice, it is done once."""

    request_key = _key()
    note = forms.CharField(
        label="Why",
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The creator reads it word for word. It stays with the case for ever.",
    )

    @classmethod
    def of(cls, name: str) -> "CaseNoteForm":
        """An empty form about one of several things that can be done."""
        return cls(auto_id=f"id_{name}_%s")


class ExtendCaseForm(CaseNoteForm):
    """For how many days more, and why."""

    days = forms.IntegerField(label="Days more", min_value=1, max_value=EXTENDED_DAYS_MAX, initial=7)
    field_order = ("request_key", "days", "note")

    @classmethod
    def within(cls, days: int) -> "ExtendCaseForm":
        """An empty form about a case that may be extended by so many days at most."""
        form = cls(auto_id="id_extend_%s", initial={"days": min(7, days)})
        form.fields["days"].widget.attrs["max"] = days
        return form


class AnswerForm(CaseNoteForm):
    """Whether the creator is right, and why."""

    granted = forms.ChoiceField(label="Answer", choices=[("yes", "Granted"), ("no", "Refused")])


class PolicyForm(forms.Form):
    """The next version of the policy. Scores are typed as people read them ("3.1"), amounts in each currency."""

    request_key = _key()
    # The version that stood in force on the page.
    after = forms.IntegerField(min_value=0)
    # Of what was shown as a preview: what is saved is what somebody looked at.
    previewed = forms.CharField(required=False, max_length=64)
    hold_from = forms.DecimalField(
        label="Held from a score of",
        required=False,
        min_value=Decimal("0.001"),
        max_value=100,
        decimal_places=3,
        help_text="T₁. Empty: as the peer tables say.",
    )
    release_below = forms.DecimalField(
        label="Doubt ends below",
        required=False,
        min_value=Decimal("0.001"),
        max_value=100,
        decimal_places=3,
        help_text="T₀. Empty: as the peer tables say.",
    )
    peer_table = forms.TypedChoiceField(
        label="Peer tables",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="The command “cliphaven fraud learn” makes some of your own clips.",
    )
    hold_days = forms.IntegerField(label="Days held", min_value=1, max_value=30, help_text="Then it comes back.")
    appeal_days = forms.IntegerField(
        label="Days to appeal", min_value=3, max_value=14, help_text="Nothing is taken before."
    )
    bypass_percent = forms.DecimalField(
        label="Sample, in %",
        min_value=0,
        max_value=20,
        decimal_places=2,
        help_text="Doubted and never held, to measure by.",
    )
    probe_percent = forms.IntegerField(
        label="Read hourly from, in % of T₁", min_value=10, max_value=100, help_text="For 36 hours."
    )
    live_from_percent = forms.IntegerField(
        label="The bar, in %",
        min_value=1,
        max_value=99,
        help_text="So many of a signal's cases must be right, at least, before it goes live.",
    )
    credit_window_days = forms.IntegerField(
        label="Days in which sponsors are credited",
        min_value=0,
        max_value=180,
        help_text="For views that were purged after they were paid.",
    )
    reason = forms.CharField(
        label="Why", max_length=300, required=False, help_text="Kept with the version, and your name."
    )

    def __init__(self, *args: Any, peer_tables: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["peer_table"].choices = [("", "Those of the house"), *peer_tables]  # type: ignore[attr-defined]
        for signal in Signal:
            self.fields[f"mode_{signal.value}"] = forms.ChoiceField(label=SHORT[signal], choices=MODES)
            self.fields[f"despite_{signal.value}"] = forms.BooleanField(label="Live all the same", required=False)
        for currency in EXPONENTS:
            for name, (_, label) in AMOUNTS.items():
                self.fields[f"{name}_{currency}"] = AmountField(label=label, currency=currency)

    @staticmethod
    def shown(version: PolicyVersion) -> dict[str, Any]:
        """What the fields say of a version that is in force."""
        draft = version.draft
        said: dict[str, Any] = {
            "after": version.number,
            "hold_from": _typed(draft.hold_from_milli),
            "release_below": _typed(draft.release_below_milli),
            "peer_table": version.peer_table_id,
            "hold_days": draft.hold_days,
            "appeal_days": draft.appeal_days,
            "bypass_percent": Decimal(draft.bypass_basis_points) / 100,
            "probe_percent": draft.probe_percent,
            "live_from_percent": draft.live_from_percent,
            "credit_window_days": draft.credit_window_days,
        }
        said |= {f"mode_{signal.value}": draft.mode(signal) for signal in Signal}
        for name, (setting, _) in AMOUNTS.items():
            amounts = getattr(draft, setting)
            said |= {f"{name}_{currency}": _amount(amounts, currency) for currency in EXPONENTS}
        return said

    def clean(self) -> dict[str, Any]:
        """Doubt ends where it began, or below."""
        cleaned = super().clean() or {}
        hold, release = cleaned.get("hold_from"), cleaned.get("release_below")
        if hold is not None and release is not None and release > hold:
            self.add_error("release_below", "Doubt ends at or below where it begins.")
        return cleaned

    def draft(self, *, before: PolicyDraft) -> PolicyDraft:
        """What was asked for, as the rules know it; what the form does not show stays as it was."""
        cleaned = self.cleaned_data
        return replace(
            before,
            hold_from_milli=_milli(cleaned["hold_from"]),
            release_below_milli=_milli(cleaned["release_below"]),
            modes={signal.value: cleaned[f"mode_{signal.value}"] for signal in Signal},
            **{
                setting: {currency: cleaned[f"{name}_{currency}"] for currency in EXPONENTS}
                for name, (setting, _) in AMOUNTS.items()
            },
            credit_window_days=cleaned["credit_window_days"],
            hold_days=cleaned["hold_days"],
            appeal_days=cleaned["appeal_days"],
            bypass_basis_points=int(cleaned["bypass_percent"] * 100),
            probe_percent=cleaned["probe_percent"],
            live_from_percent=cleaned["live_from_percent"],
        )

    def despite_bar(self) -> list[str]:
        """The signals that shall be live although they have not cleared the bar."""
        return [signal.value for signal in Signal if self.cleaned_data[f"despite_{signal.value}"]]

    def name(self, *, before: PolicyDraft) -> str:
        """A digest of what was asked for, to know it again."""
        return sha256(repr((self.draft(before=before), self.cleaned_data["peer_table"])).encode()).hexdigest()

    def signal_fields(self) -> list[tuple[str, BoundField, BoundField]]:
        """Each signal with the fields of its mode and of going live below the bar."""
        return [(signal.value, self[f"mode_{signal.value}"], self[f"despite_{signal.value}"]) for signal in Signal]

    def amount_fields(self) -> list[tuple[str, list[BoundField]]]:
        """Each currency with its amounts."""
        return [(currency, [self[f"{name}_{currency}"] for name in AMOUNTS]) for currency in EXPONENTS]


def _typed(milli: int | None) -> Decimal | None:
    return None if milli is None else Decimal(milli) / MILLI


def _milli(score: Decimal | None) -> int | None:
    return None if score is None else int(score * MILLI)


def _amount(amounts: Mapping[str, int], currency: str) -> str:
    return decimal_text(amounts.get(currency, 0), currency=currency)
