"""Made-up figures for the design page, so that every part can be looked at without a database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms, template

from cliphaven.config.templatetags.states import LOOKS

register = template.Library()

_TONES = ("quiet", "wait", "good", "move", "done", "stop", "hold")
_COLOURS = {
    "Ground and ink": ["paper", "surface", "sunk", "line", "edge", "ink", "ink-soft", "ink-faint"],
    "Brand": ["brand", "brand-hover", "brand-wash", "buoy", "buoy-loud", "buoy-ink", "buoy-wash"],
    "Deep ground": ["deep", "deep-lift", "rail", "rail-lift", "rail-ink", "rail-soft"],
    "Tide": ["tide-1", "tide-2", "tide-3", "tide-4", "tide-5", "tide-6"],
    "Tones": [f"{tone}-{part}" for tone in _TONES for part in ("ink", "wash", "mark")],
}


class SampleForm(forms.Form):
    """One field of each kind, shown with its help and its errors."""

    name = forms.CharField(help_text="Creators see this name.")
    budget = forms.CharField(required=False)
    rule = forms.ChoiceField(choices=[("product", "Show the product"), ("name", "Say the name")])
    note = forms.CharField(widget=forms.Textarea)
    agree = forms.BooleanField(label="I have read the terms", help_text="They are pinned to the clip.")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What design.html shows; every figure is made up."""

    minor: int
    views: int
    earlier: datetime
    deadlines: list[datetime]
    stages: list[dict[str, Any]]
    chart: dict[str, Any]
    money_chart: dict[str, Any]
    rates: list[dict[str, Any]]
    clip: dict[str, Any]
    unread_clip: dict[str, Any]
    form: forms.Form
    states: dict[str, list[str]]
    colours: dict[str, list[str]]


@register.simple_tag
def design_sample(now: datetime) -> Sample:
    """Everything the design page shows, around the moment `now`."""
    form = SampleForm({"name": "", "budget": "12", "rule": "product", "note": "A note", "agree": ""})
    form.is_valid()
    return Sample(
        minor=128407,
        views=1_289_345,
        earlier=now - timedelta(minutes=12),
        deadlines=[now + timedelta(minutes=left) for left in (31 * 60 + 20, 9 * 60, 45, -1)],
        stages=_stages(),
        chart=_views_chart(now),
        money_chart=_spend_chart(now),
        rates=[{"platform": "tiktok", "cpm_minor": 150}, {"platform": "youtube", "cpm_minor": 200}],
        clip=_clip(state="approved", views=48_211, read_at=now - timedelta(minutes=12), earned_minor=7231),
        unread_clip=_clip(state="pending", views=None, read_at=None, earned_minor=0),
        form=form,
        states={kind: list(looks) for kind, looks in LOOKS.items()},
        colours=_COLOURS,
    )


def _stages() -> list[dict[str, Any]]:
    rows = (
        ("Accruing", 4310, "views of the last hours"),
        ("Clearing", 21875, "in the hold period"),
        ("Payable", 128407, "in Monday's batch"),
        ("In a batch", 0, ""),
        ("At Stripe", 9120, "since Monday"),
        ("In your bank", 302455, "all time"),
    )
    return [{"label": label, "amount_minor": amount, "note": note, "url": ""} for label, amount, note in rows]


def _clip(**rest: Any) -> dict[str, Any]:
    named = {"url": "#clips", "title": "A sample clip", "platform": "tiktok", "campaign": "A sample campaign"}
    return {**named, "currency": "USD", **rest}


def _views_chart(now: datetime) -> dict[str, Any]:
    start = int((now - timedelta(days=9)).timestamp())
    lost = range(72, 112)
    # A curve that flattens: each reading closes a twelfth of what is left to the final count.
    rows, seen = [], 0
    for hour in range(0, 9 * 24, 6):
        seen += (48_000 - seen) // 12
        if hour not in lost:
            rows.append([start + hour * 3600, seen, min(seen, 31_000)])
    return {
        "unit": "views",
        "series": [
            {"label": "Views seen", "kind": "line", "tone": "brand"},
            {"label": "Views counted", "kind": "step", "tone": "buoy"},
        ],
        "rows": rows,
        "gaps": [[start + 66 * 3600, start + 114 * 3600, "TikTok did not answer"]],
        "marks": [[start + 138 * 3600, start + 174 * 3600, "Doubted for a day and a half"]],
    }


def _spend_chart(now: datetime) -> dict[str, Any]:
    first = int((now - timedelta(days=13)).timestamp()) // 86400
    spent = (6300, 12400, 18700, 15600, 900, 7200, 13300, 10300, 16600, 1800, 8100, 5000, 11200, 4100)
    return {
        "unit": "money",
        "currency": "USD",
        "exponent": 2,
        "series": [{"label": "Spend per day", "kind": "bars", "tone": "brand"}],
        "rows": [[(first + day) * 86400, amount] for day, amount in enumerate(spent)],
        "gaps": [],
    }
