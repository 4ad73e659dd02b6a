"""What shall go wrong next, and the ASGI layer that makes it go wrong."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import spoiling
from sandbox.hanging_up import hang_up
from sandbox.run_fates import RUN_FATES
from sandbox.vendor_errors import STATUS, error_answer

BEFORE_EFFECT: Final = frozenset(STATUS)
AFTER_EFFECT: Final = frozenset({"drop_after_effect", "error_500_with_effect"})
REQUEST_KINDS: Final = BEFORE_EFFECT | AFTER_EFFECT
# These are asked for by a vendor in the middle of its work, not by the layer around it.
INNER_KINDS: Final = frozenset({"webhook_twice", "webhook_late", "dataset_expired", *RUN_FATES})
WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE"})
KINDS: Final = REQUEST_KINDS | INNER_KINDS | spoiling.KINDS | {"slow"}


@dataclass
class Fault:
    """One thing that shall go wrong: to which requests (or subjects), how, and how many times more."""

    vendor: str
    kind: str
    method: str = ""
    path_prefix: str = ""
    times: int = 1
    seconds: float = 0.0


class Faults:
    """The faults waiting for their moment, first asked first served; a restart forgets them."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Ask for a fault. Raises ValueError for an unknown kind or a number of times below one."""
        if fault.kind not in KINDS:
            raise ValueError(f"Unknown fault {fault.kind!r}: one of {', '.join(sorted(KINDS))}")
        if fault.times < 1:
            raise ValueError("A fault must happen at least once")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget every fault that has not happened yet."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """The faults still to come, as JSON."""
        return [asdict(fault) for fault in self._waiting]

    def take(self, vendor: str, kind: str, subject: str) -> Fault | None:
        """Use up one fault of this kind whose `path_prefix` begins the subject (an event type, an actor name)."""
        return self._take(vendor, lambda fault: fault.kind == kind and subject.startswith(fault.path_prefix))

    def take_for_request(self, vendor: str, kinds: frozenset[str], method: str, path: str) -> Fault | None:
        """Use up one fault of these kinds that means this request.

        `path` begins after the vendor's mount; a fault's prefix may begin there or before it.
        """

        def means(fault: Fault) -> bool:
            prefix = "/" + fault.path_prefix.lstrip("/")
            return (
                fault.kind in kinds
                and fault.method.upper() in ("", "*", method)
                and (f"/{path}".startswith(prefix) or f"/{vendor}/{path}".startswith(prefix))
            )

        return self._take(vendor, means)

    def _take(self, vendor: str, means: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.vendor == vendor and means(fault):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None


class FaultLayer:
    """Applies the faults that mean a request; the first path segment names the vendor."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or spoil it in the way that was asked for."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        vendor, _, path = scope["path"].lstrip("/").partition("/")
        method = scope["method"]
        slow = self.faults.take_for_request(vendor, frozenset({"slow"}), method, path)
        if slow is not None and method in WITHOUT_BODY:
            await asyncio.sleep(slow.seconds)
        elif slow is not None:
            receive = _slowly(receive, slow.seconds)
        spoilt = self.faults.take_for_request(vendor, spoiling.kinds_at(f"{vendor}/{path}"), method, path)
        fault = self.faults.take_for_request(vendor, REQUEST_KINDS, method, path)
        if fault is None:
            await self.app(scope, receive, send if spoilt is None else spoiling.Spoiler(send, spoilt.kind))
        elif fault.kind in BEFORE_EFFECT:
            await _read_all(receive)
            await _answer(vendor, fault.kind)(scope, receive, send)
        else:
            # The vendor's app is told, because some of them keep what went wrong: Stripe replays a saved 500.
            await self.app({**scope, "sandbox.fault": fault.kind}, receive, _unheard)
            if fault.kind == "drop_after_effect":
                await hang_up(send)
            else:
                await _answer(vendor, "error_500")(scope, receive, send)


def _answer(vendor: str, kind: str) -> Response:
    return error_answer(vendor, kind)


def _slowly(receive: Receive, seconds: float) -> Receive:
    """Let the request's body dawdle: the vendor has begun with it, and a second request meets one in progress."""

    async def dawdling() -> Message:
        await asyncio.sleep(seconds)
        return await receive()

    return dawdling


async def _unheard(message: Message) -> None:
    """Swallow an answer whose request was really carried out."""


async def _read_all(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
