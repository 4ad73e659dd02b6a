"""What a clip's evidence consists of: its chain, the calls behind it, and what is kept of their answers."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cliphaven.clips.models import Clip
from cliphaven.tracking.models import VendorCall
from cliphaven.tracking.queries.history import chain_of
from cliphaven.tracking.rules.bundles import AnswerIs, CallFacts, KeptLink, items_about

ANSWERS_MAX = 200
"""The newest answers of which items are read out; each has to be unpacked as a whole."""
OBSERVATIONS_MAX = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipEvidence:
    """The chain of one clip from its first observation on, and the calls that its observations were taken from."""

    platform: str
    video_id: str
    url: str
    links: Sequence[KeptLink]
    calls: Sequence[CallFacts]


def clip_evidence(*, clip_id: int) -> ClipEvidence | None:
    """The evidence of a clip; None where there is no such clip. Of more than 20,000 observations the first ones."""
    clip = Clip.objects.filter(id=clip_id).only("platform", "video_id", "canonical_url").first()
    if clip is None:
        return None
    links = chain_of(clip_id, at_most=OBSERVATIONS_MAX)
    call_ids = sorted({link.call_id for link in links})
    items = _items(call_ids[-ANSWERS_MAX:], video_id=clip.video_id)
    kept = set(VendorCall.objects.filter(id__in=call_ids, raw_json__isnull=False).values_list("id", flat=True))
    return ClipEvidence(
        platform=clip.platform,
        video_id=clip.video_id,
        url=clip.canonical_url,
        links=links,
        calls=[
            CallFacts(
                call_id=call.id,
                run_id=call.run_id,
                source=call.source,
                raw_sha256=bytes(call.raw_digest or b"").hex(),
                started_at=call.started_at,
                ended_at=call.ended_at,
                quarantined_at=call.quarantined_at,
                cleared_at=call.cleared_at,
                answer=_where(call.id, here=items.keys(), kept=kept),
                items=items.get(call.id),
            )
            for call in VendorCall.objects.filter(id__in=call_ids).defer("raw_json").order_by("id")
        ],
    )


def _where(call_id: int, *, here: Collection[int], kept: Collection[int]) -> AnswerIs:
    if call_id in here:
        return AnswerIs.HERE
    return AnswerIs.LEFT_OUT if call_id in kept else AnswerIs.FORGOTTEN


def _items(call_ids: Sequence[int], *, video_id: str) -> dict[int, list[object]]:
    """By call, the items about a video of the answers that are still kept."""
    rows = VendorCall.objects.filter(id__in=call_ids, raw_json__isnull=False).values_list("id", "raw_json")
    return {
        call_id: items_about(zlib.decompress(bytes(raw)), video_id=video_id)
        for call_id, raw in rows.order_by("id").iterator(chunk_size=20)
        if raw is not None
    }
