"""What campaigns promise, drawn by chance: caps, minimums and limits, each now and then."""

import random

from cliphaven.campaigns.rules import TermsDraft

# With these, of eight views on YouTube, and of four on TikTok, one is worth exactly half a cent more.
CPM_MINOR = {"tiktok": 1_250, "youtube": 875}


def drawn_terms(chance: random.Random, *, hold_days: int | None = None) -> TermsDraft:
    """Terms under which clips earn quickly; `hold_days` is drawn, too, unless it is given."""
    return TermsDraft(
        cpm_minor=CPM_MINOR,
        min_views=chance.choice((0, 0, 0, 100, 5_000)),
        max_payout_per_clip_minor=chance.choice((None, None, None, 1_000, 7_777)),
        cap_per_creator_minor=chance.choice((None, None, None, 3_333, 20_000)),
        clips_per_creator_daily=chance.choice((None, None, None, 1, 3)),
        hold_days=chance.choice((0, 1, 7)) if hold_days is None else hold_days,
        review_hours=chance.choice((1, 48, 48)),
    )
