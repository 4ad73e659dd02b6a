"""The audience's part of the control API: accounts, videos, and what happens to them."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.audience.posting import (
    account_by_id,
    act_on_video,
    bio_at,
    canonical_url,
    change_account,
    open_account,
    post_video,
    short_url,
    video_by_id,
)
from sandbox.audience.reading import life_of, reading
from sandbox.store import Json
from sandbox.world import World


class AudienceControl:
    """The endpoints over one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def open_account(self, request: Request) -> JSONResponse:
        """Register an account on a platform."""
        given = await request.json()
        try:
            account = open_account(self.world, given["platform"], given["handle"], given.get("bio", ""))
        except (KeyError, ValueError) as error:
            return _refused(error)
        return JSONResponse(_account_json(self.world, account), 201)

    async def account(self, request: Request) -> JSONResponse:
        """Show an account, or change its bio or handle."""
        path = request.path_params
        found = account_by_id(self.world.store, path["platform"], path["author_id"])
        if found is None:
            return _not_found("account")
        if request.method == "PATCH":
            given = await request.json()
            try:
                change_account(self.world, found, bio=given.get("bio"), handle=given.get("handle"))
            except ValueError as error:
                return _refused(error)
        return JSONResponse(_account_json(self.world, found))

    async def post_video(self, request: Request) -> JSONResponse:
        """Let an account post."""
        given = await request.json()
        author = account_by_id(self.world.store, given.get("platform", ""), given.get("author_id", ""))
        if author is None:
            return _not_found("account")
        try:
            video = post_video(self.world, author, **_post_options(given))
        except (TypeError, ValueError) as error:
            return _refused(error)
        return JSONResponse(_video_json(self.world, video, self.world.clock.now()), 201)

    async def video(self, request: Request) -> JSONResponse:
        """Show a video with its truth (now, or at the moment `at`), or let something happen to it."""
        path = request.path_params
        found = video_by_id(self.world.store, path["platform"], path["id"])
        if found is None:
            return _not_found("video")
        if request.method == "POST":
            given = await request.json()
            try:
                act_on_video(self.world, found, **given)
            except (KeyError, TypeError, ValueError) as error:
                return _refused(error)
        try:
            at = _moment(request.query_params["at"]) if "at" in request.query_params else self.world.clock.now()
        except ValueError as error:
            return _refused(error)
        return JSONResponse(_video_json(self.world, found, at))


def routes(world: World) -> list[BaseRoute]:
    """The routes under /control/audience."""
    control = AudienceControl(world)
    return [
        Route("/audience/accounts", control.open_account, methods=["POST"]),
        Route("/audience/accounts/{platform}/{author_id}", control.account, methods=["GET", "PATCH"]),
        Route("/audience/videos", control.post_video, methods=["POST"]),
        Route("/audience/videos/{platform}/{id}", control.video, methods=["GET", "POST"]),
    ]


def _post_options(given: Json) -> Json:
    options = {key: value for key, value in given.items() if key not in ("platform", "author_id")}
    if options.get("posted_at") is not None:
        options["posted_at"] = _moment(options["posted_at"])
    return options


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _account_json(world: World, account: Json) -> Json:
    return {
        "platform": account["platform"],
        "author_id": account["author_id"],
        "handle": account["handle"],
        "bio": bio_at(account, world.clock.now().timestamp()),
        "videos": account["videos"],
    }


def _video_json(world: World, video: Json, at: datetime) -> Json:
    """The video with its truth: what was really counted at the moment, and whether the public could see it."""
    shown = reading(video, at.timestamp(), world.config.disorder)
    truth = life_of(video).counts(at.timestamp())
    return {
        "platform": video["platform"],
        "id": video["id"],
        "url": canonical_url(world.store, video),
        "short_url": short_url(video),
        "author_id": video["author_id"],
        "posted_at": datetime.fromtimestamp(video["posted_unix"], UTC).isoformat(),
        "final_views": video["final_views"],
        "fate": video["fate"],
        "attack": video["attack"],
        "visible": shown is not None,
        "views": None if shown is None else shown.views,
        "bought_views": truth.bought_views,
    }


def _not_found(what: str) -> JSONResponse:
    return JSONResponse({"error": f"There is no such {what}"}, 404)


def _refused(error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)
