"""A TCP proxy that can be told to spoil what passes: between the house and PostgreSQL, its vendors, and its visitors.

It is an event loop in a thread of its own. What it is told counts from the next bytes on, on old connections, too.
"""

import asyncio
import itertools
import socket
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from cliphaven.config.local.ports import free_port
from simulator.chaos.pgwire import Framer, Message

CHUNK = 65_536
SLICED_PAUSE_S = 0.000_5
# A socket that is closed with this says RST instead of a friendly end.
_ABORT = struct.pack("ii", 1, 0)


class ToxicKind(StrEnum):
    """What can be wrong with a network."""

    LATENCY = "latency"  # seconds, for each piece
    BANDWIDTH = "bandwidth"  # bytes a second
    SLOW_CLOSE = "slow_close"  # seconds between one side's end and what the other is told of it
    TIMEOUT = "timeout"  # nothing passes; after so many seconds the connection is cut
    RESET = "reset"  # whoever sends anything is reset
    SLICER = "slicer"  # pieces of so many bytes
    LIMIT_DATA = "limit_data"  # cut after so many bytes


@dataclass(frozen=True)
class Toxic:
    """One trouble and how bad it is."""

    kind: ToxicKind
    value: float


class Cut(StrEnum):
    """When a connection that commits is cut."""

    BEFORE = "before"  # the server never hears of the COMMIT
    AFTER = "after"  # the server has done it, the client never hears of that


class _Severed(Exception):
    """This connection was cut on purpose."""


class Proxy:
    """Listens on some hosts and one port, and passes everything on to one of its upstreams, in turns."""

    def __init__(
        self, upstreams: Sequence[int], *, hosts: Sequence[str] = ("127.0.0.1",), speaks_postgres: bool = False
    ) -> None:
        """`upstreams` are ports on this machine. Only where PostgreSQL is spoken can commits be cut."""
        self.port = free_port()
        self.cut_commits: Counter[Cut] = Counter()  # how many were cut so far
        self._toxic: Toxic | None = None
        self._to_cut: list[Cut] = []
        self._upstreams, self._turns = list(upstreams), itertools.count()
        self._hosts, self._speaks_postgres = list(hosts), speaks_postgres
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def links(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def spoil(self, toxic: Toxic | None) -> None:
        """From now on this is wrong with the network, or nothing."""
        self._toxic = toxic

    def cut_at_commit(self, when: Cut, *, times: int) -> None:
        """Cut the next connections that send a COMMIT."""
        self._to_cut = [when] * times

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, host=self._hosts, port=self.port)

    async def _stop(self) -> None:
        self._server.close()
        for link in list(self._links):
            link.abort()
        await asyncio.sleep(0.05)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await self._reach()
        except OSError:
            _abort(writer)
            return
        link = _Link(self, (reader, writer), there)
        self._links.add(link)
        try:
            await link.live()
        finally:
            self._links.discard(link)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the upstream whose turn it is, or to the next that answers. Raises OSError."""
        first = next(self._turns)
        for number in range(len(self._upstreams)):
            port = self._upstreams[(first + number) % len(self._upstreams)]
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if number + 1 == len(self._upstreams):
                    raise
        raise OSError

    def framer(self) -> Framer | None:
        """What reads a new client's messages, where PostgreSQL is spoken."""
        return Framer() if self._speaks_postgres else None

    def toxic(self) -> Toxic | None:
        """What is wrong just now."""
        return self._toxic

    def next_cut(self) -> Cut | None:
        """Whether this COMMIT, which is about to pass, is to be cut."""
        if not self._to_cut:
            return None
        cut = self._to_cut.pop()
        self.cut_commits[cut] += 1
        return cut


_End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Link:
    """One connection: a client's end and a server's."""

    def __init__(self, proxy: Proxy, client: _End, server: _End) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._passed = 0
        self._is_withheld = False

    async def live(self) -> None:
        """Pass on what comes from both ends until one of them is gone."""
        ways = [
            asyncio.ensure_future(self._pump(self._client[0], self._server[1], self._proxy.framer())),
            asyncio.ensure_future(self._pump(self._server[0], self._client[1], None)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for _, writer in (self._client, self._server):
                writer.close()

    def abort(self) -> None:
        """Both ends are told that the connection was reset."""
        for _, writer in (self._client, self._server):
            _abort(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, framer: Framer | None) -> None:
        try:
            while data := await reader.read(CHUNK):
                if framer is None:
                    if self._is_withheld:
                        raise _Severed  # the answer to the COMMIT has come: now it is done
                    await self._pass(data, writer)
                    continue
                for message in framer.feed(data):
                    self._look_at(message)
                    await self._pass(message.raw, writer)
            toxic = self._proxy.toxic()
            if toxic is not None and toxic.kind is ToxicKind.SLOW_CLOSE:
                await asyncio.sleep(toxic.value)
        except _Severed:
            self.abort()
        except OSError:
            return

    def _look_at(self, message: Message) -> None:
        cut = self._proxy.next_cut() if message.is_commit else None
        if cut is Cut.BEFORE:
            raise _Severed
        if cut is Cut.AFTER:
            self._is_withheld = True

    async def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        toxic = self._proxy.toxic()
        size = len(data)
        if toxic is not None:
            size = await self._suffer(toxic, data)
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            if size < len(data):
                await asyncio.sleep(SLICED_PAUSE_S)
        self._passed += len(data)

    async def _suffer(self, toxic: Toxic, data: bytes) -> int:
        """Let it happen to these bytes; answers in pieces of which size they pass. Raises _Severed."""
        if toxic.kind is ToxicKind.RESET or (
            toxic.kind is ToxicKind.LIMIT_DATA and self._passed + len(data) > toxic.value
        ):
            raise _Severed
        if toxic.kind is ToxicKind.TIMEOUT:
            await asyncio.sleep(toxic.value)
            raise _Severed
        if toxic.kind is ToxicKind.LATENCY:
            await asyncio.sleep(toxic.value)
        if toxic.kind is ToxicKind.BANDWIDTH:
            await asyncio.sleep(len(data) / toxic.value)
        return max(1, int(toxic.value)) if toxic.kind is ToxicKind.SLICER else max(1, len(data))


def _abort(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and not writer.transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()
