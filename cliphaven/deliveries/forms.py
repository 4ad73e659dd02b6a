"""What people type about endpoints."""

import secrets
from typing import Any

from django import forms

from cliphaven.deliveries.models import DeliveryState
from cliphaven.deliveries.rules import catalogue
from cliphaven.deliveries.rules.addresses import LENGTH_MAX
from cliphaven.deliveries.rules.catalogue import EVERYTHING, KINDS, EventType
from cliphaven.foundation.shapes import ID_MAX

OVERLAPS = (
    (24, "Keep the old one for a day"),
    (72, "Keep the old one for three days"),
    (1, "Keep the old one for an hour"),
    (0, "Drop the old one now: somebody else has it"),
)
SINCE = ((1, "The last hour"), (24, "The last day"), (72, "The last three days"), (24 * 365, "All that the log has"))
WHICH = (("undelivered", "What did not arrive"), ("all", "Everything, also what arrived"))


class EndpointForm(forms.Form):
    """An endpoint: where it is, what it is told of. Sent twice, a new one is made once."""

    face = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )
    url = forms.CharField(
        label="Address",
        max_length=LENGTH_MAX,
        help_text="Where your program listens, over https.",
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "spellcheck": "false",
                "autocapitalize": "none",
                "placeholder": "https://hooks.example.com/cliphaven",
            }
        ),
    )
    description = forms.CharField(
        label="Description", max_length=120, required=False, help_text="By which you know it again."
    )
    everything = forms.BooleanField(label="Everything, also what there will be later", required=False)
    events = forms.MultipleChoiceField(label="Events", widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, face: str, **kwargs: Any) -> None:
        """`face` is the one whose events there are to choose from."""
        super().__init__(*args, **kwargs)
        self.fields["face"].initial = face
        self.fields["events"].choices = [(str(one), KINDS[one].says) for one in catalogue.asked_for(face)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something is asked for."""
        given = super().clean() or {}
        if not given.get("everything") and not given.get("events"):
            self.add_error("events", "Choose what it is told of.")
        return given

    @property
    def subscriptions(self) -> list[str]:
        """What was asked for, in the operations' words."""
        return [EVERYTHING] if self.cleaned_data["everything"] else list(self.cleaned_data["events"])


class SecretForm(forms.Form):
    """How long two secrets hold together."""

    overlap_hours = forms.TypedChoiceField(label="Old secret", choices=OVERLAPS, coerce=int, initial=24)


class AgainForm(forms.Form):
    """What is sent again."""

    hours = forms.TypedChoiceField(label="Since", choices=SINCE, coerce=int, initial=24)
    which = forms.ChoiceField(label="Which", choices=WHICH, initial="undelivered")


class LogForm(forms.Form):
    """What of a log somebody wants to see."""

    state = forms.ChoiceField(choices=DeliveryState.choices, required=False)
    type = forms.ChoiceField(choices=[(str(one), str(one)) for one in EventType], required=False)
    before = forms.IntegerField(min_value=1, max_value=ID_MAX, required=False)
