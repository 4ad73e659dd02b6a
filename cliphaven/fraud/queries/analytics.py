"""Which creators were asked for the analytics of a clip, and what they showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cliphaven.clips import queries as clips
from cliphaven.fraud.models import AnalyticsRequest
from cliphaven.fraud.queries.case_files import KeptFile

WAITING_SHOWN_MAX = 10


@dataclass(frozen=True, kw_only=True)
class AnalyticsLine:
    """A clip whose creator was asked because its views are worth much; of a file what is known beside its contents.

    `answered_at` is None while nothing came. Nothing follows from that.
    """

    request_id: int
    clip_id: int
    worth_minor: int
    currency: str
    asked_at: datetime
    answered_at: datetime | None
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str


def of_clip(*, clip_id: int) -> AnalyticsLine | None:
    """What was asked about a clip, and shown; None if nobody asked. For the staff."""
    found = _lines(AnalyticsRequest.objects.filter(clip_id=clip_id))
    return found[0] if found else None


def of_own_clip(*, clip_id: int, creator_id: int) -> AnalyticsLine | None:
    """The same, for its creator. Raises NoSuchClip for somebody else's clip."""
    clips.clip_of_creator(clip_id=clip_id, creator_id=creator_id)
    return of_clip(clip_id=clip_id)


def waiting_of(*, creator_id: int) -> Sequence[AnalyticsLine]:
    """What a creator was asked and did not show yet, the latest first."""
    waiting = AnalyticsRequest.objects.filter(clip__creator_id=creator_id, answered_at=None)
    return _lines(waiting.order_by("-asked_at", "-id")[:WAITING_SHOWN_MAX])


def file_of(*, request_id: int) -> KeptFile | None:
    """The file that a creator showed; None if there is none. For the staff."""
    one = AnalyticsRequest.objects.filter(id=request_id, file__isnull=False).first()
    return None if one is None else KeptFile(name=one.file_name, kind=one.file_kind, content=bytes(one.file or b""))


def _lines(requests: QuerySet[AnalyticsRequest]) -> list[AnalyticsLine]:
    return [
        AnalyticsLine(
            request_id=one.pk,
            clip_id=one.clip_id,
            worth_minor=one.worth_minor,
            currency=one.currency,
            asked_at=one.asked_at,
            answered_at=one.answered_at,
            text=one.text,
            file_name=one.file_name,
            file_kind=one.file_kind,
            file_size=one.file_size,
            file_sha256=bytes(one.file_sha256 or b"").hex(),
        )
        for one in requests.defer("file")
    ]
