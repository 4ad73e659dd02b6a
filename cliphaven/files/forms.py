"""What a page says of a file before it is sent."""

import secrets
from typing import Any

from django import forms

from cliphaven.files.rules import MEASURES, NAME_MAX, SAID, Purpose


class BringForm(forms.Form):
    """A file's type, length and name. Where a script reads them of the chosen file, nobody types them."""

    # Of the form that was shown: sent twice, it is the same file.
    request_key = forms.RegexField(
        r"^[A-Za-z0-9_-]{8,64}\Z", widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12)
    )
    said_type = forms.ChoiceField(label="What kind of file is it?")
    size_bytes = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    said_name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=NAME_MAX * 4)

    def __init__(self, *args: Any, purpose: Purpose, **options: Any) -> None:
        """`purpose` says which types and how much is taken."""
        super().__init__(*args, **options)
        self._measures = MEASURES[purpose]
        field = self.fields["said_type"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one, SAID[one]) for one in self._measures.types]

    def size(self) -> int:
        """The bytes that may be sent: as many as the script says, or the most that is taken."""
        said: int | None = self.cleaned_data["size_bytes"]
        return self._measures.most_bytes if said is None else said
