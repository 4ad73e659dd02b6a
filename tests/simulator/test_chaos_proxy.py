"""The proxy of the chaos run: each toxic does what it says, and a connection is cut at its COMMIT."""

import os
import socket
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from simulator.chaos.pgwire import Framer
from simulator.chaos.proxy import Cut, Proxy, Toxic, ToxicKind
from tests.world import free_port

SAID = b"0123456789" * 400  # 4,000 bytes


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says what it is told, on this port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(one: socket.socket) -> None:
        with one:
            try:
                while data := one.recv(65_536):
                    one.sendall(data)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(one,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy([echo]) as proxy:
        yield proxy


def spoken(proxy: Proxy) -> tuple[bytes, float]:
    """What comes back of what is said, and after how long; less of it where the connection is cut."""
    began, heard = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as one:
        try:
            one.sendall(SAID)
            while len(heard) < len(SAID) and (data := one.recv(65_536)):
                heard += data
        except ConnectionResetError:
            pass
    return heard, time.monotonic() - began


def test_without_a_toxic_everything_passes(proxy: Proxy):
    assert spoken(proxy)[0] == SAID


def test_latency_comes_on_both_ways(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.LATENCY, 0.1))
    heard, seconds = spoken(proxy)

    assert heard == SAID
    assert seconds >= 0.2  # there and back


def test_bandwidth_is_bytes_a_second(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.BANDWIDTH, 20_000))
    heard, seconds = spoken(proxy)

    assert heard == SAID
    assert seconds >= 0.4  # 4,000 bytes at 20,000 a second, there and back


def test_a_timeout_lets_nothing_pass_and_then_cuts(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.TIMEOUT, 0.2))
    heard, seconds = spoken(proxy)

    assert heard == b""
    assert seconds >= 0.2


def test_a_reset_is_no_friendly_end(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.RESET, 0))
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as one:
        one.sendall(SAID)
        with pytest.raises(ConnectionResetError):
            one.recv(1)


def test_the_slicer_cuts_into_pieces_and_loses_none(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.SLICER, 100))

    assert spoken(proxy)[0] == SAID


def test_limited_data_ends_the_connection_at_the_limit(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.LIMIT_DATA, 1_000))

    assert len(spoken(proxy)[0]) <= 1_000


def test_a_slow_close_is_told_late(proxy: Proxy):
    proxy.spoil(Toxic(ToxicKind.SLOW_CLOSE, 0.3))
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as one:
        one.shutdown(socket.SHUT_WR)
        assert one.recv(1) == b""

    assert time.monotonic() - began >= 0.3


def test_a_dead_upstream_leaves_the_work_to_the_other(echo: int):
    with Proxy([free_port(), echo]) as proxy:
        assert [spoken(proxy)[0] for _ in range(2)] == [SAID, SAID]


@pytest.fixture
def table(committed: str) -> Iterator[tuple[psycopg.Connection[tuple[object, ...]], str, Proxy]]:
    """A session of our own beside the proxy, the address through it, and the proxy."""
    straight = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{committed}"
    login, _, place = straight.rpartition("@")
    port = int(place.partition("/")[0].rpartition(":")[2])
    with Proxy([port], speaks_postgres=True) as proxy, psycopg.connect(straight, autocommit=True) as session:
        session.execute("create table note (word text)")
        yield session, f"{login}@127.0.0.1:{proxy.port}/{committed}", proxy


@pytest.mark.parametrize(("cut", "kept"), [(Cut.BEFORE, 0), (Cut.AFTER, 1)])
def test_a_connection_is_cut_at_its_commit(table, cut: Cut, kept: int):
    session, address, proxy = table
    proxy.cut_at_commit(cut, times=1)
    through = psycopg.connect(address)
    through.execute("insert into note values ('here')")
    with pytest.raises(psycopg.OperationalError):
        through.commit()

    [(count,)] = session.execute("select count(*) from note").fetchall()
    assert (count, proxy.cut_commits[cut]) == (kept, 1)


def test_the_next_commit_passes(table):
    session, address, proxy = table
    proxy.cut_at_commit(Cut.BEFORE, times=0)
    with psycopg.connect(address) as through:
        through.execute("insert into note values ('here')")

    assert session.execute("select word from note").fetchall() == [("here",)]


def greeting() -> bytes:
    body = (196_608).to_bytes(4) + b"user\0somebody\0\0"
    return (len(body) + 4).to_bytes(4) + body


def message(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


SENT = [
    ((8).to_bytes(4) + (80_877_103).to_bytes(4), False),  # may we speak in secret?
    (greeting(), False),
    (message(b"Q", b"BEGIN\0"), False),
    (message(b"Q", b"select 'COMMIT'\0"), False),
    (message(b"Q", b" commit;\0"), True),
    (message(b"P", b"\0COMMIT\0\0\0"), True),
    (message(b"P", b"name\0END\0\0\0"), True),
    (message(b"Q", b"COMMIT PREPARED 'x'\0"), False),
    (message(b"B", b"COMMIT\0"), False),
]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_messages_are_found_wherever_the_network_cuts(size: int):
    stream = b"".join(raw for raw, _ in SENT)
    framer = Framer()
    found = [one for start in range(0, len(stream), size) for one in framer.feed(stream[start : start + size])]

    assert [(one.raw, one.is_commit) for one in found] == SENT
