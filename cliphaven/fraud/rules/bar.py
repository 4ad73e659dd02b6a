"""The bar that a signal clears before it may hold money: how right it must be, as far as decided cases can tell."""

from cliphaven.fraud.rules.worlds.evaluation import wilson


def clears(*, upheld: int, overturned: int, live_from_percent: int) -> bool | None:
    """Whether the lower end of the 95 % interval of a signal's precision reaches the bar; None while none is decided.

    With the lower end one figure asks for both: six of six clear a bar of 60 %, four of four do not yet.
    """
    decided = upheld + overturned
    return None if not decided else 100 * wilson(upheld, decided)[0] >= live_from_percent


def said(*, upheld: int, overturned: int) -> str:
    """What is known of a signal, in words that stay with a policy."""
    decided = upheld + overturned
    if not decided:
        return "none of its cases is decided"
    low, _ = wilson(upheld, decided)
    return f"{upheld} of {decided} decided cases were upheld, so that at least {int(100 * low)} % are right"
