"""Items of the TikTok actors: nested objects with TikTok's rounded counts."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from sandbox.apify.visit import STRANGER_SHARE, Visit, whole_second_iso
from sandbox.audience import ids
from sandbox.audience.chance import bits
from sandbox.audience.display import tiktok_rounded
from sandbox.audience.posting import account_by_handle, bio_at, canonical_url
from sandbox.audience.reading import Reading
from sandbox.audience.thumbnails import frame_url
from sandbox.store import Json

_POST_PATH: Final = re.compile(r"/(?:video|photo)/(\d{17,20})(?:/|$)")
_COUNTRIES: Final = ("US", "US", "US", "GB", "CA", "AU", "DE", "BR")
_NO_COUNT_SHARE: Final = 0.001


def scrape_posts(visit: Visit, given: Json) -> list[Json]:
    """Items for `postURLs`: one for each address that shows a post, an error item for each that does not."""
    items: list[tuple[str, Json]] = []
    for url in given["postURLs"]:
        found = _POST_PATH.search(urlsplit(url).path)
        seen = visit.see("tiktok", found.group(1)) if found else None
        items.append((url, _missing(url) if seen is None else {**_item(visit, *seen), "submittedVideoUrl": url}))
        if seen is not None and visit.unlucky(STRANGER_SHARE / 25, f"stranger {url}"):
            items.extend(_stranger(visit, seen[0]))
    return visit.disordered(items)


def scrape_profiles(visit: Visit, given: Json) -> list[Json]:
    """Items for `profiles`: their newest videos. A profile that shows none gives no item, so its bio stays unread."""
    items: list[tuple[str, Json]] = []
    for name in given["profiles"]:
        handle = urlsplit(name).path.rsplit("@", 1)[-1].strip("/") if "/" in name else name.lstrip("@")
        account = account_by_handle(visit.world.store, "tiktok", handle)
        if account is None:
            items.append((name, _missing(f"https://www.tiktok.com/@{handle}")))
            continue
        for video, state in visit.latest(account, int(given.get("resultsPerPage", 1))):
            item = {**_item(visit, video, state), "input": name, "fromProfileSection": "videos"}
            items.append((f"{name} {video['id']}", item))
    return visit.disordered(items)


def _missing(url: str) -> Json:
    return {"url": url, "error": "Post not found or private.", "errorCode": "NOT_FOUND"}


def _stranger(visit: Visit, video: Json) -> list[tuple[str, Json]]:
    """Another video of the same author that nobody asked for."""
    for other, state in visit.latest(visit.author(video), 5):
        if other["id"] != video["id"]:
            return [(f"stranger {other['id']}", _item(visit, other, state))]
    return []


def _item(visit: Visit, video: Json, state: Reading) -> Json:
    seed, slideshow = video["seed"], video["kind"] == "slideshow"
    item = {
        "id": video["id"],
        "text": video["caption"],
        "textLanguage": "en" if video["caption"] else "un",
        "createTime": int(video["posted_unix"]),
        "createTimeISO": whole_second_iso(video["posted_unix"]),
        "locationCreated": _COUNTRIES[bits(seed, "country") % len(_COUNTRIES)],
        "isAd": False,
        "authorMeta": _author(visit, visit.author(video)),
        "musicMeta": _music(seed),
        "webVideoUrl": canonical_url(visit.world.store, video),
        "mediaUrls": [],
        "videoMeta": _video_meta(seed, slideshow),
        "diggCount": tiktok_rounded(state.likes),
        "shareCount": tiktok_rounded(state.shares),
        "playCount": tiktok_rounded(state.views),
        "collectCount": state.saves,
        "commentCount": tiktok_rounded(state.comments),
        "mentions": [],
        "detailedMentions": [],
        "hashtags": [_hashtag(tag) for tag in re.findall(r"#(\w+)", video["caption"])],
        "effectStickers": [],
        "isSlideshow": slideshow,
        "isPinned": False,
        "isSponsored": False,
    }
    if slideshow:
        image = f"https://p16-sign.tiktokcdn-us.com/tos-useast5-i-photomode/{ids.token(32, seed, 'image')}.jpeg"
        item["slideshowImageLinks"] = [{"tiktokLink": image, "downloadLink": image}]
    if state.count_hidden or visit.unlucky(_NO_COUNT_SHARE, f"no count {video['id']}"):
        del item["playCount"]
    return item


def _author(visit: Visit, account: Json) -> Json:
    seed = account["seed"]
    avatar = f"https://p16-sign.tiktokcdn-us.com/tos-useast5-avt-0068/{ids.token(32, seed, 'avatar').lower()}.jpeg"
    return {
        "id": account["author_id"],
        "name": account["handle"],
        "profileUrl": f"https://www.tiktok.com/@{account['handle']}",
        "nickName": account["handle"].replace(".", " ").replace("_", " ").title(),
        "verified": False,
        "signature": bio_at(account, visit.moment_unix),
        "bioLink": None,
        "originalAvatarUrl": avatar,
        "avatar": avatar,
        "commerceUserInfo": {"commerceUser": False},
        "privateAccount": False,
        "roomId": "",
        "ttSeller": False,
        "following": bits(seed, "following") % 900,
        "friends": 0,
        "fans": tiktok_rounded(account["followers"]),
        "heart": tiktok_rounded(account["followers"] * 17),
        "video": len(account["videos"]),
        "digg": bits(seed, "given likes") % 20_000,
    }


@lru_cache(maxsize=20_000)
def _music(seed: int) -> Json:
    cover = f"https://p16-sign.tiktokcdn-us.com/tos-alisg-avt-0068/{ids.token(32, seed, 'cover').lower()}.jpeg"
    return {
        "musicName": "original sound",
        "musicAuthor": "original",
        "musicOriginal": True,
        "playUrl": f"https://v16m.tiktokcdn-us.com/video/tos/{ids.token(32, seed, 'sound')}/",
        "coverMediumUrl": cover,
        "originalCoverMediumUrl": cover,
        "musicId": str(7 * 10**18 + bits(seed, "music") % 10**17),
    }


@lru_cache(maxsize=20_000)
def _video_meta(seed: int, slideshow: bool) -> Json:
    cover = frame_url(seed)
    if slideshow:
        return {"height": 0, "width": 0, "duration": 0, "coverUrl": cover, "originalCoverUrl": cover}
    return {
        "height": 1024,
        "width": 576,
        "duration": 7 + bits(seed, "duration") % 83,
        "coverUrl": cover,
        "originalCoverUrl": cover,
        "definition": "540p",
        "format": "mp4",
    }


@lru_cache(maxsize=1_000)
def _hashtag(name: str) -> Json:
    return {"id": str(1_000_000 + bits(0, name) % 10**12), "name": name, "title": "", "cover": ""}
