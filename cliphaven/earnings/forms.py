"""Shapes of what the staff decide about a clip's money."""

import secrets
from datetime import UTC, date, datetime, time

from django import forms

from cliphaven.earnings.models import HoldReason, ReversalReason
from cliphaven.earnings.queries.previews import Reversed

NOTE_MAX = 2_000
ENTRIES_MAX = 1_000
_NUMBERS_LENGTH_MAX = 20 * ENTRIES_MAX


def numbers(text: str) -> list[int]:
    """Numbers with commas between them, from an address or a form; what is none is passed over."""
    parts = text[:_NUMBERS_LENGTH_MAX].split(",")
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19][:ENTRIES_MAX]


def midnight(day: date) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(), tzinfo=UTC)


class NoteForm(forms.Form):
    """Why, for the creator, with a key of the form that was shown: sent twice, it is done once."""

    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )
    note = forms.CharField(
        label="Why",
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The creator reads it. It stays with the money for ever.",
    )


class HoldsForm(NoteForm):
    """What becomes of some holds of a clip."""

    holds = forms.CharField(widget=forms.HiddenInput, max_length=_NUMBERS_LENGTH_MAX)

    def clean_holds(self) -> list[int]:
        """Their numbers."""
        return numbers(self.cleaned_data["holds"])


class ExtendForm(HoldsForm):
    """Until when it is kept apart instead."""

    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))


class EntriesForm(NoteForm):
    """A decision about some entries of a clip."""

    entries = forms.CharField(widget=forms.HiddenInput, max_length=_NUMBERS_LENGTH_MAX)

    def clean_entries(self) -> list[int]:
        """Their numbers."""
        return numbers(self.cleaned_data["entries"])


class HoldForm(EntriesForm):
    """Earnings to keep apart: for what reason, and until when."""

    reason = forms.ChoiceField(choices=HoldReason.choices, label="Reason")
    until = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="On this day it comes back by itself, unless somebody decides. Sixty days at most.",
    )
    field_order = ("request_key", "entries", "reason", "note", "until")


class ReversalForm(EntriesForm):
    """Earnings that do not count, and what that was shown to come to."""

    reason = forms.ChoiceField(choices=ReversalReason.choices, label="Reason")
    claw_back = forms.BooleanField(label="Take back what was paid, too", required=False)
    voided = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    clawed_back = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    owed = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    field_order = ("request_key", "entries", "reason", "note", "claw_back")

    def expected(self) -> Reversed:
        """What whoever decided had before their eyes."""
        return Reversed(
            voided_minor=self.cleaned_data["voided"],
            clawed_back_minor=self.cleaned_data["clawed_back"],
            owed_minor=self.cleaned_data["owed"],
        )
