"""How each platform shows a count."""

from typing import Final

from sandbox.audience.chance import between, draw

CROSSPOSTED_SHARE: Final = 0.4


def tiktok_rounded(count: int) -> int:
    """Exact below 10,000, hundreds below a million, hundred thousands above, as TikTok shows it."""
    step = 1 if count < 10_000 else 100 if count < 1_000_000 else 100_000
    return (count + step // 2) // step * step


def facebook_plays(seed: int, plays: int) -> int | None:
    """How many of an Instagram reel's plays came from Facebook; None when it was not shared there."""
    if draw(seed, "crossposted") >= CROSSPOSTED_SHARE:
        return None
    return int(plays * between(0.01, 0.08, seed, "facebook"))


def instagram_old_view_count(seed: int, plays: int) -> int:
    """Instagram's old counter, three to nine times smaller than the plays."""
    return int(plays / between(3.0, 9.0, seed, "old counter"))


def rounded_subscribers(count: int) -> int:
    """Three significant digits, as YouTube shows subscribers."""
    step: int = 10 ** max(0, len(str(count)) - 3)
    return count // step * step
