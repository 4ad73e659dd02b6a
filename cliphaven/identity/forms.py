"""What people type at the door."""

from typing import Any

from django import forms


class LinkForm(forms.Form):
    """The address to which a way in is mailed."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class PasswordForm(forms.Form):
    """Address and password. It stands on one page with LinkForm, so its fields have ids of their own."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, auto_id="password_%s", **options)
