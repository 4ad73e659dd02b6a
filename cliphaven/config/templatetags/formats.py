"""Template filters: integers and moments in, words for people out.

Money arrives in integer minor units and never passes through a float. Moments are aware datetimes; "now" is always
handed in from the page, because pages live on the product's clock and never on the wall's.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from babel import Locale
from babel.numbers import format_decimal
from django import template

from cliphaven.config.templatetags.states import Look, look_of
from cliphaven.foundation import money as books_money

register = template.Library()

NOT_MEASURED = "not measured"
MINUS = "\N{MINUS SIGN}"
_LOCALE = Locale("en", "US")
# A component whose optional attribute was left out hands its filters an empty string.
WholeGiven: TypeAlias = int | Literal[""] | None
MomentGiven: TypeAlias = datetime | Literal[""] | None
DayGiven: TypeAlias = datetime | date | Literal[""] | None


def _exponent(currency: str) -> int:
    return books_money.EXPONENTS[str(currency).upper()]


@register.filter
def money(amount_minor: WholeGiven, currency: str) -> str:
    """Say an amount of minor units as people read it: 123456 USD is "$1,234.56". None is "not measured", never 0."""
    if amount_minor is None or amount_minor == "":
        return NOT_MEASURED
    code = str(currency).upper()
    return books_money.formatted(int(amount_minor), currency=code).replace("-", MINUS)


@register.filter
def signed_money(amount_minor: WholeGiven, currency: str) -> str:
    """Like `money`, with a plus in front of what came in: for histories, where the direction is the point."""
    text = money(amount_minor, currency)
    return f"+{text}" if amount_minor and int(amount_minor) > 0 else text


@register.filter
def plain_amount(amount_minor: WholeGiven, currency: str) -> str:
    """The bare decimal ("1234.56") for a machine-readable attribute; empty when there is no amount."""
    if amount_minor is None or amount_minor == "":
        return ""
    return f"{Decimal(int(amount_minor)).scaleb(-_exponent(currency)):f}"


@register.filter
def views(count: WholeGiven) -> str:
    """Say a count with separators: 17204 is "17,204". None is "not measured", never 0."""
    return NOT_MEASURED if count is None or count == "" else format_decimal(int(count), locale=_LOCALE)


@register.filter
def views_short(count: WholeGiven) -> str:
    """Say a count briefly, rounded down so that it never promises more than was seen: 1289000 is "1.2M"."""
    if count is None or count == "":
        return NOT_MEASURED
    whole = int(count)
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if whole >= size * 10:
            return f"{whole // size:,}{letter}" if whole >= size * 100 else _tenths(whole, size, letter)
        if whole >= size:
            return _tenths(whole, size, letter)
    return str(whole)


def _tenths(whole: int, size: int, letter: str) -> str:
    tenths = whole * 10 // size
    return f"{tenths // 10}{letter}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}{letter}"


@register.filter
def share(part: WholeGiven, whole: WholeGiven) -> str:
    """A part of a whole as a percentage for a bar ("41.66"), held between 0 and 100; nothing of nothing is 0."""
    if not part or not whole or int(whole) <= 0:
        return "0"
    hundredths = max(0, min(10_000, int(part) * 10_000 // int(whole)))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@register.filter
def percent(part: WholeGiven, whole: WholeGiven) -> str:
    """A part of a whole in whole percent ("42%"), rounded half up. No whole means "not measured"."""
    if part is None or not whole:
        return NOT_MEASURED
    return f"{(int(part) * 200 + int(whole)) // (int(whole) * 2)}%"


@register.filter
def day(value: DayGiven) -> str:
    """Say a day: "Mon 2 Nov 2026". Moments are read in UTC, the clock paydays are announced in."""
    if value is None or value == "":
        return NOT_MEASURED
    on = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    return f"{on:%a} {on.day} {on:%b %Y}"


@register.filter
def short_day(value: DayGiven) -> str:
    """Say a day where the year is plain from what stands around it: "Mon 2 Nov"."""
    return day(value).rsplit(" ", 1)[0] if value else NOT_MEASURED


@register.filter
def moment(value: MomentGiven) -> str:
    """Say a moment: "Mon 2 Nov 2026, 06:00 UTC"."""
    if value is None or value == "":
        return NOT_MEASURED
    return f"{day(value)}, {hour(value)}"


@register.filter
def hour(value: MomentGiven) -> str:
    """Say the hour of a moment: "06:00 UTC"."""
    return NOT_MEASURED if value is None or value == "" else f"{value.astimezone(UTC):%H:%M} UTC"


@register.filter
def iso(value: DayGiven) -> str:
    """The machine-readable form for `datetime` attributes; empty when there is none."""
    if value is None or value == "":
        return ""
    return value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


@register.filter
def since(value: MomentGiven, now: MomentGiven) -> str:
    """Say how long ago a moment was: "just now", "12 min ago", "3 h ago", "5 days ago", then the day itself.

    `app.js` says the same words while the page stays open; change both together.
    """
    if not value:
        return NOT_MEASURED
    if not now:
        return moment(value)
    gone = (now - value) // timedelta(seconds=1)
    if gone < 60:
        return "just now"
    for below, unit, word in (
        (3600, 60, "min"),
        (36 * 3600, 3600, "h"),
        (48 * 3600, 86400, "day"),
        (14 * 86400, 86400, "days"),
    ):
        if gone < below:
            return f"{gone // unit} {word} ago"
    return day(value)


@register.filter
def until(value: MomentGiven, now: MomentGiven) -> str:
    """Say how long until a moment: "3 days", "31 h 20 min", "45 min", or "now" once it has come.

    `app.js` says the same words while the page stays open; change both together.
    """
    if not value:
        return NOT_MEASURED
    if not now:
        return moment(value)
    left = (value - now) // timedelta(seconds=1)
    if left <= 0:
        return "now"
    if left >= 72 * 3600:
        return f"{left // 86400} days"
    if left >= 3600:
        return f"{left // 3600} h {left % 3600 // 60} min"
    return f"{max(left // 60, 1)} min"


@register.filter
def hurry(value: MomentGiven, now: MomentGiven) -> str:
    """How pressing a deadline is: "calm" above 24 h, "soon" above 6 h, "urgent" below, "over" once it has come."""
    if not value or not now:
        return "calm"
    left = value - now
    if left <= timedelta(0):
        return "over"
    return "calm" if left > timedelta(hours=24) else "soon" if left > timedelta(hours=6) else "urgent"


@register.filter
def look(state: str, kind: str) -> Look:
    """How a state of a kind (campaign, clip, earnings, payout, channel, …) is shown: label, tone and glyph."""
    return look_of(kind, state)


@register.filter
def initials(name: str) -> str:
    """At most two letters that stand for a name in a small circle."""
    words = [word for word in str(name).replace("@", " ").replace(".", " ").split() if word]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def platform_name(platform: str) -> str:
    """A platform's own spelling of its name."""
    names = {"tiktok": "TikTok", "instagram": "Instagram", "youtube": "YouTube"}
    return names.get(str(platform).lower(), str(platform).capitalize())


@register.filter
def platform_icon(platform: str) -> str:
    """The symbol of `icons.svg` that stands for a platform."""
    icons = {"tiktok": "music-2", "instagram": "camera", "youtube": "square-play"}
    return icons.get(str(platform).lower(), "film")


@register.filter
def money_parts(amount_minor: int, currency: str) -> tuple[str, str]:
    """An amount in two pieces for large type: ("$1,234", ".56"); a currency without digits has no second piece."""
    text = money(amount_minor, currency)
    whole, point, fraction = text.rpartition(".")
    return (whole, point + fraction) if point else (text, "")


@register.filter
def from_epoch(seconds: int) -> datetime:
    """The moment of whole seconds since 1970, as chart data holds it."""
    return datetime.fromtimestamp(int(seconds), UTC)


@register.filter
def micro_usd(amount_micro: WholeGiven) -> str:
    """A vendor's bill in millionths of a dollar, to four digits: 125000 is "$0.1250". Never money of the books."""
    if amount_micro is None or amount_micro == "":
        return NOT_MEASURED
    hundredths = (int(amount_micro) + 50) // 100
    return f"${hundredths // 10_000:,}.{hundredths % 10_000:04d}"


@register.filter
def lasting(value: timedelta | Literal[""] | None) -> str:
    """Say a length of time in one unit: "85 ms", "4.2 s", "12 min", "5 h", "3 days". None is "not measured"."""
    if value is None or value == "":
        return NOT_MEASURED
    milliseconds = max(0, value // timedelta(milliseconds=1))
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 120_000:
        return f"{milliseconds // 1000}.{milliseconds % 1000 // 100} s"
    for below, unit, word in ((7200, 60, "min"), (72 * 3600, 3600, "h")):
        if milliseconds < below * 1000:
            return f"{milliseconds // (unit * 1000)} {word}"
    return f"{milliseconds // 86_400_000} days"


@register.filter
def ppm(value: WholeGiven) -> str:
    """A share in millionths as percent, to two digits: 10200 is "1.02%". None is "not measured"."""
    if value is None or value == "":
        return NOT_MEASURED
    hundredths = (int(value) + 50) // 100
    return f"{hundredths // 100:,}.{hundredths % 100:02d}%"
