"""Several accounts of one owner: whoever has three of them has three times each campaign's cap for a creator.

| what three and more people share | strength |
|---|---|
| one bank account, one mailbox | 4 |
| one device | 2.5 |
| one address of the network | 1 |

No public data tell how rare these are among honest creators, so the strengths are set, not measured. What a household
or an office shares stays below the threshold of a hold (3.1 with the house's peer tables).
"""

from collections.abc import Iterable, Mapping

from cliphaven.fraud.rules.across.links import HUB_FROM, RING_FROM, Bond, Shared, owners_of
from cliphaven.fraud.rules.calibration import STRENGTH_MAX
from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.signals.found import Signal

_STRENGTHS: Mapping[str, float] = {
    Bond.PAYOUT_ACCOUNT: STRENGTH_MAX,
    Bond.MAILBOX: STRENGTH_MAX,
    Bond.DEVICE: 2.5,
    Bond.IP: 1.0,
}


def ring(*, creator: str, traits: Iterable[Shared]) -> AcrossClips | None:
    """The signal of a creator who is one of three people and more with one trait, the strongest if there are several;
    None otherwise. `traits` are all that anybody has of the creator's."""
    found = [
        (_STRENGTHS[kind], len(people), str(kind))
        for (kind, _), people in owners_of(traits).items()
        if creator in people and RING_FROM <= len(people) < HUB_FROM.get(kind, RING_FROM)
    ]
    if not found:
        return None
    strength, people, bond = max(found)
    return AcrossClips(signal=Signal.RING, strength=strength, since_at=None, evidence={"people": people, "bond": bond})
