"""Who belongs together: people who share a bank account, a mailbox, a device or an address, unless everybody does.

People are joined trait by trait (R. Tarjan, *Efficiency of a good but not linear set union algorithm*, 1975). A trait
that too many people have is a hub (a school's network, a phone shop) and binds nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Bond(StrEnum):
    """What two people may have in common."""

    PAYOUT_ACCOUNT = "payout_account"
    MAILBOX = "mailbox"
    DEVICE = "device"
    IP = "ip"


HUB_FROM: Mapping[str, int] = {Bond.PAYOUT_ACCOUNT: 50, Bond.MAILBOX: 50, Bond.DEVICE: 8, Bond.IP: 5}
"""From so many people on a trait says nothing about any of them."""
RING_FROM = 3
"""So many people who have one trait are a ring."""
OF_ONE_OWNER = (Bond.PAYOUT_ACCOUNT, Bond.MAILBOX, Bond.DEVICE)
"""Traits that hardly two people share by chance. An address of the network changes hands within days."""


@dataclass(frozen=True, slots=True, order=True)
class Shared:
    """That a person has a trait: of which kind, and a digest that stands for it."""

    person: str
    kind: str
    digest: str


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """People who belong together, in order of their names, and the traits (kind, digest) that bind them."""

    people: tuple[str, ...]
    traits: tuple[tuple[str, str], ...]


def linked(traits: Iterable[Shared], *, hub_from: Mapping[str, int] = HUB_FROM) -> list[Group]:
    """All groups of two and more, in order. The order of what is given makes no difference."""
    owners = owners_of(traits)
    above: dict[str, str] = {}
    binding: list[tuple[tuple[str, str], str]] = []
    for trait, people in sorted(owners.items()):
        if 2 <= len(people) < hub_from.get(trait[0], 2):
            first, *others = sorted(people)
            binding.append((trait, first))
            for other in others:
                _join(above, first, other)
    members: dict[str, list[str]] = defaultdict(list)
    for person in sorted(above):
        members[_root(above, person)].append(person)
    bonds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for trait, person in binding:
        bonds[_root(above, person)].append(trait)
    return sorted(Group(tuple(people), tuple(bonds[root])) for root, people in members.items())


def payout_rings(traits: Iterable[Shared], *, least: int = RING_FROM) -> list[Group]:
    """People who are paid to one bank account, where there are at least three of them: exact keys, hard evidence."""
    owners = owners_of(trait for trait in traits if trait.kind == Bond.PAYOUT_ACCOUNT)
    return sorted(Group(tuple(sorted(people)), (trait,)) for trait, people in owners.items() if len(people) >= least)


def owners_of(traits: Iterable[Shared]) -> dict[tuple[str, str], set[str]]:
    """Who has each trait (kind, digest)."""
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for trait in traits:
        owners[trait.kind, trait.digest].add(trait.person)
    return owners


def _root(above: dict[str, str], person: str) -> str:
    above.setdefault(person, person)
    while above[person] != person:
        above[person] = above[above[person]]
        person = above[person]
    return person


def _join(above: dict[str, str], one: str, other: str) -> None:
    low, high = sorted((_root(above, one), _root(above, other)))
    above[high] = low
