"""Whether two pictures are one: their difference hashes, and how to find those alike without comparing all.

The difference hash (N. Krawetz, *Kind of like that*, 2013) says of each of 8 × 8 places whether the picture grows
brighter to the right: it survives another size, another format and a little colour. Two pictures that have nothing to
do with one another differ in 32 of the 64 bits, give or take.
"""

from collections.abc import Sequence
from itertools import combinations

ALIKE_BITS = 6
"""Pictures whose hashes differ in no more bits than this are taken for one."""
WIDE, HIGH = 9, 8
"""How many places of a picture a hash is made of."""
SPEAKING_ROWS = 6
"""A picture of which fewer rows grow brighter here and darker there says too little: black, white, a fade, a bar."""
_SILENT = (0x00, 0xFF)
_PLACES = WIDE - 1
_SIGN = 1 << 63


def difference_hash(brightness: Sequence[Sequence[int]]) -> int:
    """The hash of a picture that was made 9 places wide and 8 high: rows of brightness, each place against the next.

    Raises ValueError for another size.
    """
    if len(brightness) != HIGH or any(len(row) != WIDE for row in brightness):
        raise ValueError("A difference hash needs 8 rows of 9 values.")
    found = 0
    for row in brightness:
        for place in range(_PLACES):
            found = found << 1 | (row[place + 1] > row[place])
    return found


def row_pairs(picture: int) -> list[int]:
    """What two pictures that are alike have in common: each two rows of a hash as one number; of none that says too
    little.

    Six bits that differ are in six rows at most, so at least two of eight are the same in both. Two rows that say
    nothing are no pair, because half of all pictures have them: where these are all that two pictures share, they
    are not found to be one.
    """
    rows = [picture >> _PLACES * (HIGH - 1 - row) & 0xFF for row in range(HIGH)]
    if sum(row not in _SILENT for row in rows) < SPEAKING_ROWS:
        return []
    return [
        (one * HIGH + other) << 2 * _PLACES | rows[one] << _PLACES | rows[other]
        for one, other in combinations(range(HIGH), 2)
        if rows[one] not in _SILENT or rows[other] not in _SILENT
    ]


def signed(picture: int) -> int:
    """The 64 bits of a hash as the database holds them, from -2⁶³ to 2⁶³ - 1."""
    return picture - 2 * _SIGN if picture & _SIGN else picture
