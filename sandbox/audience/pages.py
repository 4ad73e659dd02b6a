"""A pretend profile as a page: open it on a platform, write its bio, post on it. For people who try the house out."""

import re
from html import escape
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.audience.posting import (
    PLATFORMS,
    account_by_handle,
    bio_at,
    canonical_url,
    change_account,
    open_account,
    post_video,
    short_url,
    video_by_id,
)
from sandbox.audience.reading import reading
from sandbox.sheets import button, choice, sheet
from sandbox.store import Json
from sandbox.world import World

_NAMES: Final = {"tiktok": "TikTok", "instagram": "Instagram", "youtube": "YouTube"}
_HANDLE: Final = re.compile(r"[\w.-]{1,60}")
_TEXT_MAX: Final = 2_000
_POSTS_SHOWN: Final = 10
_AUDIENCES: Final = {"5000": "5,000 views in a month", "60000": "60,000", "400000": "400,000", "2000000": "2,000,000"}


def routes(world: World) -> list[BaseRoute]:
    """The routes under /audience."""
    return [Route("/{platform}/{handle}", _Profiles(world).profile, methods=["GET", "POST"])]


class _Profiles:
    """The pages over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def profile(self, request: Request) -> Response:
        """The profile with its forms, and what they send."""
        platform, handle = request.path_params["platform"], request.path_params["handle"].lstrip("@")
        if platform not in PLATFORMS or _HANDLE.fullmatch(handle) is None:
            return sheet(
                "No such profile", "<h1>No such profile</h1><p>No platform has a profile like this.</p>", status=404
            )
        if request.method == "POST":
            form = {
                name: values[0] for name, values in parse_qs((await request.body()).decode(errors="replace")).items()
            }
            self._do(platform, handle, form)
            # Sent by redirect, so that loading the page again posts nothing a second time.
            return RedirectResponse(quote(handle), 303)
        account = account_by_handle(self.world.store, platform, handle)
        name = _NAMES[platform]
        inner = _nobody(name, handle) if account is None else self._page(name, account)
        return sheet(f"@{handle} on {name}", inner)

    def _do(self, platform: str, handle: str, form: dict[str, str]) -> None:
        account = account_by_handle(self.world.store, platform, handle)
        match form.get("act"), account:
            case "open", None:
                open_account(self.world, platform, handle)
            case "bio", dict():
                change_account(self.world, account, bio=form.get("bio", "")[:_TEXT_MAX])
            case "post", dict() if form.get("views") in _AUDIENCES:
                caption = form.get("caption", "")[:_TEXT_MAX]
                post_video(self.world, account, caption=caption, final_views=int(form["views"]))

    def _page(self, name: str, account: Json) -> str:
        now = self.world.clock.now().timestamp()
        bio = escape(bio_at(account, now))
        return (
            f"<h1>@{escape(account['handle'])}</h1><p>A pretend profile on {name}. It is yours to play with.</p>"
            f'<form method="post"><label for="bio">Bio</label><textarea id="bio" name="bio" rows="3">{bio}</textarea>'
            + button("save", "act", "bio", "Save the bio", first=True)
            + '</form><form method="post"><label for="caption">Caption of a new clip</label>'
            '<textarea id="caption" name="caption" rows="2"></textarea>'
            + choice("views", "views", "Its audience", _AUDIENCES)
            + button("post", "act", "post", "Post it")
            + f"</form>{self._posts(account, now)}"
        )

    def _posts(self, account: Json, now: float) -> str:
        """The newest clips with the links that people paste; in a profile of many, those that were posted last."""
        lines = []
        for video_id in reversed(account["videos"][-_POSTS_SHOWN:]):
            video = video_by_id(self.world.store, account["platform"], video_id)
            state = None if video is None else reading(video, now, self.world.config.disorder)
            if video is None or state is None:
                continue
            views = "count hidden" if state.views is None else f"{state.views:,} views"
            title = escape(video["caption"][:80]) or "A clip without a caption"
            links = f"{escape(canonical_url(self.world.store, video))}<br>{escape(short_url(video))}"
            lines.append(f"<li><span>{title}<br><small>{links}</small></span><span>{views}</span></li>")
        return f"<h1>Its clips</h1><p>Paste one of the links.</p><ul>{''.join(lines)}</ul>" if lines else ""


def _nobody(name: str, handle: str) -> str:
    return (
        f"<h1>@{escape(handle)}</h1><p>Nobody has this name on the pretend {name} yet.</p>"
        f'<form method="post">{button("open", "act", "open", "Open this profile", first=True)}</form>'
    )
