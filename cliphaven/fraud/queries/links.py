"""Who belongs together by what they have in common, and what happened to them before."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

from cliphaven.foundation import arrays
from cliphaven.fraud.models import Trait
from cliphaven.fraud.rules.across.links import Group, Shared, linked

TRAITS_MAX = 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """On how many clips of a creator views were taken back or voided before, and on how many of those bound to them."""

    own: int
    linked: int


def groups_of(user_ids: Collection[int]) -> list[Group]:
    """The groups that these people belong to: whoever shares a trait with them that not everybody has."""
    mine = Trait.objects.filter(user_id__in=user_ids).values("kind", "digest")
    digests = {(row["kind"], bytes(row["digest"])) for row in mine}
    if not digests:
        return []
    shared = Trait.objects.filter(digest__in=[digest for _, digest in sorted(digests)])
    rows = shared.order_by("id").values_list("user_id", "kind", "digest")[:TRAITS_MAX]
    return linked(Shared(str(user_id), kind, bytes(digest).hex()) for user_id, kind, digest in rows)


def linked_people(user_id: int) -> Mapping[int, list[str]]:
    """The people bound to somebody, each with the kinds of traits that bind the group."""
    return {
        int(person): sorted({kind for kind, _ in group.traits})
        for group in groups_of([user_id])
        if str(user_id) in group.people
        for person in group.people
        if person != str(user_id)
    }


# A clip counts once, whatever happened to it. What people decided of a shadow's case moved no money, and still tells.
_BEFORE = """
select c.creator_id, c.id from clips_clip c
 where c.creator_id = any(%s::bigint[])
   and (exists (select from tracking_purge p where p.clip_id = c.id)
        or exists (select from fraud_riskcase r where r.clip_id = c.id and r.state = 'voided'))"""


def records(clips: Mapping[int, int]) -> dict[int, Record]:
    """What happened before to the creators of clips (clip → creator), by clip: on other clips than the one itself."""
    creators = set(clips.values())
    bound: dict[int, set[int]] = {creator: set() for creator in creators}
    for group in groups_of(creators):
        people = {int(person) for person in group.people}
        for creator in people & creators:
            bound[creator] |= people - {creator}
    everybody = creators.union(*bound.values()) if bound else creators
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [arrays.numbers(sorted(everybody))])
        rows = cursor.fetchall()
    times = Counter(creator_id for creator_id, _ in rows)
    marked = {clip_id for _, clip_id in rows}
    return {
        clip_id: Record(
            own=times[creator] - (clip_id in marked), linked=sum(times[person] for person in bound[creator])
        )
        for clip_id, creator in clips.items()
    }
