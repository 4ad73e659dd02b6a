"""What people answer."""

from django import forms

from cliphaven.insights.rules import Through


class AnswerForm(forms.Form):
    """Yes or no, and where it was said."""

    says = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")])
    through = forms.ChoiceField(choices=[(one.value, one.value) for one in (Through.ACCOUNT, Through.BANNER)])
    next = forms.CharField(max_length=2_000, required=False)
