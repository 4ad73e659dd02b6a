"""One client a process: addresses, time limits and pace, and every failure told as what we know of its effect."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from cliphaven.foundation.deadlines import TooLate
from cliphaven.foundation.errors import UNREADABLE, Outcome, ProviderFailed

if TYPE_CHECKING:
    from stripe import ListObject, StripeClient, StripeError, StripeObject

CONNECT_SECONDS = 5
READ_SECONDS = 25
READ_RETRIES = 2  # of requests that move no money
PAGE_SIZE = 100
LIST_MAX = 1000

Json = dict[str, Any]
Facts = TypeVar("Facts")

# Before or instead of the execution; the same key may be sent again.
_NOT_EXECUTED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
_OUR_FAULT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_DEFINITE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.NOT_FOUND})


class Pace:
    """Lets callers pass one after the other, so many a second, whichever thread they come from."""

    def __init__(self, *, per_second: int) -> None:
        """The first caller passes at once."""
        self._gap = 1 / per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when it is this caller's turn."""
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - time.monotonic()))


def asked(request: Callable[["StripeClient"], "StripeObject"], into: Callable[[Json], Facts]) -> Facts:
    """The facts of an object that is read, or made without moving money. Raises ProviderFailed."""
    with _told_as_outcome():
        return into(request(_client()).to_dict())


def sent(request: Callable[["StripeClient"], "StripeObject"], into: Callable[[Json], Facts]) -> Facts:
    """The same for a request that moves money: never repeated in here, and paced by whoever asks for it.

    Raises ProviderFailed.
    """
    return asked(request, into)


def listed(request: Callable[["StripeClient"], "ListObject[Any]"], into: Callable[[Json], Facts]) -> list[Facts]:
    """The facts of a whole list, newest first. Raises ProviderFailed, also when it is longer than LIST_MAX."""
    with _told_as_outcome():
        found = [into(item.to_dict()) for item in islice(request(_client()).auto_paging_iter(), LIST_MAX + 1)]
    if len(found) > LIST_MAX:
        raise ProviderFailed("Stripe lists more than can be looked through", outcome=Outcome.UNKNOWN, code="too_many")
    return found


def moment(seconds: int) -> datetime:
    """Stripe's Unix seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def failure(error: "StripeError") -> ProviderFailed:
    """What an error of the SDK means.

    The code is taken from the body: for 401, 403, 409, 429 and 5xx the SDK leaves its own attribute empty.
    """
    if isinstance(error.__context__, TooLate):
        return error.__context__  # the SDK takes it for a broken connection, after which nobody would know
    body = error.json_body
    told: Json = body["error"] if isinstance(body, dict) and isinstance(body.get("error"), dict) else {}
    code = str(told.get("code") or told.get("type") or type(error).__name__)
    return ProviderFailed(
        error.user_message or "Stripe did not answer",
        outcome=_outcome(
            error.http_status, code, error.headers or {}, is_key_conflict=told.get("type") == "idempotency_error"
        ),
        code=code,
        status=error.http_status,
    )


def _outcome(status: int | None, code: str, headers: Mapping[str, str], *, is_key_conflict: bool) -> Outcome:
    should_retry = {name.lower(): value for name, value in headers.items()}.get("stripe-should-retry")
    if status is None:
        return Outcome.UNKNOWN
    if status in _NOT_EXECUTED or code in ("rate_limit", "lock_timeout") or should_retry == "true":
        return Outcome.NOT_EXECUTED
    if status == HTTPStatus.FORBIDDEN and code == "account_invalid":
        return Outcome.DEFINITE  # this one account left us; nothing is wrong with our key
    if status in _OUR_FAULT:
        return Outcome.NOT_EXECUTED
    if status in _DEFINITE and not is_key_conflict:
        return Outcome.DEFINITE
    # 5xx, and a key that was used with other parameters: something may well have been done under it.
    return Outcome.UNKNOWN


@contextmanager
def _told_as_outcome() -> Iterator[None]:
    from stripe import StripeError  # noqa: PLC0415  # the SDK takes most of a second to import

    try:
        yield
    except StripeError as error:
        raise failure(error) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProviderFailed("Stripe's answer could not be read", outcome=Outcome.UNKNOWN, code=UNREADABLE) from error


def _client() -> "StripeClient":
    return _client_for(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _client_for(api_key: str, base: str) -> "StripeClient":
    import stripe  # noqa: PLC0415

    from cliphaven.providers.stripe import wire  # noqa: PLC0415  # as slow as the SDK that it serves

    return stripe.StripeClient(
        api_key,
        base_addresses={"api": base, "connect": base, "files": base, "meter_events": base},
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS), session=wire.session()),
        max_network_retries=0,
    )
