"""Shapes of what the staff write on payday."""

from django import forms

from cliphaven.payouts.models import PauseReason


class ReasonForm(forms.Form):
    """Why a batch is taken back or stopped."""

    reason = forms.CharField(max_length=300, label="Why", help_text="Kept with your name.")


class PauseForm(forms.Form):
    """Why a creator's payouts are paused: one reason that the creator reads, and a note that stays with the staff."""

    reason = forms.ChoiceField(choices=PauseReason.choices, label="What the creator reads")
    note = forms.CharField(max_length=300, label="Note for the staff")
