"""Who had views taken back before.

Of 30,707 creators 46 had a video purged, and another video of theirs was purged in 8.0 % of all cases instead of
0.072 %: 112 times as often.
"""

import math

from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.signals.found import Signal

TIMES_AS_LIKELY = 112
_LINKED_SHARE = 0.5
"""What happened to somebody who only shares a trait counts for half."""


def recidivism(*, own: int, linked: int) -> AcrossClips | None:
    """The signal of earlier purges and voids: `own` ones of the creator, `linked` ones of people bound to them.

    One that is linked is as strong as log₁₀ 112 · ½, one of one's own log₁₀ 112 = 2.05, and each doubling adds 0.3, up
    to 3.
    """
    weight = own + _LINKED_SHARE * linked
    if weight <= 0:
        return None
    strength = math.log10(TIMES_AS_LIKELY) * min(1.0, weight) + math.log10(max(1.0, weight))
    return AcrossClips(
        signal=Signal.RECIDIVISM,
        strength=min(3.0, strength),
        since_at=None,
        evidence={"times": own + linked, "own": own, "linked": linked},
    )
