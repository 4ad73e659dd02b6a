"""Which channel does a creator mean? From a handle or a profile's address to the platform's name for it. Pure."""

import re
from urllib.parse import unquote

MAX_LENGTH = 300

_HOSTS = {
    "tiktok": re.compile(r"(?:www\.|m\.)?tiktok\.com", re.IGNORECASE),
    "instagram": re.compile(r"(?:www\.|m\.)?(?:instagram\.com|instagr\.am)", re.IGNORECASE),
    "youtube": re.compile(r"(?:www\.|m\.)?youtube\.com", re.IGNORECASE),
}
_HANDLES = {
    "tiktok": re.compile(r"[A-Za-z0-9._]{2,24}"),
    "instagram": re.compile(r"[A-Za-z0-9._]{1,30}"),
    "youtube": re.compile(r"[A-Za-z0-9._-]{3,30}"),
}
_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
_ADDRESS = re.compile(r"(?:https?://)?(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)/(?P<path>[^?#]*)(?:[?#].*)?")
_INSTAGRAM_WORDS = frozenset({"p", "reel", "reels", "tv", "explore", "stories", "accounts", "direct", "share"})


class UnreadableProfile(ValueError):
    """The text names no channel on this platform. `sentence` says what to write instead."""

    def __init__(self, sentence: str) -> None:
        """`sentence` is fit for the person who typed it."""
        super().__init__(sentence)
        self.sentence = sentence


def profile_name(*, platform: str, text: str) -> str:
    """The handle (or YouTube's channel id) that `text` means on `platform`, without the @. Raises UnreadableProfile."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise UnreadableProfile("This is too long for a handle or a profile's address.")
    address = _ADDRESS.fullmatch(text) if "/" in text else None
    name = text.removeprefix("@") if "/" not in text else _name_in(platform, address)
    if platform == "youtube" and _CHANNEL_ID.fullmatch(name):
        return name
    if _HANDLES[platform].fullmatch(name) is None:
        raise UnreadableProfile("Write your handle like @name, or paste the address of your profile.")
    return name


def _name_in(platform: str, address: re.Match[str] | None) -> str:
    if address is None or _HOSTS[platform].fullmatch(address["host"]) is None:
        raise UnreadableProfile("This address is not on the platform you chose.")
    segments = [unquote(segment) for segment in address["path"].split("/") if segment]
    match segments:
        case ["channel", channel_id, *_] if platform == "youtube":
            return channel_id
        case [name, *_] if platform == "instagram" and name.lower() not in _INSTAGRAM_WORDS:
            return name.removeprefix("@")
        case [name, *_] if platform != "instagram" and name.startswith("@"):
            return name[1:]
    raise UnreadableProfile("This is not the address of a profile. Open your profile and copy its address.")
