"""Everything the pretend Stripe keeps: objects by kind and id, who they belong to, and the lists they are found by.

An object is kept as `{"owner", "shown", "hidden"}`: the account it belongs to, what the API shows of it, and what only
this vendor knows (a bank account's whole number, a link's target).
"""

import random
import secrets
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol, TypeVar
from weakref import WeakValueDictionary

from sandbox.store import Json
from sandbox.stripe.agenda import Agenda
from sandbox.stripe.errors import no_such
from sandbox.stripe.idempotency import Register
from sandbox.stripe.outbox import Outbox
from sandbox.stripe.rate import Rate
from sandbox.world import World

API_VERSION: Final = "2026-10-28.endive"


class FromBooks(Protocol):
    """Something worked out from the books alone."""

    def __init__(self, books: "Books") -> None: ...


View = TypeVar("View", bound=FromBooks)

# The list filters that are worth an index, by kind of object.
INDEXED: Final[dict[str, tuple[str, ...]]] = {
    "balance_transaction": ("source", "type"),
    "bank_account": ("account",),
    "charge": ("payment_intent", "transfer_group", "customer"),
    "checkout.session": ("payment_intent", "customer"),
    "customer": ("email",),
    "dispute": ("charge", "payment_intent"),
    "event": ("type",),
    "payment_intent": ("customer",),
    "payout": ("status", "destination"),
    "radar.early_fraud_warning": ("charge",),
    "refund": ("charge", "payment_intent"),
    "transfer": ("transfer_group", "destination"),
    "transfer_reversal": ("transfer",),
}
_KEPT_AS: Final = {kind: f"stripe:{kind}" for kind in ("account", "payout", *INDEXED)}

# By the identity of the store, which lives at least as long as its books.
_open: WeakValueDictionary[int, "Books"] = WeakValueDictionary()


def books_of(world: World) -> "Books":
    """The one set of books of a world, opened at the first call."""
    books = _open.get(id(world.store))
    if books is None:
        books = _open[id(world.store)] = Books(world)
    return books


class Books:
    """The objects of one world.

    `moment` is the second everything happens at: set when a request begins, and to the due time while something due is
    carried out, so that what was due on Tuesday is dated Tuesday even if the clock jumped to Friday.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = world.store
        self.agenda = Agenda(world.store)
        self.keys = Register(world.store)
        self.rate = Rate()
        self.outbox = Outbox(self)
        self.moment = 0
        # What the events caused by the current API request name as their cause.
        self.request: Json | None = None
        self._count = 0
        self._position: dict[str, int] = {}
        self._lists: defaultdict[tuple[str, str, str, Any], list[str]] = defaultdict(list)
        self._listed_under: dict[str, dict[str, Any]] = {}
        self._derived: dict[type[Any], Any] = {}
        for kind in _KEPT_AS:
            for kept in self.store.all(_KEPT_AS[kind]):
                self._list(kept["owner"], kept["shown"])
        self.platform = self._platform()

    def _platform(self) -> str:
        name = self.store.get("stripe", "platform")
        if name is None:
            name = self.store.put("stripe", "platform", {"id": new_id("acct")})
        return str(name["id"])

    @property
    def request_id(self) -> str:
        """The API request being answered, "" outside of one."""
        return str(self.request["id"]) if self.request else ""

    def now(self) -> int:
        """The world clock's second, whatever is being carried out."""
        return int(self.world.clock.now().timestamp())

    def for_people(self, seconds: int) -> int:
        """So long that a person has these seconds of the wall, also when the world's clock runs fast."""
        return int(seconds * max(1.0, self.world.clock.speed()))

    def add(self, owner: str, shown: Json, hidden: Json | None = None) -> Json:
        """Keep a new object of `owner`; its kind and id stand in it."""
        self.store.put(_KEPT_AS[shown["object"]], shown["id"], {"owner": owner, "shown": shown, "hidden": hidden or {}})
        self._list(owner, shown)
        return shown

    def save(self, shown: Json) -> Json:
        """Keep the changes made to an object (and to its hidden part)."""
        kind, id = _KEPT_AS[shown["object"]], shown["id"]
        kept = self.store.get(kind, id)
        if kept is None:
            raise KeyError(f"{kind} {id} was never added")
        kept["shown"] = shown
        self.store.put(kind, id, kept)
        self._relist(kept["owner"], shown)
        return shown

    def forget(self, shown: Json) -> None:
        """Delete an object; lists no longer show it."""
        kind, id = shown["object"], shown["id"]
        owner = self.owner_of(kind, id)
        for field, value in self._listed_under.pop(id).items():
            self._unlist((kind, owner, field, value), id)
        self._unlist((kind, owner, "", None), id)
        del self._position[id]
        self.store.delete(_KEPT_AS[kind], id)

    def get(self, kind: str, id: str) -> Json:
        """An object that is known to exist."""
        return self._kept(kind, id)["shown"]  # type: ignore[no-any-return]

    def hidden(self, kind: str, id: str) -> Json:
        """What only the vendor knows of an object; `save` the object after a change."""
        return self._kept(kind, id)["hidden"]  # type: ignore[no-any-return]

    def owner_of(self, kind: str, id: str) -> str:
        """The account an object belongs to."""
        return str(self._kept(kind, id)["owner"])

    def has(self, owner: str, kind: str, id: str) -> bool:
        """Whether this account has such an object."""
        kept = self.store.get(_KEPT_AS[kind], id)
        return kept is not None and kept["owner"] == owner

    def find(self, owner: str, kind: str, id: str, *, param: str = "id", status: int = 404) -> Json:
        """An object that a client names. Raises ApiError (resource_missing) when this account has none such."""
        if not self.has(owner, kind, id):
            raise no_such(kind.replace("checkout.session", "checkout session"), id, param, status)
        return self.get(kind, id)

    def ids(self, owner: str, kind: str, field: str = "", value: Any = None) -> list[str]:
        """The ids of an account's objects of a kind, oldest first, all or those with an indexed field's value."""
        return self._lists.get((kind, owner, field, value), [])

    def everything(self, kind: str) -> Iterator[tuple[str, Json]]:
        """All objects of a kind with their owners, oldest first."""
        return ((kept["owner"], kept["shown"]) for kept in self.store.all(_KEPT_AS[kind]))

    def derived(self, view: type[View]) -> View:
        """The one `view(books)`, worked out from what is kept at the first call and kept up to date by its module."""
        if view not in self._derived:
            self._derived[view] = view(self)
        return self._derived[view]  # type: ignore[no-any-return]

    def page_start(self, ids: list[str], cursor: str) -> int:
        """The place of `cursor` among `ids`, or where it would stand."""
        return bisect_left(ids, self._position.get(cursor, 0), key=self._position.__getitem__)

    def _kept(self, kind: str, id: str) -> Json:
        kept = self.store.get(_KEPT_AS[kind], id)
        if kept is None:
            raise KeyError(f"There is no {kind} {id}")
        return kept

    def _list(self, owner: str, shown: Json) -> None:
        kind, id = shown["object"], shown["id"]
        self._count += 1
        self._position[id] = self._count
        under = {field: shown.get(field) for field in INDEXED.get(kind, ())}
        self._listed_under[id] = under
        self._lists[kind, owner, "", None].append(id)
        for field, value in under.items():
            self._lists[kind, owner, field, value].append(id)

    def _relist(self, owner: str, shown: Json) -> None:
        kind, id = shown["object"], shown["id"]
        for field, value in self._listed_under[id].items():
            if shown.get(field) != value:
                self._unlist((kind, owner, field, value), id)
                insort(self._lists[kind, owner, field, shown.get(field)], id, key=self._position.__getitem__)
                self._listed_under[id] = {**self._listed_under[id], field: shown.get(field)}

    def _unlist(self, key: tuple[str, str, str, Any], id: str) -> None:
        ids = self._lists[key]
        place = self.page_start(ids, id)
        if place < len(ids) and ids[place] == id:
            del ids[place]


_chance: random.Random = secrets.SystemRandom()


def seed_ids(seed: int) -> None:
    """From now on the identifiers of this process follow from the seed."""
    global _chance  # noqa: PLW0603  # one process is one world
    _chance = random.Random(seed)


def new_id(prefix: str, size: int = 24) -> str:
    """A new identifier, like `tr_1f…`."""
    return f"{prefix}_{_chance.getrandbits(size * 4):0{size}x}"


def list_object(url: str, data: Iterable[Any], has_more: bool = False) -> Json:
    """Stripe's list envelope."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}
