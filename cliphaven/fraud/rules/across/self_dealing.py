"""One's own money: a sponsor's people who earn from their own campaign, openly or under another name.

Whoever pays oneself moves money from a card to a bank account and loses no more than our fee: so stolen cards are
emptied. What binds for certain has the greatest strength there is; an address of the network alone is a hint of 1.5,
which holds nothing by itself. Both are set, not measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cliphaven.fraud.rules.across.links import HUB_FROM, OF_ONE_OWNER, Bond, Shared
from cliphaven.fraud.rules.calibration import STRENGTH_MAX
from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.signals.found import Signal

PERSON = "person"
_HINT = 1.5
_ORDER = (PERSON, Bond.PAYOUT_ACCOUNT, Bond.MAILBOX, Bond.DEVICE, Bond.IP)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDealing:
    """What binds a creator to the sponsor. `is_hard` says whether it needs no more than a person's eyes: an address of
    the network alone is a hint."""

    creator: str
    member: str
    bond: str
    is_hard: bool


def self_dealing(
    *,
    members: Iterable[str],
    creator: str,
    traits: Iterable[Shared],
    crowd: Mapping[tuple[str, str], int] | None = None,
) -> list[OwnDealing]:
    """How a creator is bound to the members of the sponsor whose campaign pays; nothing if not at all.

    `traits` are those of the members and of the creator; `crowd` says how many people have a trait in all, so that what
    everybody shares binds nobody.
    """
    sponsor = set(members)
    if creator in sponsor:
        return [OwnDealing(creator=creator, member=creator, bond=PERSON, is_hard=True)]
    known = sorted(set(traits))
    own = {(trait.kind, trait.digest) for trait in known if trait.person == creator}
    found = []
    for trait in known:
        key = (trait.kind, trait.digest)
        many = (crowd or {}).get(key, 0) >= HUB_FROM.get(trait.kind, 2)
        if trait.person in sponsor and key in own and not many:
            found.append(
                OwnDealing(creator=creator, member=trait.person, bond=trait.kind, is_hard=trait.kind in OF_ONE_OWNER)
            )
    return found


def own_money(found: Sequence[OwnDealing]) -> AcrossClips | None:
    """The signal of what binds a creator to the sponsor, by the surest of it; None for nothing."""
    if not found:
        return None
    surest = min(found, key=lambda one: _ORDER.index(one.bond))
    return AcrossClips(
        signal=Signal.SELF_DEALING,
        strength=STRENGTH_MAX if surest.is_hard else _HINT,
        since_at=None,
        evidence={"bond": str(surest.bond), "members": len({one.member for one in found})},
    )
