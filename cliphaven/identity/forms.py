"""What people type at the door."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from cliphaven.foundation.shapes import ID_MAX
from cliphaven.identity.models import Role, StaffRole
from cliphaven.identity.rules.scopes import OF_FACE, SAID
from cliphaven.notifications.rules import UNSEEN, Kind, Wish


class LinkForm(forms.Form):
    """The address to which a way in is mailed."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "id": "link_email"}),
    )


class AddressForm(forms.Form):
    """The address that somebody wants to have."""

    email = forms.EmailField(
        label="New address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class CodeForm(forms.Form):
    """The code of a mail."""

    code = forms.CharField(
        label="Code from the mail",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )


class PasswordForm(forms.Form):
    """Address and password."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ProofCodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label="Code of your app, or a recovery code",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )


class AppCodeForm(forms.Form):
    """The first code of an authenticator app."""

    code = forms.CharField(
        label="Code that the app shows now",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )


class ProofPasswordForm(forms.Form):
    """The password, once more."""

    password = forms.CharField(
        label="Your password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ChosenPasswordForm(forms.Form):
    """A password that somebody chooses."""

    password = forms.CharField(
        label="New password",
        help_text="Twelve characters or more. A few words of your own are better than one with signs in it.",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "12"}),
    )


class PersonForm(forms.Form):
    """Somebody new, and the organisation that is theirs if they are a sponsor."""

    email = forms.EmailField(max_length=254)
    name = forms.CharField(max_length=80)
    organisation = forms.CharField(max_length=120, required=False)


class RoleForm(forms.Form):
    """What somebody may do for an organisation."""

    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.REVIEWER)


class InvitationForm(RoleForm):
    """Whom an organisation invites, and as what."""

    request_key = forms.RegexField(
        r"^[!-~]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex, required=False
    )

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )


class OnceForm(forms.Form):
    """A form that does what it asks for once, however often it is sent."""

    request_key = forms.RegexField(
        r"^[!-~]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex, required=True
    )


class ReasonForm(OnceForm):
    """Why something is done to somebody's account."""

    reason = forms.CharField(label="Why", max_length=500, help_text="It stays with the account for ever.")


class RoleReasonForm(ReasonForm):
    """Which role of the staff is given or taken, and why."""

    role = forms.ChoiceField(label="Role", choices=StaffRole.choices)
    field_order: Sequence[str] = ("request_key", "role", "reason")

    def __init__(self, *args: Any, roles: Sequence[str] | None = None, **kwargs: Any) -> None:
        """`roles` are those to choose from where not all of them make sense."""
        super().__init__(*args, **kwargs)
        if roles is not None:
            self.fields["role"].choices = [(role, role.capitalize()) for role in roles]  # type: ignore[attr-defined]


class EmployForm(RoleReasonForm):
    """Somebody new of the staff."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(label="Name", max_length=80)
    field_order = ("request_key", "email", "name", "role", "reason")


class KeyForm(forms.Form):
    """A key for a program: what it is called, what it is good for, and for how long."""

    face = forms.CharField(widget=forms.HiddenInput, max_length=16)
    name = forms.CharField(
        label="Name", max_length=80, help_text="By which you know it again, such as “Nightly report”."
    )
    scopes = forms.MultipleChoiceField(label="Good for", widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(
        label="Lives for", choices=[(30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "A year")], initial=90
    )

    def __init__(self, *args: Any, face: str, **kwargs: Any) -> None:
        """`face` is the one as which the program will act: it says what a key can be good for."""
        super().__init__(*args, **kwargs)
        self.fields["face"].initial = face
        self.fields["scopes"].choices = [(scope.value, SAID[scope]) for scope in OF_FACE[face]]  # type: ignore[attr-defined]
        self.fields["scopes"].initial = ["read"]


WISHES = (
    (Wish.AT_ONCE, "At once"),
    (Wish.DAILY, "Once a day, together"),
    (Wish.NEVER, "No mail: the inbox is enough"),
)


class InboxForm(forms.Form):
    """What of the inbox somebody wants to see."""

    kind = forms.TypedChoiceField(
        choices=[(kind, kind) for kind in Kind if kind not in UNSEEN], coerce=Kind, empty_value=None, required=False
    )
    new = forms.BooleanField(required=False)
    before = forms.IntegerField(min_value=1, max_value=ID_MAX, required=False)


class ReadForm(forms.Form):
    """One message, or all up to one."""

    message = forms.IntegerField(min_value=1, max_value=ID_MAX, required=False)
    up_to = forms.IntegerField(min_value=1, max_value=ID_MAX, required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two is named."""
        said = super().clean() or {}
        if not said.get("message") and not said.get("up_to"):
            raise forms.ValidationError("Say which message is read.")
        return said


class WishesForm(forms.Form):
    """How somebody wants to hear of each of these kinds."""

    def __init__(self, *arguments: Any, kinds: Sequence[Kind], **named: Any) -> None:
        """A field for each kind, by its name."""
        super().__init__(*arguments, **named)
        for kind in kinds:
            self.fields[kind.value] = forms.TypedChoiceField(
                choices=[(wish.value, label) for wish, label in WISHES], coerce=Wish
            )

    def wish_of(self, kind: Kind) -> Wish:
        """What was said about this kind."""
        wish: Wish = self.cleaned_data[kind.value]
        return wish
