"""What creators type about doubts: why a decision is wrong, with a file that shows it."""

import secrets

from django import forms
from django.core.files.uploadedfile import UploadedFile

from cliphaven.fraud.rules import uploads

TEXT_MAX = 4_000
ACCEPTED = ".png,.jpg,.jpeg,.pdf,.csv,image/png,image/jpeg,application/pdf"


class UploadForm(forms.Form):
    """Some words, and a picture, PDF or table of the analytics that only the creator sees."""

    # Of the form that was shown: sent twice, it is done once.
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )
    text = forms.CharField(
        label="Anything that we should know?",
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(
        label="Analytics of your account",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text="PNG, JPEG, PDF or CSV, two megabytes at most: views by source, by country, by seconds watched.",
    )
    field_order = ("request_key", "text", "file")

    def content(self) -> bytes | None:
        """The file's bytes, one more than is taken at most, so that too many are noticed; None where none was sent."""
        sent: UploadedFile[bytes] | None = self.cleaned_data["file"]
        return None if sent is None else sent.read(uploads.BYTES_MAX + 1)

    def file_name(self) -> str:
        """What the file is called, "" where none was sent."""
        sent: UploadedFile[bytes] | None = self.cleaned_data["file"]
        return "" if sent is None else sent.name or ""


class AppealForm(UploadForm):
    """What should be looked at again, with a file where there is one."""

    text = forms.CharField(
        label="What should we look at?",
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Say in your own words where these views came from."},
        help_text="Where did these views come from: a newspaper, a big account, an advert of your own?",
    )


class AnalyticsForm(UploadForm):
    """The analytics that were asked for."""

    file = forms.FileField(
        label="Analytics of your account",
        allow_empty_file=True,
        error_messages={"required": "Choose a screenshot or an export."},
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text="PNG, JPEG, PDF or CSV, two megabytes at most: views by source, by country, by seconds watched.",
    )
    field_order = ("request_key", "file", "text")
