"""What other clips and people say about a clip, for whoever judges it: in one question each for many clips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips.queries import thumbnails
from cliphaven.fraud.queries import links
from cliphaven.fraud.rules.across.duplicates import looks_alike
from cliphaven.fraud.rules.across.links import Shared, owners_of
from cliphaven.fraud.rules.across.recidivism import recidivism
from cliphaven.fraud.rules.across.rings import ring
from cliphaven.fraud.rules.across.self_dealing import own_money, self_dealing
from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.identity.queries import organisations


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """Whose clip it is, and in which campaign."""

    clip_id: int
    creator_id: int
    campaign_id: int


class Surroundings:
    """What binds the creators of some clips to others and to their sponsors, what happened to them before, and which
    clips look like earlier ones of others."""

    def __init__(self, clips: Sequence[Owned]) -> None:
        """Reads all of it."""
        self._clips = {clip.clip_id: clip for clip in clips}
        creators = {clip.clip_id: clip.creator_id for clip in clips}
        self._web = links.Web(set(creators.values()))
        self._records = links.records(creators, web=self._web)
        self._sponsors = campaigns.organisations(sorted({clip.campaign_id for clip in clips}))
        self._alike = thumbnails.earlier_alike(list(self._clips))
        self._members = organisations.ever_members(sorted(set(self._sponsors.values())))

    def of(self, clip_id: int, *, in_step: Mapping[str, Any] | None) -> list[AcrossClips]:
        """What is said about one of the clips; `in_step` is what was found when it was last compared."""
        clip = self._clips[clip_id]
        record = self._records[clip_id]
        traits = self._web.around(clip.creator_id)
        members = self._members[self._sponsors[clip.campaign_id]]
        creator = str(clip.creator_id)
        found = (
            _lockstep(in_step),
            recidivism(own=record.own, linked=record.linked),
            own_money(self_dealing(members=map(str, members), creator=creator, traits=traits, crowd=_crowd(traits))),
            ring(creator=creator, traits=traits),
            _duplicate(self._alike.get(clip_id)),
        )
        return [one for one in found if one is not None]


def _crowd(traits: Sequence[Shared]) -> dict[tuple[str, str], int]:
    return {key: len(people) for key, people in owners_of(traits).items()}


def _duplicate(earlier: thumbnails.EarlierAlike | None) -> AcrossClips | None:
    return None if earlier is None else looks_alike(earlier_clip=earlier.clip_id, bits=earlier.bits)


def _lockstep(in_step: Mapping[str, Any] | None) -> AcrossClips | None:
    if in_step is None:
        return None
    since_at = in_step["since_at"]
    return AcrossClips(
        signal=Signal.LOCKSTEP,
        strength=in_step["strength"],
        since_at=datetime.fromisoformat(since_at) if since_at else None,
        evidence=in_step["evidence"],
    )
