"""What exact keys find: the same video submitted twice, and several people who are paid to one bank account."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from cliphaven.fraud.rules.across.duplicates import Submitted, duplicates
from cliphaven.fraud.rules.across.links import Bond, Shared, payout_rings

_START = datetime(2026, 5, 18, tzinfo=UTC)
_HONEST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ExactFound:
    """What was planted, what of it was found, and what was found that nobody planted."""

    kind: str
    planted: int
    found: int
    wrong: int


def exact_found(*, seed: int, each: int) -> tuple[ExactFound, ExactFound]:
    """So many duplicates and so many rings of three to six, each among twenty times as many honest ones."""
    chance = Random(f"cliphaven fraud exact 1 {seed}")
    return _videos(chance, each), _rings(chance, each)


def _videos(chance: Random, each: int) -> ExactFound:
    clips = [
        Submitted(
            clip=f"own-{number}",
            creator=f"creator-{chance.randrange(each * _HONEST)}",
            platform=chance.choice(("tiktok", "instagram", "youtube")),
            video_id=f"{10**18 + number}",
            submitted_at=_START + timedelta(minutes=chance.randrange(40_000)),
        )
        for number in range(each * _HONEST)
    ]
    own, planted = list(clips), {}
    for number in range(each):
        first = chance.choice(own)
        again = Submitted(
            clip=f"again-{number}",
            creator=f"thief-{number}",
            platform=first.platform,
            video_id=first.video_id,
            submitted_at=first.submitted_at + timedelta(minutes=1 + chance.randrange(10_000)),
        )
        planted[again.clip] = first.clip
        clips.append(again)
    chance.shuffle(clips)
    found = {one.clip: one.of for one in duplicates(clips)}
    right = sum(1 for clip, of in planted.items() if found.get(clip) == of)
    return ExactFound(kind="duplicate", planted=each, found=right, wrong=len(found.keys() - planted.keys()))


def _rings(chance: Random, each: int) -> ExactFound:
    traits = [
        Shared(f"honest-{number}", Bond.PAYOUT_ACCOUNT, f"account-{number // 2 if number % 9 == 0 else number}")
        for number in range(each * _HONEST)
    ]
    planted = set()
    for number in range(each):
        people = tuple(sorted(f"ring-{number}-{place}" for place in range(chance.randint(3, 6))))
        traits += [Shared(person, Bond.PAYOUT_ACCOUNT, f"ring-{number}") for person in people]
        planted.add(people)
    chance.shuffle(traits)
    found = {ring.people for ring in payout_rings(traits)}
    return ExactFound(kind="payout ring", planted=each, found=len(planted & found), wrong=len(found - planted))
