"""Accounts and videos on the three platforms: opening, posting, and what later happens to a video."""

from datetime import datetime
from typing import Any, Final
from zlib import crc32

from sandbox.audience import ids
from sandbox.audience.attacks import KINDS as ATTACKS
from sandbox.audience.chance import between, bits, draw
from sandbox.audience.growth import drawn_final_views
from sandbox.audience.thumbnails import keep_place
from sandbox.store import Json, Store
from sandbox.world import World

PLATFORMS: Final = ("tiktok", "instagram", "youtube")
ACTIONS: Final = ("delete", "restore", "purge", "hide_count", "show_count", "set_views")
KINDS: Final = {"tiktok": ("video", "slideshow"), "instagram": ("video", "image"), "youtube": ("video",)}
DEFAULT_PURGED_SHARE: Final = 0.9
# Uploaded hours before it was published: the id tells of the upload.
SCHEDULED_SHARE: Final = 0.02


def open_account(world: World, platform: str, handle: str, bio: str = "") -> Json:
    """Register an account. Raises ValueError when the platform is unknown or the handle is taken."""
    _known_platform(platform)
    if account_by_handle(world.store, platform, handle) is not None:
        raise ValueError(f"The handle {handle} is taken on {platform}")
    now = world.clock.now().timestamp()
    seed = _new_seed(world, f"account {platform} {handle}")
    author_id = {
        "tiktok": ids.tiktok_author_id,
        "instagram": ids.instagram_author_id,
        "youtube": ids.youtube_channel_id,
    }[platform](seed)
    account = {
        "platform": platform,
        "author_id": author_id,
        "handle": handle,
        "bios": [[now, bio]],
        "seed": seed,
        "followers": int(40 * 10 ** (3.2 * draw(seed, "followers"))),
        "opened_unix": now - 86_400 * (60 + bits(seed, "age") % 1_500),
        "videos": [],
    }
    world.store.put("account", f"{platform}:{author_id}", account)
    world.store.put("handle", f"{platform}:{handle.lower()}", {"author_id": author_id})
    return account


def change_account(world: World, account: Json, *, bio: str | None = None, handle: str | None = None) -> Json:
    """Write a new bio, or take another handle; the id stays. Raises ValueError when the handle is taken."""
    platform = account["platform"]
    if handle is not None and handle != account["handle"]:
        holder = account_by_handle(world.store, platform, handle)
        if holder is not None and holder["author_id"] != account["author_id"]:
            raise ValueError(f"The handle {handle} is taken on {platform}")
        world.store.delete("handle", f"{platform}:{account['handle'].lower()}")
        world.store.put("handle", f"{platform}:{handle.lower()}", {"author_id": account["author_id"]})
        account["handle"] = handle
    if bio is not None:
        account["bios"].append([world.clock.now().timestamp(), bio])
    return world.store.put("account", f"{platform}:{account['author_id']}", account)


def account_by_id(store: Store, platform: str, author_id: str) -> Json | None:
    """The account with this unchanging id."""
    return store.get("account", f"{platform}:{author_id}")


def account_by_handle(store: Store, platform: str, handle: str) -> Json | None:
    """The account that now has this handle, however it is written."""
    entry = store.get("handle", f"{platform}:{handle.lstrip('@').lower()}")
    return None if entry is None else account_by_id(store, platform, entry["author_id"])


def bio_at(account: Json, moment_unix: float) -> str:
    """The bio as it stood then; before the first one, the first one."""
    text = account["bios"][0][1]
    for since, bio in account["bios"]:
        if since <= moment_unix:
            text = bio
    return str(text)


def post_video(
    world: World,
    account: Json,
    *,
    caption: str = "",
    posted_at: datetime | None = None,
    final_views: int | None = None,
    attack: str = "none",
    kind: str = "video",
    coauthors: list[str] | None = None,
    fate: str | None = None,
    reupload_of: str | None = None,
) -> Json:
    """Post a video (now, unless `posted_at` says otherwise), or another `kind` of post: "image", "slideshow".

    `fate` is "natural" (may take off late, be deleted, be purged, hide its likes) or "steady" (does nothing of the kind
    by itself). A video whose `final_views` are ordered is steady unless told otherwise. Raises ValueError for unknown
    words. `coauthors` are ids or handles of accounts on the same platform. With `reupload_of` ("tiktok:71…", a platform
    and an id) it shows the picture of that video, at another size and quality.
    """
    platform = account["platform"]
    fate = fate or ("natural" if final_views is None else "steady")
    _known_words(platform, attack=attack, fate=fate, kind=kind)
    posted = (posted_at or world.clock.now()).timestamp()
    seed = _new_seed(world, f"video {platform} {account['author_id']}")
    video = {
        "platform": platform,
        "id": _video_id(platform, posted, seed, natural=fate == "natural"),
        "author_id": account["author_id"],
        "kind": kind,
        "caption": caption,
        "posted_unix": posted,
        "seed": seed,
        "final_views": drawn_final_views(seed) if final_views is None else max(1, final_views),
        "fate": fate,
        "attack": attack,
        "coauthors": [_author_id(world.store, platform, one) for one in coauthors or []],
        "picture_seed": seed if reupload_of is None else _picture_seed(world.store, reupload_of),
        "events": [],
    }
    world.store.put("video", f"{platform}:{video['id']}", video)
    account["videos"].append(video["id"])
    world.store.put("account", f"{platform}:{account['author_id']}", account)
    keep_place(world.store, video)
    if platform != "youtube":
        world.store.put("short_link", short_path(video), {"target": shared_url(world.store, video)})
    return video


def act_on_video(world: World, video: Json, action: str, **details: Any) -> Json:
    """Something happens to the video now. "purge" takes `share` (of its bought views, or of all when none were bought),
    "set_views" takes `views` (what it shows from now on). Raises ValueError for an unknown action."""
    if action not in ACTIONS:
        raise ValueError(f"Unknown action {action!r}: one of {', '.join(ACTIONS)}")
    event: Json = {"at": world.clock.now().timestamp(), "action": action}
    if action == "purge":
        event["share"] = float(details.get("share", DEFAULT_PURGED_SHARE))
    if action == "set_views":
        event["views"] = int(details["views"])
    video["events"].append(event)
    return world.store.put("video", f"{video['platform']}:{video['id']}", video)


def video_by_id(store: Store, platform: str, video_id: str) -> Json | None:
    """The video, whether it can be seen now or not."""
    return store.get("video", f"{platform}:{video_id}")


def canonical_url(store: Store, video: Json) -> str:
    """The address a browser shows for the video."""
    if video["platform"] == "youtube":
        return f"https://www.youtube.com/watch?v={video['id']}"
    if video["platform"] == "instagram":
        return f"https://www.instagram.com/p/{video['id']}/"
    account = account_by_id(store, "tiktok", video["author_id"])
    return f"https://www.tiktok.com/@{account['handle'] if account else ''}/video/{video['id']}"


def short_url(video: Json) -> str:
    """The link that the platform's share button copies."""
    if video["platform"] == "youtube":
        return f"https://youtu.be/{video['id']}"
    return f"https://{short_path(video)}/"


def short_path(video: Json) -> str:
    """Host and path of the share link, without the closing slash; the key under which its target is kept."""
    seed = video["seed"]
    if video["platform"] == "tiktok":
        host = ("vm.tiktok.com", "vm.tiktok.com", "vt.tiktok.com", "www.tiktok.com/t")[bits(seed, "short host") % 4]
        return f"{host}/Z{ids.token(8, seed, 'short')}"
    if video["platform"] == "instagram":
        return f"www.instagram.com/share/reel/BA{ids.token(8, seed, 'short')}"
    return f"youtu.be/{video['id']}"


def shared_url(store: Store, video: Json) -> str:
    """Where the share link leads: the video's address with the tracking clutter that platforms add."""
    clutter = bits(video["seed"], "clutter")
    if video["platform"] == "tiktok":
        return f"{canonical_url(store, video)}?_r=1&_t=ZS-{clutter % 10**10:x}&web_id={7 * 10**18 + clutter % 10**18}"
    if video["platform"] == "instagram":
        return f"https://www.instagram.com/reel/{video['id']}/?igsh={ids.token(16, video['seed'], 'igsh')}"
    return canonical_url(store, video)


def _video_id(platform: str, posted_unix: float, seed: int, *, natural: bool) -> str:
    if platform == "tiktok":
        # The upload begins some seconds before the post is public.
        return ids.tiktok_video_id(int(posted_unix) - 4 - bits(seed, "upload") % 46, seed)
    if platform == "instagram":
        created_ms = int(posted_unix * 1000) - 5_000 - bits(seed, "upload") % 90_000
        if natural and draw(seed, "scheduled") < SCHEDULED_SHARE:
            created_ms -= int(3_600_000 * between(2.0, 16.0, seed, "scheduled when"))
        return ids.instagram_shortcode(ids.instagram_media_id(created_ms, seed))
    return ids.youtube_video_id(seed)


def _author_id(store: Store, platform: str, id_or_handle: str) -> str:
    account = account_by_id(store, platform, id_or_handle) or account_by_handle(store, platform, id_or_handle)
    if account is None:
        raise ValueError(f"There is no account {id_or_handle} on {platform}")
    return str(account["author_id"])


def _picture_seed(store: Store, video: str) -> int:
    found = store.get("video", video)
    if found is None:
        raise ValueError(f"There is no video {video}")
    return int(found["picture_seed"] if "picture_seed" in found else found["seed"])


def _known_words(platform: str, *, attack: str, fate: str, kind: str) -> None:
    if attack not in ATTACKS:
        raise ValueError(f"Unknown attack {attack!r}: one of {', '.join(ATTACKS)}")
    if fate not in ("natural", "steady"):
        raise ValueError("fate is natural or steady")
    if kind not in KINDS[platform]:
        raise ValueError(f"{platform} has no {kind}: one of {', '.join(KINDS[platform])}")


def _known_platform(platform: str) -> None:
    if platform not in PLATFORMS:
        raise ValueError(f"Unknown platform {platform!r}: one of {', '.join(PLATFORMS)}")


def _new_seed(world: World, what: str) -> int:
    """A seed that is the same in every world that did the same things in the same order."""
    return bits(world.store.next_number("seed"), crc32(what.encode()))
