"""The hosts of short and share links: /links/<host>/<path> answers as https://<host>/<path> would.

Besides the links of posted videos there are tokens that always behave badly, on every host:
ZLOOP0000 leads back to itself, ZHOPS0007 takes seven hops before the home page, ZINWARD00 leads to an address inside
the house's own network, ZFOREIGN0 to a host that is no platform, ZSLOW0000 sleeps first, and any unknown token leads
to the home page as an expired link does.
"""

import asyncio
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.world import World

_TIKTOK_HOSTS: Final = frozenset({"vm.tiktok.com", "vt.tiktok.com", "www.tiktok.com", "tiktok.com", "m.tiktok.com"})
_INSTAGRAM_HOSTS: Final = frozenset({"www.instagram.com", "instagram.com"})
_HOME: Final = {"tiktok": "https://www.tiktok.com/", "instagram": "https://www.instagram.com/"}
_ROBOT: Final = re.compile(r"bot|crawl|spider|curl|wget|python|httpx|requests|okhttp|aiohttp", re.IGNORECASE)
_HOPS: Final = re.compile(r"^ZHOPS(\d{4})$")
SLOW_SECONDS: Final = 8.0


def routes(world: World) -> list[BaseRoute]:
    """The routes under /links."""

    async def follow(request: Request) -> Response:
        host, path = request.path_params["host"].lower(), request.path_params["path"].rstrip("/")
        platform = _platform(host)
        if platform is None:
            return HTMLResponse("<h1>Not found</h1>", 404)
        token = path.rsplit("/", 1)[-1]
        if token == "ZSLOW0000":  # noqa: S105 - a word of the pretend world
            await asyncio.sleep(SLOW_SECONDS)
        link = world.store.get("short_link", f"{host}/{path}")
        if link is not None and link.get("refuse_head") and request.method == "HEAD":
            return Response(status_code=405, headers={"allow": "GET"})
        if not _looks_like_a_browser(platform, request):
            return _shell(platform)
        target = link["target"] if link is not None else _bad_token(host, path, token)
        return RedirectResponse(target or f"{_HOME[platform]}?_r=1", 301 if platform == "tiktok" else 302)

    return [Route("/{host}/{path:path}", follow, methods=["GET", "HEAD"])]


def control_routes(world: World) -> list[BaseRoute]:
    """Put a link anywhere: `{"host", "path", "target", "refuse_head"?}`."""

    async def links(request: Request) -> JSONResponse:
        order = await request.json()
        host, path = str(order["host"]).lower(), str(order["path"]).strip("/")
        link = {"target": order["target"], "refuse_head": bool(order.get("refuse_head", False))}
        world.store.put("short_link", f"{host}/{path}", link)
        return JSONResponse({"url": f"https://{host}/{path}/", **link}, 201)

    return [Route("/links", links, methods=["POST"])]


def _platform(host: str) -> str | None:
    if host in _TIKTOK_HOSTS:
        return "tiktok"
    return "instagram" if host in _INSTAGRAM_HOSTS else None


def _looks_like_a_browser(platform: str, request: Request) -> bool:
    """TikTok keeps the target from robots; Instagram gives it to whatever sends a browser's Sec-Fetch headers."""
    agent = request.headers.get("user-agent", "")
    if not agent.startswith("Mozilla/") or _ROBOT.search(agent):
        return False
    return platform == "tiktok" or "sec-fetch-mode" in request.headers


def _shell(platform: str) -> Response:
    """The page without content that robots get: 200 and no Location."""
    name = {"tiktok": "TikTok", "instagram": "Instagram"}[platform]
    return HTMLResponse(f"<!doctype html><html><head><title>{name}</title></head><body></body></html>")


def _bad_token(host: str, path: str, token: str) -> str | None:
    """Where a token leads that no video stands behind; None is the home page, as for an expired link."""
    folder = path[: -len(token)] if token else path
    if token == "ZLOOP0000":  # noqa: S105 - a word of the pretend world
        return f"https://{host}/{path}/"
    if token == "ZINWARD00":  # noqa: S105 - as above
        return "http://169.254.169.254/latest/meta-data/"
    if token == "ZFOREIGN0":  # noqa: S105 - as above
        return "https://clips.example/video/7106798200794926362"
    hops = _HOPS.match(token)
    if hops and int(hops.group(1)) > 1:
        return f"https://{host}/{folder}ZHOPS{int(hops.group(1)) - 1:04d}/"
    return None
