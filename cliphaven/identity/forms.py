"""What people type at the door."""

from django import forms

from cliphaven.identity.models import Role


class LinkForm(forms.Form):
    """The address to which a way in is mailed."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "id": "link_email"}),
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

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
