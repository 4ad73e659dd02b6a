"""One's own money: a sponsor's people who earn from their own campaign, openly or under another name.

Whoever pays oneself moves money from a card to a bank account and loses no more than our fee: so stolen cards are
emptied.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cliphaven.fraud.rules.across.links import HUB_FROM, Bond, Shared

_STRONG = (Bond.PAYOUT_ACCOUNT, Bond.DEVICE)
_SAID = {
    Bond.PAYOUT_ACCOUNT: "They are paid to the same bank account.",
    Bond.DEVICE: "They signed in from the same device.",
    Bond.IP: "They signed in from the same address of the network.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDealing:
    """What binds a creator to the sponsor. `is_hard` says whether it needs no more than a person's eyes: an address of
    the network alone is a hint."""

    creator: str
    member: str
    bond: str
    sentence: str
    is_hard: bool


def self_dealing(
    *, members: Iterable[str], creator: str, traits: Iterable[Shared], crowd: dict[tuple[str, str], int] | None = None
) -> list[OwnDealing]:
    """How a creator is bound to the members of the sponsor whose campaign pays; nothing if not at all.

    `traits` are those of the members and of the creator; `crowd` says how many people have a trait in all, so that what
    everybody shares binds nobody.
    """
    sponsor = set(members)
    if creator in sponsor:
        said = "A member of the sponsor submitted a clip to its own campaign."
        return [OwnDealing(creator=creator, member=creator, bond="person", sentence=said, is_hard=True)]
    known = sorted(set(traits))
    own = {(trait.kind, trait.digest) for trait in known if trait.person == creator}
    found = []
    for trait in known:
        key = (trait.kind, trait.digest)
        many = (crowd or {}).get(key, 0) >= HUB_FROM.get(trait.kind, 2)
        if trait.person in sponsor and key in own and trait.kind in _SAID and not many:
            kind = Bond(trait.kind)
            found.append(
                OwnDealing(
                    creator=creator,
                    member=trait.person,
                    bond=trait.kind,
                    sentence=_SAID[kind],
                    is_hard=kind in _STRONG,
                )
            )
    return found
