"""What people type at the door."""

from django import forms


class LinkForm(forms.Form):
    """The address to which a way in is mailed."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "id": "link_email"}),
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


class PersonForm(forms.Form):
    """Somebody new, and the organisation that is theirs if they are a sponsor."""

    email = forms.EmailField(max_length=254)
    name = forms.CharField(max_length=80)
    organisation = forms.CharField(max_length=120, required=False)
