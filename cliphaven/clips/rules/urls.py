"""Which clip does an address mean? From whatever a person pastes to platform, id and canonical address.

Reading is strict: one grammar of our own instead of a lenient URL library, because what this accepts is later paid for.
Nothing here touches the network. The unique key of a clip is `(platform, id)`, never an address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Platform = Literal["tiktok", "instagram", "youtube"]
Kind = Literal["video", "photo", "short_link", "post", "reel", "tv", "share_link", "short", "live"]

MAX_LENGTH = 2048
"""Longest address we read, in characters; real ones with all their tracking parameters stay well below."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipUrl:
    """What an address means.

    For short and share links `id` and `canonical` are None and `follow` is the cleaned address to resolve; for all
    others `follow` is None. `handle` is the channel's name in the address, which may be an old one.
    """

    platform: Platform
    id: str | None
    canonical: str | None
    kind: Kind
    needs_redirect: bool
    handle: str | None = None
    follow: str | None = None


class UnreadableUrl(ValueError):
    """This address is not a clip we can track. `code` is for programs, the text is fit for the person who pasted it."""

    def __init__(self, code: str, sentence: str) -> None:
        """`code` never changes; `sentence` says what to paste instead."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    segments: Sequence[str]
    query: str


_TIKTOK_PAGES = frozenset({"tiktok.com", "www.tiktok.com", "m.tiktok.com", "lite.tiktok.com"})
_TIKTOK_SHORTENERS = frozenset({"vm.tiktok.com", "vt.tiktok.com"})
_TIKTOK_APP = frozenset({"tiktokv.com", "www.tiktokv.com", "m.tiktokv.com"})
_INSTAGRAM = frozenset({"instagram.com", "www.instagram.com", "m.instagram.com", "instagr.am", "www.instagr.am"})
_YOUTUBE_SHORTENERS = frozenset({"youtu.be", "www.youtu.be"})
_YOUTUBE_PAGES = frozenset(
    {
        "youtube.com",
        "www.youtube.com",
        "m.youtube.com",
        "music.youtube.com",
        "gaming.youtube.com",
        "youtube-nocookie.com",
        "www.youtube-nocookie.com",
        "youtubekids.com",
        "www.youtubekids.com",
    }
)

_WHOLE = re.compile(r"(?:https?:)?//(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.I)
_HOST = re.compile(r"[A-Za-z0-9.-]+")
_HOSTS = _TIKTOK_PAGES | _TIKTOK_SHORTENERS | _TIKTOK_APP | _INSTAGRAM | _YOUTUBE_PAGES | _YOUTUBE_SHORTENERS
_PATH = re.compile(r"[\x21-\x7e]*")
_PASTED_AROUND = " \t\r\n\u00a0"
_FOREIGN_LETTERS = "This address contains characters that do not belong in one. Copy it again."

_TIKTOK_ID = re.compile(r"([1-9][0-9]{16,19})(?:\.html)?(?:&.*)?")
_TIKTOK_HANDLE = re.compile(r"(?:@|%40)([A-Za-z0-9._-]{0,100})")
_LINK_TOKEN = re.compile(r"[A-Za-z0-9_-]{5,64}")

_INSTAGRAM_CODE = re.compile(r"[A-Za-z0-9_-]{5,15}")
_INSTAGRAM_PRIVATE_CODE = re.compile(r"([A-Za-z0-9_-]{5,15})[A-Za-z0-9_-]{28}")
_INSTAGRAM_HANDLE = re.compile(r"[A-Za-z0-9._]{1,30}")
_INSTAGRAM_KINDS: dict[str, Kind] = {"p": "post", "reel": "reel", "reels": "reel", "tv": "tv"}
# Words that stand where a shortcode or a handle would, and are neither.
_INSTAGRAM_WORDS = frozenset({"audio", "videos", "reels", "share", "explore", "stories", "accounts", "direct", "embed"})

_YOUTUBE_ID = re.compile(r"([A-Za-z0-9_-]{11})(?:[?&].*)?")
_YOUTUBE_KINDS: dict[str, Kind] = {
    "shorts": "short",
    "live": "live",
    "embed": "video",
    "v": "video",
    "vi": "video",
    "e": "video",
    "video": "video",
}
_YOUTUBE_WATCH = frozenset({"watch", "watch_popup", "watch.php"})
_YOUTUBE_WORDS = frozenset({"videoseries", "live_stream", "watch_popup"})  # eleven letters, yet no ids

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_INSTAGRAM_EPOCH = datetime(2011, 8, 24, 21, 7, 1, 721000, UTC)
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIKTOK_OLDEST = datetime(2014, 1, 1, tzinfo=UTC)


def parse_clip_url(text: str) -> ClipUrl:
    """The clip that `text` means, or where to follow it. Raises UnreadableUrl, and nothing else, for all other text."""
    address = _split(text)
    if address.host in _TIKTOK_SHORTENERS:
        return _tiktok_short_link(address, address.segments)
    if address.host in _TIKTOK_PAGES or address.host in _TIKTOK_APP:
        return _tiktok(address)
    if address.host in _INSTAGRAM:
        return _instagram(address)
    if address.host in _YOUTUBE_PAGES or address.host in _YOUTUBE_SHORTENERS:
        return _youtube(address)
    raise _foreign_host()


def tiktok_posted_at(video_id: str) -> datetime | None:
    """About when a TikTok video was created: seconds before posting, more for drafts. None if the id does not say."""
    if re.fullmatch("[1-9][0-9]{16,19}", video_id) is None:
        return None
    created_at = _UNIX_EPOCH + timedelta(seconds=int(video_id) >> 32)
    return created_at if created_at >= _TIKTOK_OLDEST else None


def instagram_posted_at(code: str) -> datetime | None:
    """About when an Instagram post was created: within minutes, hours before if scheduled. None if unknown."""
    if _INSTAGRAM_CODE.fullmatch(code) is None:
        return None
    media_id = 0
    for letter in code:
        media_id = media_id * 64 + _BASE64.index(letter)
    # Codes of more than 64 bits occur in old links; their moment cannot be told.
    return _INSTAGRAM_EPOCH + timedelta(milliseconds=media_id >> 23) if media_id < 1 << 63 else None


def youtube_canonical_id(video_id: str) -> str:
    """The one spelling of an id: its eleven letters hold 66 bits, a video only 64, so four spellings open one video."""
    last = _BASE64.index(video_id[-1])
    return video_id[:-1] + _BASE64[last - last % 4]


def _split(text: str) -> _Address:
    if len(text) > MAX_LENGTH:
        raise UnreadableUrl("too_long", f"This address is longer than {MAX_LENGTH} characters. Paste a shorter one.")
    text = text.strip(_PASTED_AROUND)
    if not text:
        raise UnreadableUrl("empty", "Paste the address of a clip.")
    _refuse_what_no_address_holds(text)
    whole = _WHOLE.fullmatch(_with_scheme(text))
    if whole is None:
        raise UnreadableUrl("not_an_address", "This is not a whole address. Copy it again, from https:// to its end.")
    authority, path = whole["authority"], whole["path"]
    if "@" in authority or ":" in authority:
        raise UnreadableUrl("unsafe_address", "This address names a user or a port. Copy the clip's plain address.")
    if _HOST.fullmatch(authority) is None:
        raise _foreign_host()
    segments = [segment for segment in path.split("/") if segment]
    if _PATH.fullmatch(path) is None or any(segment in {".", ".."} for segment in segments):
        raise _odd(_FOREIGN_LETTERS)
    # The only letter that sharing apps escape in these paths is the @ before a handle; other escapes hide something.
    if any("%" in segment.removeprefix("%40") for segment in segments):
        raise _odd("This address contains escaped characters. Copy the clip's plain address.")
    return _Address(authority.lower(), segments, whole["query"] or "")


def _refuse_what_no_address_holds(text: str) -> None:
    if " " in text:
        raise _odd("An address has no blanks. Paste one address on each line, and nothing beside it.")
    if not text.isprintable():
        raise _odd("There is a character in this address that cannot be seen. Type its end anew, or copy it again.")
    if "\\" in text:
        raise _odd(_FOREIGN_LETTERS)


def _odd(sentence: str) -> UnreadableUrl:
    return UnreadableUrl("odd_characters", sentence)


def _with_scheme(text: str) -> str:
    """The text, with https in front if it begins with the bare name of one of our hosts, as browsers show addresses.

    Whoever fetches an address must refuse one without a scheme. Nothing is ever fetched from the text pasted here: it
    is taken apart, and what is followed later is put together anew, as https on a host of this same list.
    """
    return f"https://{text}" if re.split("[/?#]", text, maxsplit=1)[0].lower() in _HOSTS else text


def _foreign_host() -> UnreadableUrl:
    return UnreadableUrl("foreign_host", "This site is not supported. Paste a TikTok, Instagram or YouTube address.")


def _tiktok(address: _Address) -> ClipUrl:
    match address.segments:
        case [account, "video" | "photo" as word, video, *_] if handle := _TIKTOK_HANDLE.fullmatch(account):
            return _tiktok_clip(video, handle=handle[1], kind="photo" if word == "photo" else "video")
        case ["share", "video", video, *_] | ["player", "v1", video, *_] | ["v", video, *_]:
            return _tiktok_clip(video)
        case ["embed", "v2" | "v3", video, *_] | ["embed", video, *_]:
            return _tiktok_clip(video)
        case ["t", *token] if address.host in _TIKTOK_PAGES:
            return _tiktok_short_link(address, token)
    raise _no_tiktok_clip()


def _tiktok_clip(segment: str, *, handle: str = "", kind: Kind = "video") -> ClipUrl:
    found = _TIKTOK_ID.fullmatch(segment)
    if found is None:
        raise _no_tiktok_clip()
    return ClipUrl(
        platform="tiktok",
        id=found[1],
        # Photo posts too: the vendor names them all /video/, and so do we.
        canonical=f"https://www.tiktok.com/@{handle}/video/{found[1]}",
        kind=kind,
        needs_redirect=False,
        handle=handle or None,
    )


def _tiktok_short_link(address: _Address, token: Sequence[str]) -> ClipUrl:
    if len(token) != 1 or _LINK_TOKEN.fullmatch(token[0]) is None:
        raise _no_tiktok_clip()
    return _link_to_follow("tiktok", "short_link", address)


def _no_tiktok_clip() -> UnreadableUrl:
    return UnreadableUrl("not_a_clip", "This is not the address of a TikTok video. Open the video and copy its link.")


def _instagram(address: _Address) -> ClipUrl:
    match address.segments:
        case ["share", token] | ["share", "reel" | "reels" | "p" | "tv", token] if _LINK_TOKEN.fullmatch(token):
            return _link_to_follow("instagram", "share_link", address)
        case ["reels", "videos", code, *_]:
            return _instagram_clip(code, kind="reel")
        case ["p" | "reel" | "reels" | "tv" as word, code, *_]:
            return _instagram_clip(code, kind=_INSTAGRAM_KINDS[word])
        case [account, "p" | "reel" | "reels" | "tv" as word, code, *_] if _can_be_instagram_handle(account):
            return _instagram_clip(code, kind=_INSTAGRAM_KINDS[word], handle=account)
    raise _no_instagram_clip()


def _can_be_instagram_handle(segment: str) -> bool:
    return _INSTAGRAM_HANDLE.fullmatch(segment) is not None and segment not in _INSTAGRAM_WORDS


def _instagram_clip(segment: str, *, kind: Kind, handle: str | None = None) -> ClipUrl:
    code = segment.partition("&")[0]
    if private := _INSTAGRAM_PRIVATE_CODE.fullmatch(code):
        code = private[1]
    if _INSTAGRAM_CODE.fullmatch(code) is None or code in _INSTAGRAM_WORDS:
        raise _no_instagram_clip()
    if code.isdigit():
        raise UnreadableUrl("numeric_id", "This Instagram address holds an internal number. Open it and copy its link.")
    return ClipUrl(
        platform="instagram",
        id=code,
        canonical=f"https://www.instagram.com/p/{code}/",
        kind=kind,
        needs_redirect=False,
        handle=handle,
    )


def _no_instagram_clip() -> UnreadableUrl:
    return UnreadableUrl(
        "not_a_clip", "This is not the address of an Instagram reel or post. Open it and copy its link."
    )


def _youtube(address: _Address) -> ClipUrl:
    match address.segments:
        case [] if address.host in _YOUTUBE_PAGES:
            return _youtube_clip(_first_v(address.query))
        case [word] if word in _YOUTUBE_WATCH:
            return _youtube_clip(_first_v(address.query))
        case [word, video, *_] if word in _YOUTUBE_KINDS:
            return _youtube_clip(video, kind=_YOUTUBE_KINDS[word])
        case [video, *_] if address.host in _YOUTUBE_SHORTENERS:
            return _youtube_clip(video)
    raise _no_youtube_clip()


def _first_v(query: str) -> str:
    for pair in query.split("&"):
        # Addresses copied out of HTML source carry the ampersand escaped, sometimes twice.
        key, _, value = re.sub(r"^(?:amp;)+", "", pair).partition("=")
        if key == "v":
            return value
    raise _no_youtube_clip()


def _youtube_clip(segment: str, *, kind: Kind = "video") -> ClipUrl:
    found = _YOUTUBE_ID.fullmatch(segment)
    if found is None or found[1] in _YOUTUBE_WORDS:
        raise _no_youtube_clip()
    video_id = youtube_canonical_id(found[1])
    return ClipUrl(
        platform="youtube",
        id=video_id,
        canonical=f"https://www.youtube.com/watch?v={video_id}",
        kind=kind,
        needs_redirect=False,
    )


def _no_youtube_clip() -> UnreadableUrl:
    return UnreadableUrl("not_a_clip", "This is not the address of a YouTube video. Open the video and copy its link.")


def _link_to_follow(platform: Platform, kind: Kind, address: _Address) -> ClipUrl:
    path = "/".join(address.segments)
    follow = f"https://{address.host}/{path}/"
    return ClipUrl(platform=platform, id=None, canonical=None, kind=kind, needs_redirect=True, follow=follow)
