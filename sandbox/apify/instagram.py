"""Items of the Instagram actors, with Instagram's habits: /p/ addresses, -1 for hidden, three different view counts."""

import re
from typing import Final
from urllib.parse import urlsplit

from sandbox.apify.visit import STRANGER_SHARE, Visit, whole_second_iso
from sandbox.audience import ids
from sandbox.audience.chance import between, bits, draw
from sandbox.audience.display import facebook_plays, instagram_old_view_count
from sandbox.audience.posting import account_by_handle, account_by_id, bio_at
from sandbox.audience.reading import Reading
from sandbox.audience.thumbnails import display_url
from sandbox.store import Json

_POST_PATH: Final = re.compile(r"/(?:p|reel|reels|tv)/([A-Za-z0-9_-]{5,})/?$")
_RESTRICTED_SHARE: Final = 0.005
_IG_COUNT_SHOWN_SHARE: Final = 0.3
HIDDEN: Final = -1
_CDN: Final = "https://scontent.cdninstagram.com/v"
_PROFILE_POSTS: Final = 12


def scrape_posts(visit: Visit, given: Json) -> list[Json]:
    """Items for `directUrls`. A profile's address gives its newest posts, up to `resultsLimit`, each of them billed."""
    items: list[tuple[str, Json]] = []
    for url in given["directUrls"]:
        path = urlsplit(url).path
        found = _POST_PATH.search(path)
        if found is None:
            items.extend(_profile_posts(visit, url, int(given.get("resultsLimit", 200))))
            continue
        seen = visit.see("instagram", found.group(1)[:11])
        if seen is None:
            items.append((url, _not_found(url)))
        elif visit.unlucky(_RESTRICTED_SHARE, f"restricted {url}"):
            items.append((url, _restricted(visit, url, *seen)))
        else:
            items.append((url, {"inputUrl": url, **_item(visit, *seen)}))
            if visit.unlucky(STRANGER_SHARE / 25, f"stranger {url}"):
                items.extend(_stranger(visit, url, seen[0]))
    return visit.disordered(items)


def scrape_profiles(visit: Visit, given: Json) -> list[Json]:
    """Items for `usernames`: one for each profile, an error item for one that is not there."""
    items: list[tuple[str, Json]] = []
    for name in given["usernames"]:
        handle = urlsplit(name).path.strip("/").split("/")[0] if "/" in name else name.lstrip("@")
        account = account_by_handle(visit.world.store, "instagram", handle)
        url = f"https://www.instagram.com/{handle}/"
        if account is None:
            items.append((name, {"inputUrl": url, "error": "not_found", "errorDescription": "Profile not found"}))
        else:
            items.append((name, _profile(visit, account, url)))
    return visit.disordered(items)


def _not_found(url: str) -> Json:
    segments = urlsplit(url).path.strip("/").split("/")
    # The actor takes the first path segment for a user name, whatever it is.
    return {"url": url, "username": segments[0], "error": "not_found", "errorDescription": "Post does not exist"}


def _restricted(visit: Visit, url: str, video: Json, state: Reading) -> Json:
    handle = visit.author(video)["handle"]
    return {
        "url": url,
        "media_id": "0",
        "user": {"username": handle},
        "error": "restricted_page",
        "errorDescription": "Restricted access, only partial data available",
        "description": f"{_in_words(state.likes)} likes, {_in_words(state.comments)} comments - {handle}",
        "image": display_url(video["seed"]),
    }


def _in_words(count: int) -> str:
    return str(count) if count < 1_000 else f"{count // 1_000}K"


def _profile_posts(visit: Visit, url: str, limit: int) -> list[tuple[str, Json]]:
    handle = urlsplit(url).path.strip("/").split("/")[0]
    account = account_by_handle(visit.world.store, "instagram", handle)
    if account is None:
        return [(url, _not_found(url))]
    return [
        (video["id"], {"inputUrl": url, **_item(visit, video, state)}) for video, state in visit.latest(account, limit)
    ]


def _stranger(visit: Visit, url: str, video: Json) -> list[tuple[str, Json]]:
    """Another post of the same author that nobody asked for."""
    for other, state in visit.latest(visit.author(video), 5):
        if other["id"] != video["id"]:
            return [(f"stranger {other['id']}", {"inputUrl": url, **_item(visit, other, state)})]
    return []


def _item(visit: Visit, video: Json, state: Reading) -> Json:
    seed, account = video["seed"], visit.author(video)
    is_video = video["kind"] == "video"
    item = {
        **_post(video, state),
        "firstComment": "",
        "latestComments": [],
        "images": [],
        "alt": None,
        "childPosts": [],
        "ownerFullName": account["handle"].replace(".", " ").replace("_", " ").title(),
        "ownerUsername": account["handle"],
        "ownerId": account["author_id"],
        "isSponsored": False,
        "isCommentsDisabled": state.comments_off,
    }
    if video["coauthors"]:
        item["coauthorProducers"] = _coauthors(visit, video)
    if is_video:
        item |= {
            "videoUrl": f"{_CDN}/t16/{ids.token(40, seed, 'video')}.mp4",
            "productType": "clips",
            "videoDuration": round(between(7.0, 90.0, seed, "duration"), 3),
            "videoViewCount": instagram_old_view_count(seed, state.views),
            "musicInfo": _music(account, seed),
            **_plays(seed, state),
        }
    return item


def _plays(seed: int, state: Reading) -> Json:
    if state.count_hidden:
        return {"videoPlayCount": HIDDEN, "videoViewCount": HIDDEN}
    facebook = facebook_plays(seed, state.views)
    plays: Json = {"videoPlayCount": state.views}
    if facebook is not None:
        plays |= {"igPlayCount": state.views - facebook, "fbPlayCount": facebook}
    elif draw(seed, "own count shown") < _IG_COUNT_SHOWN_SHARE:
        plays["igPlayCount"] = state.views
    return plays


def _post(video: Json, state: Reading) -> Json:
    """The fields that a post has wherever it is listed."""
    return {
        "id": str(ids.instagram_media_number(video["id"])),
        "type": "Video" if video["kind"] == "video" else "Image",
        "shortCode": video["id"],
        "caption": video["caption"],
        "hashtags": re.findall(r"#(\w+)", video["caption"]),
        "mentions": re.findall(r"@([\w.]+)", video["caption"]),
        "url": f"https://www.instagram.com/p/{video['id']}/",
        "commentsCount": 0 if state.comments_off else state.comments,
        "dimensionsHeight": 1920,
        "dimensionsWidth": 1080,
        "displayUrl": display_url(video["seed"]),
        "likesCount": HIDDEN if state.likes_hidden or state.count_hidden else state.likes,
        "timestamp": whole_second_iso(video["posted_unix"]),
    }


def _coauthors(visit: Visit, video: Json) -> list[Json]:
    found = []
    for author_id in video["coauthors"]:
        account = account_by_id(visit.world.store, "instagram", author_id)
        if account is not None:
            found.append({"id": author_id, "username": account["handle"], "is_verified": False})
    return found


def _music(account: Json, seed: int) -> Json:
    return {
        "artist_name": account["handle"],
        "song_name": "Original audio",
        "uses_original_audio": True,
        "should_mute_audio": False,
        "should_mute_audio_reason": "",
        "audio_id": str(10**15 + bits(seed, "audio") % 10**15),
    }


def _profile(visit: Visit, account: Json, url: str) -> Json:
    seed = account["seed"]
    picture = f"{_CDN}/t51.2885-19/{ids.token(24, seed, 'picture')}_n.jpg"
    return {
        "inputUrl": url,
        "id": account["author_id"],
        "username": account["handle"],
        "url": f"https://www.instagram.com/{account['handle']}",
        "fullName": account["handle"].replace(".", " ").replace("_", " ").title(),
        "biography": bio_at(account, visit.moment_unix),
        "externalUrls": [],
        "externalUrl": None,
        "followersCount": account["followers"],
        "followsCount": bits(seed, "following") % 900,
        "highlightReelCount": 0,
        "isBusinessAccount": False,
        "joinedRecently": False,
        "businessCategoryName": None,
        "private": False,
        "verified": False,
        "profilePicUrl": picture,
        "profilePicUrlHD": picture,
        "igtvVideoCount": 0,
        "postsCount": len(account["videos"]),
        "fbid": str(17_841_400_000_000_000 + bits(seed, "fbid") % 10**11),
        "latestPosts": [_listed(video, state, account) for video, state in visit.latest(account, _PROFILE_POSTS)],
    }


def _listed(video: Json, state: Reading, account: Json) -> Json:
    """A post inside a profile: it carries the old view count only."""
    listed = {
        **_post(video, state),
        "ownerUsername": account["handle"],
        "ownerId": account["author_id"],
        "isPinned": False,
        "isCommentsDisabled": state.comments_off,
    }
    if video["kind"] == "video":
        listed |= {
            "videoUrl": f"{_CDN}/t16/{ids.token(40, video['seed'], 'video')}.mp4",
            "videoViewCount": instagram_old_view_count(video["seed"], state.views),
            "productType": "clips",
        }
    return listed
