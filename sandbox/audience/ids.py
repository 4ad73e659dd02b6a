"""Ids shaped like the platforms' own: they carry the moment of creation and their last characters obey the rules."""

import string
from functools import lru_cache
from typing import Final

from sandbox.audience.chance import bits

_BASE64: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
_TOKEN: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits
_TOKEN_DIGITS: Final = 10  # as many as 64 bits hold
INSTAGRAM_EPOCH_MS: Final = 1_314_220_021_721
# The last character of a YouTube id holds four bits only: of four neighbours in the alphabet the first is in use.
_YOUTUBE_LAST: Final = _BASE64[::4]


def base64_number(number: int, length: int) -> str:
    """The number in URL-safe base64 digits, most significant first, filled up with A to `length`."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 64)
        digits.append(_BASE64[digit])
    return "".join(reversed(digits))


@lru_cache(maxsize=100_000)
def token(length: int, seed: int, *salts: int | str) -> str:
    """Letters and digits, as in Apify's ids and TikTok's short links."""
    characters: list[str] = []
    while len(characters) < length:
        number = bits(seed, *salts, len(characters))
        for _ in range(min(_TOKEN_DIGITS, length - len(characters))):
            number, digit = divmod(number, len(_TOKEN))
            characters.append(_TOKEN[digit])
    return "".join(characters)


def tiktok_video_id(created_unix: int, seed: int) -> str:
    """19 digits whose upper 32 bits are the second of creation."""
    return str((created_unix << 32) | (bits(seed, "tiktok id") & 0xFFFFFFFF))


def tiktok_author_id(seed: int) -> str:
    """19 digits, as an account registered some years ago has."""
    registered = 1_560_000_000 + bits(seed, "registered") % 180_000_000
    return str((registered << 32) | (bits(seed, "tiktok author") & 0xFFFFFFFF))


def instagram_media_id(created_ms: int, seed: int) -> int:
    """The numeric media id: milliseconds since Instagram's epoch, then 23 bits of shard and sequence."""
    return ((created_ms - INSTAGRAM_EPOCH_MS) << 23) | (bits(seed, "media id") & 0x7FFFFF)


def instagram_shortcode(media_id: int) -> str:
    """The media id as it stands in the post's address."""
    return base64_number(media_id, 11)


def instagram_media_number(shortcode: str) -> int:
    """The numeric media id behind a shortcode."""
    number = 0
    for character in shortcode:
        number = number * 64 + _BASE64.index(character)
    return number


def instagram_author_id(seed: int) -> str:
    """A number of eleven digits."""
    return str(40_000_000_000 + bits(seed, "instagram author") % 30_000_000_000)


def youtube_video_id(seed: int) -> str:
    """11 characters holding 64 bits, in the canonical spelling."""
    return base64_number(bits(seed, "youtube id") << 2, 11)


def youtube_canonical(video_id: str) -> str:
    """The spelling YouTube answers with, of an id in any of its four spellings; other texts come back unchanged."""
    if len(video_id) != 11 or video_id[-1] not in _BASE64:
        return video_id
    return video_id[:-1] + _YOUTUBE_LAST[_BASE64.index(video_id[-1]) // 4]


def youtube_channel_id(seed: int) -> str:
    """ "UC" and 22 characters that hold 128 bits."""
    return "UC" + base64_number((bits(seed, "channel", 1) << 68) | (bits(seed, "channel", 2) << 4), 22)
