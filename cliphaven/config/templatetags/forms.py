"""Template filters that make a Django form field stand properly in a page, and the small ones components need."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.utils.html import json_script
from django.utils.safestring import SafeString

register = template.Library()

_ALERT_ICONS = {
    "good": "circle-check",
    "done": "circle-check",
    "wait": "clock",
    "stop": "triangle-alert",
    "hold": "shield-check",
}


@register.filter
def described(field: BoundField) -> SafeString:
    """The field's widget, tied to its help and error texts for screen readers, marked invalid when it has errors.

    Django ties the help text by itself only while the field's own template draws it; our pages draw it themselves.
    """
    ids = []
    if field.help_text:
        ids.append(f"{field.auto_id}_help")
    if field.errors:
        ids.append(f"{field.auto_id}_error")
    attrs: dict[str, Any] = {}
    if ids:
        attrs["aria-describedby"] = " ".join(ids)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is one box to tick: its label then stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def alert_icon(tone: str) -> str:
    """The symbol of `icons.svg` that goes with a message of this tone."""
    return _ALERT_ICONS.get(tone, "info")


@register.filter
def message_tone(tags: str) -> str:
    """The tone of a Django message by its level tag."""
    return {"success": "good", "warning": "wait", "error": "stop"}.get(tags, "move")


@register.filter
def json_script_named(value: object, name: str) -> SafeString:
    """The data of the chart `name` as an inert JSON script element, its id ending in "-data"."""
    return json_script(value, f"{name}-data")
