"""Doors of the API for creators: why money of a clip is held, which views, how much, and until when."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router

from cliphaven.earnings.queries import own_doubts
from cliphaven.earnings.schemas import doubts as shapes
from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY
from cliphaven.identity.guards import AS_CREATOR, signed_in_id

MINE = Router(auth=AS_CREATOR, tags=["Creators: doubts about your clips"])

AClip = Annotated[int, Path(ge=1, le=ID_MAX)]


@MINE.get("/doubts", response={200: shapes.OwnDoubts, **NOBODY}, url_name="api_doubts_all")
def doubts_to_see_to(request: HttpRequest) -> shapes.OwnDoubts:
    """The doubts about your clips against which you can say something now, what ends first at the top."""
    found = own_doubts.doubts_to_see_to(creator_id=signed_in_id(request), now=clock.now())
    return shapes.OwnDoubts(doubts=[shapes.own_doubt(one) for one in found])


@MINE.get("/clips/{int:clip_id}/doubts", response={200: shapes.OwnDoubts, **NOBODY}, url_name="api_doubts")
def doubts(request: HttpRequest, clip_id: AClip) -> shapes.OwnDoubts:
    """Why money of your clip is or was held, of which views, how much, until when, and whether you can appeal."""
    found = own_doubts.doubts_of_clip(clip_id=clip_id, creator_id=signed_in_id(request), now=clock.now())
    return shapes.OwnDoubts(doubts=[shapes.own_doubt(one) for one in found])
