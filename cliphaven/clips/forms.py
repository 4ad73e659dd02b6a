"""What creators and sponsors type about clips and channels."""

import secrets

from django import forms

from cliphaven.campaigns.models import Platform
from cliphaven.clips.rules.intake import pasted_lines
from cliphaven.clips.rules.profiles import MAX_LENGTH as PROFILE_LENGTH_MAX
from cliphaven.foundation.shapes import ID_MAX

TEXT_MAX = 120_000
"""Characters in one submission: fifty addresses of the longest kind."""
NOTE_MAX = 2000


def fresh_key() -> str:
    """A key for a form that is about to be shown."""
    return secrets.token_urlsafe(12)


class SubmitForm(forms.Form):
    """A campaign and the links of clips, one a line."""

    campaign = forms.IntegerField(
        min_value=1, max_value=ID_MAX, error_messages={"required": "Choose a campaign first."}
    )
    # Of the form that was shown: sent twice, its links are submitted once.
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z",
        required=False,
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        initial=fresh_key,
    )
    links = forms.CharField(
        label="Links",
        max_length=TEXT_MAX,
        error_messages={
            "required": "Paste at least one link.",
            "max_length": "This is longer than fifty links can be. Paste up to fifty at a time.",
        },
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "none"}),
        help_text="TikTok, Instagram or YouTube, one on each line.",
    )

    def clean_links(self) -> list[str]:
        """The links that were pasted, one a line."""
        lines = pasted_lines(self.cleaned_data["links"])
        if not lines:  # nothing but what cannot be seen
            raise forms.ValidationError(self.fields["links"].error_messages["required"])
        return lines


class ChannelForm(forms.Form):
    """A platform and a handle or profile address."""

    platform = forms.ChoiceField(label="Platform", choices=Platform.choices)
    profile = forms.CharField(
        label="Handle or profile address",
        max_length=PROFILE_LENGTH_MAX,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text="Like @name, or the address of your profile.",
    )


class DecisionForm(forms.Form):
    """What a reviewer answers to a clip they refuse; whether rule and note are sound, the operation says."""

    code = forms.CharField(required=False)
    note = forms.CharField(required=False)
    outcome = forms.CharField(required=False, empty_value="rejected")


class FixForm(forms.Form):
    """What a creator answers to a refusal."""

    note = forms.CharField(
        label="What did you change?",
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The sponsor reads this word for word.",
    )
