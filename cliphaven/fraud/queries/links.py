"""Who belongs together by what they have in common, and what happened to them before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from cliphaven.foundation import arrays
from cliphaven.fraud.rules.across.links import HUB_FROM, OF_ONE_OWNER, Group, Shared, linked

TRAITS_MAX = 50_000
_STEPS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """On how many clips of a creator views were taken back or voided before, and on how many of those bound to them."""

    own: int
    linked: int


# Of a trait that very many have no more owners are read than make it a hub.
_OWNERS = """
select s.user_id, s.kind, s.digest
  from (select distinct t.kind, t.digest, h.most
          from fraud_trait t join unnest(%s::text[], %s::int[]) h(kind, most) on h.kind = t.kind
         where t.user_id = any(%s::bigint[])) mine
 cross join lateral (
   select user_id, kind, digest from fraud_trait where kind = mine.kind and digest = mine.digest
    order by user_id limit mine.most) s"""


class Web:
    """The traits of some people, and of whoever shares one with them: as many steps away as matter.

    From people who share an address of the network nobody goes on: addresses change hands, and step by step they would
    bind a whole town. Bank accounts, mailboxes and devices are followed for three steps.
    """

    def __init__(self, user_ids: Collection[int]) -> None:
        """Reads what these people have, and who else has it."""
        self._people: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._keys: dict[str, set[tuple[str, str]]] = defaultdict(set)
        kinds: Iterable[str] = HUB_FROM
        asked, further = set(user_ids), set(user_ids)
        for _ in range(_STEPS):
            keys = self._read(further, kinds)
            kinds = OF_ONE_OWNER
            near = {int(person) for key in keys if key[0] in kinds and self._binds(key) for person in self._people[key]}
            further = near - asked
            asked |= further
            if not further or sum(map(len, self._keys.values())) > TRAITS_MAX:
                break

    def _read(self, user_ids: Collection[int], kinds: Iterable[str]) -> set[tuple[str, str]]:
        """Read the traits of these kinds that people have, with all who have them; answers which they are."""
        names = sorted(str(kind) for kind in kinds)
        found: set[tuple[str, str]] = set()
        with connection.cursor() as cursor:
            limits = arrays.numbers([HUB_FROM[name] for name in names])
            cursor.execute(_OWNERS, [names, limits, arrays.numbers(sorted(user_ids))])
            for user_id, kind, digest in cursor.fetchall():
                key = (kind, bytes(digest).hex())
                self._people[key].add(str(user_id))
                self._keys[str(user_id)].add(key)
                found.add(key)
        return found

    def _binds(self, key: tuple[str, str]) -> bool:
        return len(self._people[key]) < HUB_FROM[key[0]]

    def groups(self) -> list[Group]:
        """Who belongs together."""
        return linked(Shared(person, *key) for key, people in self._people.items() for person in people)

    def around(self, user_id: int) -> list[Shared]:
        """What somebody has, each with all who have it, as far as these are no crowd."""
        return [Shared(person, *key) for key in self._keys.get(str(user_id), ()) for person in self._people[key]]


def linked_people(user_id: int) -> Mapping[int, list[str]]:
    """The people bound to somebody, each with the kinds of traits that bind the group."""
    return {
        int(person): sorted({kind for kind, _ in group.traits})
        for group in Web([user_id]).groups()
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


def records(clips: Mapping[int, int], *, web: Web | None = None) -> dict[int, Record]:
    """What happened before to the creators of clips (clip → creator), by clip: on other clips than the one itself.

    `web` is of these creators, if it is known already.
    """
    creators = set(clips.values())
    bound: dict[int, set[int]] = {creator: set() for creator in creators}
    for group in (web or Web(creators)).groups():
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
