"""The pictures that platforms show for videos: /thumbnails/<host>/<path> answers as https://<host>/<path> would.

Each is drawn from the video's seed, or from that of the video which it is a re-upload of: then it is the same picture,
smaller and squeezed harder.
"""

import io
from functools import lru_cache
from typing import Final

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.audience import ids
from sandbox.audience.chance import bits
from sandbox.store import Json, Store
from sandbox.world import World

_SIZES: Final = {"tiktok": (576, 1024), "instagram": (540, 960), "youtube": (320, 180)}
_QUALITY: Final = 85
_AGAIN_SHARE: Final = 0.6
_AGAIN_QUALITY: Final = 40
# So many patches of colour a picture has: enough for any two to differ.
_PATCHES: Final = (9, 8)


def frame_url(seed: int) -> str:
    """Where TikTok keeps the picture of the video with this seed."""
    return f"https://p16-sign.tiktokcdn-us.com/tos-useast5-p-0068/{ids.token(32, seed, 'frame')}.image"


def display_url(seed: int) -> str:
    """Where Instagram does."""
    return f"https://scontent.cdninstagram.com/v/t51.2885-15/{ids.token(24, seed, 'image')}_n.jpg"


def keep_place(store: Store, video: Json) -> None:
    """Remember whose picture it is that lies there; YouTube's addresses say it themselves."""
    where = {"tiktok": frame_url, "instagram": display_url}.get(video["platform"])
    if where is not None:
        key = where(video["seed"]).removeprefix("https://")
        store.put("thumbnail", key, {"video": f"{video['platform']}:{video['id']}"})


def routes(world: World) -> list[BaseRoute]:
    """The routes under /thumbnails."""

    async def show(request: Request) -> Response:
        video = _video_at(world.store, request.path_params["host"].lower(), request.path_params["path"])
        if video is None:
            return Response("Not found", 404, media_type="text/plain")
        wide, high = _SIZES[video["platform"]]
        seed = video.get("picture_seed", video["seed"])
        if seed == video["seed"]:
            content = _drawn(seed, wide, high, _QUALITY)
        else:
            content = _drawn(seed, int(wide * _AGAIN_SHARE), int(high * _AGAIN_SHARE), _AGAIN_QUALITY)
        return Response(content, media_type="image/jpeg", headers={"cache-control": "max-age=1209600"})

    return [Route("/{host}/{path:path}", show)]


def _video_at(store: Store, host: str, path: str) -> Json | None:
    if host == "i.ytimg.com":
        folder, _, file = path.partition("/")
        return store.get("video", f"youtube:{file.partition('/')[0]}") if folder == "vi" else None
    place = store.get("thumbnail", f"{host}/{path}")
    return None if place is None else store.get("video", place["video"])


@lru_cache(maxsize=500)
def _drawn(seed: int, wide: int, high: int, quality: int) -> bytes:
    columns, rows = _PATCHES
    colours = bytes(bits(seed, "thumbnail", place) & 0xFF for place in range(3 * columns * rows))
    picture = Image.frombytes("RGB", _PATCHES, colours).resize((wide, high), Image.Resampling.BICUBIC)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
