"""What a world must have for a mistake to show, asked of a seed's options before anything of it is played."""

from collections.abc import Callable

from simulator import swarm
from simulator.swarm import Options

Circumstance = Callable[[Options], bool]

LOST = {"request": ("error_500_with_effect",), "answer": ("answer_lost", "kill")}
MANY_CREATORS = 4
SMALL_BUDGET_MINOR = 20_000
OFTEN_PERCENT, MOSTLY_PERCENT = 2.0, 10.0
KEEN, BENT, SELDOM = 3.0, 12.0, 0.5
LONG_HOLD_DAYS, OFTEN_MONDAY = 7, 0.3


def all_of(*these: Circumstance) -> Circumstance:
    """Every one of them."""
    return lambda options: all(one(options) for one in these)


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


def clears_at_once(options: Options) -> bool:
    """What few creators earn moves on as soon as it is there."""
    return options.hold_days == 0 and options.creators < MANY_CREATORS


def clears_late(options: Options) -> bool:
    """Most of what was earned is still clearing when trouble begins."""
    return options.hold_days >= LONG_HOLD_DAYS


def weeks_go_by(options: Options) -> bool:
    """One Monday comes after the other, and there is something to pay."""
    return options.share_of_weeks >= OFTEN_MONDAY and options.budget_minor > SMALL_BUDGET_MINOR


def next_to_nothing(options: Options) -> bool:
    """Most of what sponsors set aside is more than they have."""
    return options.budget_minor < SMALL_BUDGET_MINOR


def crowded(options: Options) -> bool:
    """Much is begun while others are in the middle of something."""
    return options.crowded


def busy(options: Options) -> bool:
    """People begin one thing after the other."""
    return options.eagerness >= KEEN


def paid_by_banks(options: Options) -> bool:
    """Trouble begins when all transfers are made."""
    return options.begins_with == "banking"


def bad_banks(options: Options) -> bool:
    """Some banks take no money."""
    return options.share_of_bad_banks > 0


def answers_are_lost(options: Options) -> bool:
    """Vendors did what nobody hears of, in every tenth case and more."""
    rates = (options.faults[kind].get(name, 0.0) for kind, names in LOST.items() for name in names)
    return sum(rates) >= MOSTLY_PERCENT


def pays_much(options: Options) -> bool:
    """Trouble begins when transfers wait, and not just one or two."""
    is_rich = options.creators >= MANY_CREATORS and options.budget_minor > SMALL_BUDGET_MINOR
    return is_rich and options.begins_with == "sending" and not options.minutes_before_payday


def waits_for_release(options: Options) -> bool:
    """Trouble begins when a payday is planned that two people have to release."""
    is_planned = options.begins_with == "planning" and not options.minutes_before_payday
    return is_planned and options.release_limit_minor == 1 and options.budget_minor > SMALL_BUDGET_MINOR


def sends_much(options: Options) -> bool:
    """The same, and people leave the transfers and the workers alone."""
    is_left_alone = options.eagerness <= SELDOM and not options.crowded and seldom("pause", "leave")(options)
    return is_left_alone and pays_much(options)


def time_goes_by(options: Options) -> bool:
    """Hours and days go by between a try and the next one."""
    return bool(options.twists.get("asleep")) and options.pause_percent >= 1


def befalls(kind: str, *names: str, percent: float = OFTEN_PERCENT) -> Circumstance:
    """One of these befalls whoever stands at such a stop, at least so often."""
    return lambda options: sum(options.faults[kind].get(name, 0.0) for name in names) >= percent


def scrapes(*names: str) -> Circumstance:
    """Scrapers tell one of these."""
    return lambda options: any(options.scrapes.get(name) for name in names)


def letters(*names: str) -> Circumstance:
    """One of these befalls many letters."""
    return lambda options: sum(options.letters.get(name, 0.0) for name in names) >= MOSTLY_PERCENT


def twists(*names: str) -> Circumstance:
    """The outside world does all of these of its own accord, and not seldom."""
    return lambda options: all(options.twists.get(name, 0.0) >= OFTEN_PERCENT for name in names)


def keen_on(*names: str) -> Circumstance:
    """People do nothing rather than these acts."""
    return lambda options: all(swarm.mood(options.seed, name) >= KEEN for name in names)


def bent_on(*names: str) -> Circumstance:
    """People do hardly anything but these acts."""
    return lambda options: all(swarm.mood(options.seed, name) >= BENT for name in names)


def seldom(*names: str) -> Circumstance:
    """People are not keen on any of these acts."""
    return lambda options: all(swarm.mood(options.seed, name) < KEEN for name in names)


def acts(*names: str) -> Circumstance:
    """People are in the mood for all of these acts."""
    return lambda options: all(swarm.mood(options.seed, name) >= 1 for name in names)
