"""The actors that can be run: their ids, their prices and what they make of an input."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sandbox.apify import instagram, tiktok
from sandbox.apify.visit import Visit
from sandbox.store import Json


@dataclass(frozen=True)
class Actor:
    """One actor of Apify's store. Prices in US dollars."""

    id: str
    name: str
    build: str
    start_price: Decimal
    item_price: Decimal
    requests: Callable[[Json], list[str] | None]
    scrape: Callable[[Visit, Json], list[Json]]


def _list_input(field: str) -> Callable[[Json], list[str] | None]:
    def read(given: Json) -> list[str] | None:
        value = given.get(field)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            return None
        return value

    return read


ACTORS: Final = (
    Actor(
        "GdWCkxBtKWOsKjdch",
        "clockworks/tiktok-scraper",
        "0.0.514",
        Decimal("0.001"),
        Decimal("0.003"),
        _list_input("postURLs"),
        tiktok.scrape_posts,
    ),
    Actor(
        "0FXVyOXXEmdGcV88a",
        "clockworks/tiktok-profile-scraper",
        "0.0.388",
        Decimal("0.001"),
        Decimal("0.003"),
        _list_input("profiles"),
        tiktok.scrape_profiles,
    ),
    Actor(
        "shu8hvrXbJbY3Eb9W",
        "apify/instagram-scraper",
        "0.0.612",
        Decimal("0.001"),
        Decimal("0.0023"),
        _list_input("directUrls"),
        instagram.scrape_posts,
    ),
    Actor(
        "dSCLg0C3YEZ83HzYX",
        "apify/instagram-profile-scraper",
        "0.0.701",
        Decimal(0),
        Decimal("0.0023"),
        _list_input("usernames"),
        instagram.scrape_profiles,
    ),
)


def find_actor(reference: str) -> Actor | None:
    """The actor named as in an address: its id, `user~name` or `user/name`."""
    wanted = reference.replace("~", "/").lower()
    for actor in ACTORS:
        if wanted == actor.name or reference == actor.id:
            return actor
    return None
