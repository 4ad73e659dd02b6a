"""What a world must have for a mistake to show, asked of a seed's options before anything of it is played."""

from collections.abc import Callable

from simulator import swarm
from simulator.swarm import Options

Circumstance = Callable[[Options], bool]

LOST = {"request": ("error_500_with_effect",), "answer": ("answer_lost", "kill")}
SMALL_BUDGET_MINOR = 20_000
OFTEN_PERCENT = 2.0


def both(one: Circumstance, other: Circumstance) -> Circumstance:
    """The one and the other."""
    return lambda options: one(options) and other(options)


def two_currencies(options: Options) -> bool:
    """Some campaigns do not pay in dollars."""
    return len(options.currencies) > 1


def terms_of_all_kinds(options: Options) -> bool:
    """There are campaigns with caps, minimums and limits."""
    return options.drawn_terms


def many_campaigns(options: Options) -> bool:
    """Creators earn in several campaigns at once."""
    return options.campaigns >= options.creators


def small_budgets(options: Options) -> bool:
    """Campaigns and wallets run dry."""
    return options.budget_minor <= SMALL_BUDGET_MINOR


def crowded(options: Options) -> bool:
    """Much is begun while others are in the middle of something."""
    return options.crowded


def paid_by_banks(options: Options) -> bool:
    """Trouble begins when all transfers are made."""
    return options.begins_with == "banking"


def bad_banks(options: Options) -> bool:
    """Some banks take no money."""
    return options.share_of_bad_banks > 0


def answers_are_lost(options: Options) -> bool:
    """Vendors did what nobody hears of."""
    rates = (options.faults[kind].get(name, 0.0) for kind, names in LOST.items() for name in names)
    return sum(rates) >= OFTEN_PERCENT


def transfers_are_lost(options: Options) -> bool:
    """Transfers are made of which nobody hears."""
    return answers_are_lost(options) and options.begins_with == "sending"


def befalls(kind: str, *names: str) -> Circumstance:
    """One of these befalls whoever stands at such a stop, and not seldom."""
    return lambda options: sum(options.faults[kind].get(name, 0.0) for name in names) >= OFTEN_PERCENT


def scrapes(*names: str) -> Circumstance:
    """Scrapers tell one of these."""
    return lambda options: any(options.scrapes.get(name) for name in names)


def letters(*names: str) -> Circumstance:
    """One of these befalls letters."""
    return lambda options: any(options.letters.get(name) for name in names)


def twists(*names: str) -> Circumstance:
    """The outside world does all of these of its own accord."""
    return lambda options: all(options.twists.get(name) for name in names)


def acts(*names: str) -> Circumstance:
    """People are in the mood for all of these acts."""
    return lambda options: all(swarm.mood(options.seed, name) >= 1 for name in names)
