"""Which amounts a person should look at before they are sent. Pure, with the rule in words."""

from collections.abc import Mapping, Sequence

TIMES_USUAL = 3
USUAL_OF_AT_LEAST = 3  # payouts before, for there to be something usual
TOP_OF = 50  # one in fifty of all are looked at, and at least one where there are so many
RULE = (
    f"More than {TIMES_USUAL} times the middle one of the creator's earlier payouts, once there are"
    f" {USUAL_OF_AT_LEAST}; or among the largest {100 // TOP_OF} % of the run in its currency."
)


def middle(amounts: Sequence[int]) -> int:
    """The median, the lower of the two middle ones."""
    return sorted(amounts)[(len(amounts) - 1) // 2]


def unusual(amounts: Mapping[int, int], *, before: Mapping[int, Sequence[int]]) -> dict[int, str]:
    """Of the amounts (minor units, by creator, of one currency) those that stand out, each with the reason in words.

    `before` has the amounts of earlier payouts.
    """
    reasons: dict[int, str] = {}
    largest = sorted(amounts, key=lambda creator_id: (-amounts[creator_id], creator_id))[: len(amounts) // TOP_OF]
    for creator_id, amount in amounts.items():
        earlier = before.get(creator_id, ())
        if len(earlier) >= USUAL_OF_AT_LEAST and amount > TIMES_USUAL * middle(earlier):
            reasons[creator_id] = f"{amount // middle(earlier)} times the usual"
        elif creator_id in largest:
            reasons[creator_id] = "among the largest of the run"
    return reasons
