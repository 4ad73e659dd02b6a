"""YouTube Data API v3: videos.list, channels.list and playlistItems.list of uploads, with the daily quota."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.audience import ids
from sandbox.audience.chance import bits, draw
from sandbox.audience.display import rounded_subscribers
from sandbox.audience.posting import account_by_handle, account_by_id, bio_at, video_by_id
from sandbox.audience.reading import Reading, reading
from sandbox.google import account_of
from sandbox.store import Json
from sandbox.vendor_errors import youtube_error
from sandbox.world import World

Endpoint = Callable[[Request], Awaitable[JSONResponse]]

DAILY_UNITS: Final = 10_000
MOST_IDS: Final = 50
PACIFIC: Final = ZoneInfo("America/Los_Angeles")
VIDEO_PARTS: Final = frozenset({"id", "snippet", "statistics", "status", "contentDetails"})
PLAYLIST_PARTS: Final = frozenset({"id", "contentDetails"})
CHANNEL_PARTS: Final = frozenset({"id", "snippet", "statistics", "contentDetails"})
OVERLOOKED_SHARE: Final = 0.002
NO_VIEW_COUNT_SHARE: Final = 0.001


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, code: int, domain: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.answer = JSONResponse(youtube_error(code, domain, reason, message), code)


def routes(world: World) -> list[BaseRoute]:
    """The routes under /youtube."""
    api = _Api(world)
    return [
        Route("/youtube/v3/videos", api.guarded(api.videos), methods=["GET"]),
        Route("/youtube/v3/channels", api.guarded(api.channels), methods=["GET"]),
        Route("/youtube/v3/playlistItems", api.guarded(api.uploads), methods=["GET"]),
    ]


def control_routes(world: World) -> list[BaseRoute]:
    """The quota of the current Pacific day: how much is used, and setting it."""

    async def quota(request: Request) -> JSONResponse:
        if request.method == "POST":
            order = await request.json()
            world.store.put("youtube_quota", _pacific_day(world), {"used": int(order["used"])})
        day = _pacific_day(world)
        used = (world.store.get("youtube_quota", day) or {"used": 0})["used"]
        return JSONResponse({"day": day, "used": used, "daily_units": DAILY_UNITS})

    return [Route("/youtube/quota", quota, methods=["GET", "POST"])]


class _Api:
    """The endpoints over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint behind the key and the quota, with refusals turned into answers."""

        async def answer(request: Request) -> JSONResponse:
            try:
                self._check_consent_or_key(request)
                self._spend_unit()
                return await endpoint(request)
            except RefusedError as refusal:
                return refusal.answer

        return answer

    async def videos(self, request: Request) -> JSONResponse:
        """videos.list by id: whatever cannot be seen is left out without a word."""
        parts = _parts(request, VIDEO_PARTS)
        wanted = _ids(request)
        if not wanted:
            raise RefusedError(400, "youtube.parameter", "missingRequiredParameter", "No filter selected.")
        if len(wanted) > MOST_IDS:
            message = "The request specifies an invalid filter parameter."
            raise RefusedError(400, "youtube.parameter", "invalidFilters", message)
        now = self.world.clock.now().timestamp()
        items = [item for video_id in dict.fromkeys(wanted) if (item := self._video(video_id, parts, now)) is not None]
        return JSONResponse(_list("youtube#videoListResponse", items, always_items=True))

    async def channels(self, request: Request) -> JSONResponse:
        """channels.list by id or handle. An answer without any channel has no `items` at all."""
        parts = _parts(request, CHANNEL_PARTS)
        if "forHandle" in request.query_params:
            found = [account_by_handle(self.world.store, "youtube", request.query_params["forHandle"])]
        elif "mine" in request.query_params:
            consented = account_of(self.world, _bearer(request) or "")
            if consented is None:
                message = "The request uses the mine parameter but is not properly authorized."
                raise RefusedError(401, "youtube.header", "authorizationRequired", message)
            found = [account_by_id(self.world.store, "youtube", consented["author_id"])]
        else:
            wanted = _ids(request)
            if not wanted:
                raise RefusedError(400, "youtube.parameter", "missingRequiredParameter", "No filter selected.")
            found = [account_by_id(self.world.store, "youtube", channel_id) for channel_id in dict.fromkeys(wanted)]
        items = [self._channel(account, parts) for account in found if account is not None]
        return JSONResponse(_list("youtube#channelListResponse", items, always_items=False))

    async def uploads(self, request: Request) -> JSONResponse:
        """playlistItems.list of a channel's uploads, one video of them: what strangers cannot see is not in it."""
        parts = _parts(request, PLAYLIST_PARTS)
        playlist, video_id = (request.query_params.get(name, "") for name in ("playlistId", "videoId"))
        account = account_by_id(self.world.store, "youtube", "UC" + playlist.removeprefix("UU"))
        if account is None or not playlist.startswith("UU"):
            message = "The playlist identified with the request's playlistId parameter cannot be found."
            raise RefusedError(404, "youtube.playlistItem", "playlistNotFound", message)
        video = video_by_id(self.world.store, "youtube", ids.youtube_canonical(video_id))
        now = self.world.clock.now().timestamp()
        is_listed = video is not None and video["author_id"] == account["author_id"]
        items = []
        if video is not None and is_listed and reading(video, now, disorder=0.0) is not None:
            published = f"{datetime.fromtimestamp(video['posted_unix'], UTC):%Y-%m-%dT%H:%M:%SZ}"
            details = {"videoId": video["id"], "videoPublishedAt": published}
            name = _etag(playlist, video["id"])
            items.append(_resource("youtube#playlistItem", name, {"contentDetails": lambda: details}, parts))
        return JSONResponse(_list("youtube#playlistItemListResponse", items, always_items=True))

    def _video(self, video_id: str, parts: set[str], now: float) -> Json | None:
        video = video_by_id(self.world.store, "youtube", ids.youtube_canonical(video_id))
        if video is None:
            return None
        state = reading(video, now, self.world.config.disorder)
        hour = int(now // 3600)
        if state is None or draw(video["seed"], "overlooked", hour) < OVERLOOKED_SHARE * self.world.config.disorder:
            return None
        sections = {
            "snippet": lambda: self._snippet(video),
            "contentDetails": lambda: _content_details(video["seed"]),
            "status": lambda: _status(state),
            "statistics": lambda: self._statistics(video, state, hour),
        }
        return _resource("youtube#video", video["id"], sections, parts)

    def _snippet(self, video: Json) -> Json:
        account = account_by_id(self.world.store, "youtube", video["author_id"])
        title, _, rest = video["caption"].partition("\n")
        title = title[:100] or "Untitled"
        return {
            "publishedAt": f"{datetime.fromtimestamp(video['posted_unix'], UTC):%Y-%m-%dT%H:%M:%SZ}",
            "channelId": video["author_id"],
            "title": title,
            "description": rest,
            "thumbnails": _thumbnails(f"https://i.ytimg.com/vi/{video['id']}"),
            "channelTitle": account["handle"] if account else "",
            "categoryId": "22",
            "liveBroadcastContent": "none",
            "localized": {"title": title, "description": rest},
        }

    def _statistics(self, video: Json, state: Reading, hour: int) -> Json:
        statistics = {"favoriteCount": "0"}
        if not state.comments_off:
            statistics["commentCount"] = str(state.comments)
        if state.count_hidden:
            return statistics
        if draw(video["seed"], "no view count", hour) >= NO_VIEW_COUNT_SHARE * self.world.config.disorder:
            statistics["viewCount"] = str(state.views)
        if not state.likes_hidden:
            statistics["likeCount"] = str(state.likes)
        return statistics

    def _channel(self, account: Json, parts: set[str]) -> Json:
        now = self.world.clock.now().timestamp()
        sections = {
            "snippet": lambda: _channel_snippet(account, bio_at(account, now)),
            "contentDetails": lambda: {"relatedPlaylists": {"likes": "", "uploads": "UU" + account["author_id"][2:]}},
            "statistics": lambda: self._channel_statistics(account, now),
        }
        return _resource("youtube#channel", account["author_id"], sections, parts)

    def _channel_statistics(self, account: Json, now: float) -> Json:
        views = videos = 0
        for video_id in account["videos"]:
            video = video_by_id(self.world.store, "youtube", video_id)
            state = None if video is None else reading(video, now, disorder=0.0)
            if state is not None:
                views, videos = views + state.views, videos + 1
        return {
            "viewCount": str(views),
            "subscriberCount": str(rounded_subscribers(account["followers"])),
            "hiddenSubscriberCount": False,
            "videoCount": str(videos),
        }

    def _check_consent_or_key(self, request: Request) -> None:
        token = _bearer(request)
        if token is None:
            self._check_key(request)
        elif account_of(self.world, token) is None:
            raise RefusedError(401, "global", "authError", "Invalid Credentials")

    def _check_key(self, request: Request) -> None:
        key = request.query_params.get("key") or request.headers.get("x-goog-api-key", "")
        if not key:
            message = "Method doesn't allow unregistered callers. Please use an API key."
            raise RefusedError(403, "global", "forbidden", message)
        if key != self.world.config.youtube_api_key:
            raise RefusedError(400, "usageLimits", "keyInvalid", "Bad Request")

    def _spend_unit(self) -> None:
        """Every request costs one unit of the Pacific day, a wrong one too."""
        day = _pacific_day(self.world)
        quota = self.world.store.get("youtube_quota", day) or {"used": 0}
        if quota["used"] >= DAILY_UNITS:
            message = (
                "The request cannot be completed because you have exceeded your "
                '<a href="/youtube/v3/getting-started#quota">quota</a>.'
            )
            raise RefusedError(403, "youtube.quota", "quotaExceeded", message)
        quota["used"] += 1
        self.world.store.put("youtube_quota", day, quota)


def _bearer(request: Request) -> str | None:
    """The token that somebody's consent gave, if the request comes with one instead of a key."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def _pacific_day(world: World) -> str:
    return world.clock.now().astimezone(PACIFIC).date().isoformat()


def _parts(request: Request, known: frozenset[str]) -> set[str]:
    parts = {
        part.strip() for value in request.query_params.getlist("part") for part in value.split(",") if part.strip()
    }
    if not parts:
        raise RefusedError(400, "global", "required", "Required parameter: part")
    if unknown := parts - known:
        raise RefusedError(400, "youtube.part", "unknownPart", f"Unknown part: {', '.join(sorted(unknown))}")
    return parts


def _ids(request: Request) -> list[str]:
    """The ids, whether they came as `id=a&id=b` or as `id=a,b`."""
    return [one.strip() for value in request.query_params.getlist("id") for one in value.split(",") if one.strip()]


def _resource(kind: str, id_: str, sections: dict[str, Callable[[], Json]], parts: set[str]) -> Json:
    resource: Json = {"kind": kind, "etag": _etag(id_, *sorted(parts)), "id": id_}
    for name, section in sections.items():
        if name in parts:
            resource[name] = section()
    return resource


def _list(kind: str, items: list[Json], *, always_items: bool) -> Json:
    count = len(items)
    answer: Json = {
        "kind": kind,
        "etag": _etag(kind, *(item["id"] for item in items)),
        "pageInfo": {"totalResults": count, "resultsPerPage": count or (0 if always_items else 5)},
    }
    if items or always_items:
        answer["items"] = items
    return answer


@lru_cache(maxsize=20_000)
def _etag(*about: str) -> str:
    return ids.base64_number(bits(1, *about) << 98 | bits(2, *about) << 34 | bits(3, *about) >> 30, 27)


def _thumbnails(base: str) -> Json:
    sizes = {"default": ("default", 120, 90), "medium": ("mqdefault", 320, 180), "high": ("hqdefault", 480, 360)}
    return {
        name: {"url": f"{base}/{file}.jpg", "width": width, "height": height}
        for name, (file, width, height) in sizes.items()
    }


def _content_details(seed: int) -> Json:
    minutes, seconds = divmod(7 + bits(seed, "duration") % 170, 60)
    return {
        "duration": f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S",
        "dimension": "2d",
        "definition": "hd",
        "caption": "false",
        "licensedContent": False,
        "contentRating": {},
        "projection": "rectangular",
    }


def _status(state: Reading) -> Json:
    return {
        "uploadStatus": "processed",
        "privacyStatus": "public",
        "license": "youtube",
        "embeddable": True,
        "publicStatsViewable": not state.count_hidden,
        "madeForKids": False,
    }


def _channel_snippet(account: Json, bio: str) -> Json:
    return {
        "title": account["handle"],
        "description": bio,
        "customUrl": f"@{account['handle'].lower()}",
        "publishedAt": f"{datetime.fromtimestamp(account['opened_unix'], UTC):%Y-%m-%dT%H:%M:%SZ}",
        "thumbnails": _thumbnails(f"https://yt3.ggpht.com/{ids.token(32, account['seed'], 'picture')}"),
        "localized": {"title": account["handle"], "description": bio},
        "country": "US",
    }
