"""The pictures that platforms show for clips: each looked at once, while its address is good, and only a hash stays."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from cliphaven.clips.models import Clip, Thumbnail
from cliphaven.clips.rules import thumbnails as rules
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import thumbnails

LOOKED_AT_ONCE = 8
"""Pictures fetched side by side: fifty that all take their five seconds are done after 35."""


@no_transaction
def look_at(*, addresses: Mapping[int, str], now: datetime) -> int:
    """Look at the thumbnails of clips (clip id → address) whose authors are known and that were not looked at yet.

    Answers how many were. One that cannot be had, for whatever reason, is none: nothing waits for it, and nothing is
    held against its clip.
    """
    # Of a clip that may be somebody else's nothing is kept: its own author would look like the copyist.
    wanted = list(
        Clip.objects.filter(id__in=addresses, author_checked_at__isnull=False, thumbnail__isnull=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
    if not wanted:
        return 0
    eyes = thumbnails.from_settings()
    with ThreadPoolExecutor(max_workers=LOOKED_AT_ONCE) as pool:
        found = list(pool.map(lambda clip_id: _hash(eyes, addresses[clip_id]), wanted))
    hashes = {clip_id: one for clip_id, one in zip(wanted, found, strict=True) if one is not None}
    _keep(hashes=hashes, now=now)
    return len(hashes)


def _hash(eyes: thumbnails.Thumbnails, address: str) -> int | None:
    try:
        brightness = eyes.brightness(address, wide=rules.WIDE, high=rules.HIGH)
    except thumbnails.NoThumbnail:
        return None
    return 0 if brightness is None else rules.difference_hash(brightness)


@own_transaction
def _keep(*, hashes: Mapping[int, int], now: datetime) -> None:
    Thumbnail.objects.bulk_create(
        [
            Thumbnail(clip_id=clip_id, hash=rules.signed(one), row_pairs=rules.row_pairs(one), read_at=now)
            for clip_id, one in hashes.items()
        ],
        ignore_conflicts=True,
    )
