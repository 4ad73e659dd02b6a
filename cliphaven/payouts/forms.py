"""Shapes of what the staff write on payday."""

import secrets

from django import forms

from cliphaven.payouts.models import PauseReason


class ReasonForm(forms.Form):
    """Why something is done to a batch or a transfer."""

    reason = forms.CharField(max_length=300, label="Why", help_text="Kept with your name.")


class KeyedReasonForm(ReasonForm):
    """Why something is done that must not be done twice, with a key of the form that was shown."""

    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )


class BankForm(KeyedReasonForm):
    """Why payouts to a new bank account begin sooner, and to which: the one that was looked at."""

    bank_id = forms.CharField(max_length=64)


class PauseForm(forms.Form):
    """Why a creator's payouts are paused: one reason that the creator reads, and a note that stays with the staff."""

    reason = forms.ChoiceField(choices=PauseReason.choices, label="What the creator reads")
    note = forms.CharField(max_length=300, label="Note for the staff")
