"""Following short links against a real server on loopback that behaves as badly as a stranger's can."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.providers import fence as fences
from cliphaven.providers import short_links
from cliphaven.providers.fence import Fence, is_public
from cliphaven.providers.short_links import (
    LinkIsDead,
    LinkLeadsElsewhere,
    LinkTakesTooManyTurns,
    ShortLinks,
)
from tests.providers.listening import listening

VIDEO = "https://www.tiktok.com/@a/video/7106798200794926362"
LOCATIONS = {
    "/vm/ZTgood/": f"{VIDEO}?_t=1&web_id=7300000000000000001",
    "/vm/ZTtwo/": "/ZTgood/",
    "/vm/ZThome/": "https://www.tiktok.com/?reason=expired",
    "/vm/ZTloop/": "https://vm.tiktok.com/ZTloop/",
    "/vm/ZThttp/": "http://www.tiktok.com/@a/video/7106798200794926362",
    "/vm/ZTinside/": "https://169.254.169.254/latest/meta-data/",
    "/vm/ZTfile/": "file:///etc/passwd",
    "/vm/ZTlookalike/": "//www.tiktok.com.evil.example/@a/video/7106798200794926362",
    "/vm/ZTuser/": "https://www.tiktok.com@evil.example/@a/video/7106798200794926362",
    "/vm/ZTport/": "https://www.tiktok.com:8443/@a/video/7106798200794926362",
    "/vm/ZTbackslash/": "https://www.tiktok.com\\@evil.example/x",
}


class Stranger(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, str]]

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        type(self).seen.append((self.command, self.path, self.headers["User-Agent"]))
        if self.path == "/vm/ZTgetonly/" and self.command == "HEAD":
            self.send_response(405)
        elif self.path == "/vm/ZTgetonly/":
            self.send_response(301)
            self.send_header("Location", VIDEO)
        elif self.path.startswith("/vm/ZTstatus"):
            self.send_response(int(self.path.strip("/")[-3:]))
        elif self.path in LOCATIONS:
            self.send_response(302)
            self.send_header("Location", LOCATIONS[self.path])
        else:
            self.send_response(200 if self.path.startswith("/www") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def stranger() -> Iterator[type[Stranger]]:
    handler = type("Stranger", (Stranger,), {"seen": []})
    with listening(handler) as handler.base:  # type: ignore[attr-defined]
        yield handler


@pytest.fixture
def links(stranger: type[Stranger]) -> ShortLinks:
    base: str = stranger.base  # type: ignore[attr-defined]
    return ShortLinks(bases={"vm.tiktok.com": f"{base}/vm", "www.tiktok.com": f"{base}/www/"})


def arrived(address: str) -> bool:
    return "/video/" in address


@pytest.mark.parametrize("token", ["ZTgood", "ZTtwo", "ZTgetonly"])
def test_a_link_leads_to_its_clip_without_tracking_parameters(links: ShortLinks, token: str) -> None:
    assert links.resolve(f"https://vm.tiktok.com/{token}/", arrived=arrived) == VIDEO


def test_the_clip_itself_is_not_visited(links: ShortLinks, stranger: type[Stranger]) -> None:
    links.resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)
    assert [(method, path) for method, path, _ in stranger.seen] == [("HEAD", "/vm/ZTgood/")]


def test_the_platform_sees_a_browser(links: ShortLinks, stranger: type[Stranger]) -> None:
    links.resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)
    assert stranger.seen[0][2].startswith("Mozilla/5.0")


@pytest.mark.parametrize("token", ["ZTgone", "ZThome"])
def test_an_expired_link_is_dead(links: ShortLinks, token: str) -> None:
    with pytest.raises(LinkIsDead):
        links.resolve(f"https://vm.tiktok.com/{token}/", arrived=arrived)


def test_a_loop_ends_after_five_redirects(links: ShortLinks, stranger: type[Stranger]) -> None:
    with pytest.raises(LinkTakesTooManyTurns):
        links.resolve("https://vm.tiktok.com/ZTloop/", arrived=arrived)
    assert len(stranger.seen) == 6  # the link itself, then five redirects


@pytest.mark.parametrize("token", ["ZThttp", "ZTinside", "ZTfile", "ZTlookalike", "ZTuser", "ZTport", "ZTbackslash"])
def test_a_redirect_off_the_allowed_hosts_is_not_followed(links: ShortLinks, token: str) -> None:
    with pytest.raises(LinkLeadsElsewhere):
        links.resolve(f"https://vm.tiktok.com/{token}/", arrived=arrived)


@pytest.mark.parametrize(
    "address", ["http://vm.tiktok.com/ZTgood/", "https://evil.example/x", "https://127.0.0.1/", "x", ""]
)
def test_an_address_off_the_allowed_hosts_is_not_visited(links: ShortLinks, address: str) -> None:
    with pytest.raises(LinkLeadsElsewhere):
        links.resolve(address, arrived=arrived)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_a_platform_that_is_busy_or_lets_nobody_in_says_nothing_about_the_link(links: ShortLinks, status: int) -> None:
    with pytest.raises(ProviderFailed, match="paste the full address") as refusal:
        links.resolve(f"https://vm.tiktok.com/ZTstatus{status}/", arrived=arrived)
    assert refusal.value.status == status


@pytest.mark.parametrize("page", ["/accounts/login/?next=%2Freel%2FDZN3mhZBQ_Q%2F", "/login?redirect_url=x", "/login"])
def test_a_platform_that_wants_us_to_sign_in_says_nothing_about_the_link(
    links: ShortLinks, stranger: type[Stranger], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setitem(LOCATIONS, "/vm/ZTwall/", f"https://www.tiktok.com{page}")
    with pytest.raises(ProviderFailed, match="its own users only"):
        links.resolve("https://vm.tiktok.com/ZTwall/", arrived=arrived)
    assert [path for _, path, _ in stranger.seen] == ["/vm/ZTwall/"]


def test_a_platform_that_hangs_up_is_a_failure_to_try_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ProviderFailed):
        ShortLinks(bases={"vm.tiktok.com": f"http://127.0.0.1:{port}"}).resolve(
            "https://vm.tiktok.com/ZTgood/", arrived=arrived
        )


def endless(connection: socket.socket, pause: float, piece: bytes) -> None:
    with suppress(OSError), connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(piece)
            time.sleep(pause)


@pytest.mark.parametrize(("pause", "piece"), [(0.1, b"x"), (0.0, b"X-Filler: " + b"x" * 1000 + b"\r\n")])
def test_headers_without_an_end_are_given_up(pause: float, piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_links, "MAX_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=endless, args=(connection, pause, piece), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        started = time.monotonic()
        with pytest.raises(ProviderFailed):
            ShortLinks(bases={"vm.tiktok.com": f"http://127.0.0.1:{server.getsockname()[1]}"}).resolve(
                "https://vm.tiktok.com/ZTgood/", arrived=arrived
            )
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("192.0.0.8", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1", "4000::1"),
        *("198.18.0.1", "192.88.99.1", "240.0.0.1", "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "64:ff9b:1::1"),
    ],
)
def test_an_address_that_can_lead_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_an_address_in_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_an_allowed_host_that_is_looked_up_to_the_inside_is_not_visited() -> None:
    with pytest.raises(LinkLeadsElsewhere, match="not public"):
        ShortLinks(bases={}, allowed_hosts={"localhost"}).resolve("https://localhost/x", arrived=arrived)


def inward(*addresses: str) -> ShortLinks:
    """Links whose hosts are all looked up to these addresses."""
    return ShortLinks(bases={}, look_up=lambda _host, _port: addresses)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.5", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
        *(
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "fec0::1",
            "fe80::1",
            "fc00::1",
            "::7f00:1",
        ),
    ],
)
def test_a_platforms_name_that_is_looked_up_to_the_inside_is_not_visited(address: str) -> None:
    with pytest.raises(LinkLeadsElsewhere, match="not public"):
        inward(address).resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)


def test_one_inner_address_among_public_ones_condemns_the_name() -> None:
    with pytest.raises(LinkLeadsElsewhere, match="not public"):
        inward("8.8.8.8", "127.0.0.1").resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)


def test_a_name_is_looked_up_once_for_a_connection_so_that_no_second_answer_can_differ() -> None:
    asked: list[str] = []
    answers = iter([["203.0.113.1"], ["127.0.0.1"]])

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    # The first answer is of a documentation network, which is not public either: nothing is ever connected to.
    with pytest.raises(LinkLeadsElsewhere, match="not public"):
        ShortLinks(bases={}, look_up=look_up).resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)
    assert asked == ["vm.tiktok.com"]


def test_where_one_address_of_a_name_refuses_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fences, "is_public", lambda _address: True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        fence = Fence(time.monotonic() + 5, max_bytes=16_384, look_up=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
        stream = fence.connect_tcp("vm.tiktok.com", port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()


def test_a_name_that_nobody_knows_is_a_failure_to_try_again() -> None:
    with pytest.raises(ProviderFailed):
        inward().resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)


def test_a_look_up_that_never_ends_is_left_behind_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_links, "MAX_SECONDS", 0.3)
    ended = threading.Event()

    def look_up(_host: str, _port: int) -> list[str]:
        ended.wait(20)
        return ["8.8.8.8"]

    started = time.monotonic()
    with pytest.raises(ProviderFailed):
        ShortLinks(bases={}, look_up=look_up).resolve("https://vm.tiktok.com/ZTgood/", arrived=arrived)
    took = time.monotonic() - started
    ended.set()
    assert took < 2


@pytest.mark.parametrize("token", ["ZThttp", "ZTinside", "ZTfile", "ZTlookalike", "ZTuser", "ZTport", "ZTbackslash"])
def test_every_hop_is_checked_and_not_only_the_first(
    links: ShortLinks, stranger: type[Stranger], monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setitem(LOCATIONS, "/vm/ZTfirst/", f"https://vm.tiktok.com/{token}/")
    with pytest.raises(LinkLeadsElsewhere):
        links.resolve("https://vm.tiktok.com/ZTfirst/", arrived=arrived)
    assert [path for _, path, _ in stranger.seen] == ["/vm/ZTfirst/", f"/vm/{token}/"]


@pytest.mark.parametrize(
    "location",
    [
        *(
            "https://[::1]/x",
            "https://[::ffff:7f00:1]/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://127.1/x",
        ),
        *("https://0177.0.0.1/x", "https://0/x", "https://localhost/x", "gopher://vm.tiktok.com/x", "data:text/html,x"),
        *("https://user:word@vm.tiktok.com/x", "https://vm.tiktok.com:22/x", "https://vm.tiktok.com./x"),
        *("https://vm.tikt\u00f6k.com/x", "https://vm.tiktok.com\x01/x", "javascript:alert(1)", "\\\\vm.tiktok.com/x"),
    ],
)
def test_an_odd_location_is_not_followed(
    links: ShortLinks, stranger: type[Stranger], monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    monkeypatch.setitem(LOCATIONS, "/vm/ZTodd/", location)
    with pytest.raises(LinkLeadsElsewhere):
        links.resolve("https://vm.tiktok.com/ZTodd/", arrived=arrived)
    assert len(stranger.seen) == 1


def test_twenty_one_hops_are_too_many(
    links: ShortLinks, stranger: type[Stranger], monkeypatch: pytest.MonkeyPatch
) -> None:
    for hop in range(21):
        monkeypatch.setitem(LOCATIONS, f"/vm/ZThop{hop:02d}/", f"https://vm.tiktok.com/ZThop{hop + 1:02d}/")
    with pytest.raises(LinkTakesTooManyTurns):
        links.resolve("https://vm.tiktok.com/ZThop00/", arrived=arrived)
    assert len(stranger.seen) == 6


def test_five_hops_are_not_too_many(links: ShortLinks, monkeypatch: pytest.MonkeyPatch) -> None:
    for hop in range(4):
        monkeypatch.setitem(LOCATIONS, f"/vm/ZTfar{hop}/", f"https://vm.tiktok.com/ZTfar{hop + 1}/")
    monkeypatch.setitem(LOCATIONS, "/vm/ZTfar4/", VIDEO)
    assert links.resolve("https://vm.tiktok.com/ZTfar0/", arrived=arrived) == VIDEO


def test_a_redirect_without_a_location_is_a_dead_link(links: ShortLinks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOCATIONS, "/vm/ZTnowhere/", "")
    with pytest.raises(LinkIsDead, match="copy its full address"):
        links.resolve("https://vm.tiktok.com/ZTnowhere/", arrived=arrived)


class Bomb(BaseHTTPRequestHandler):
    """Redirects, hands out a cookie, and pours an endless compressed body behind it."""

    protocol_version = "HTTP/1.1"
    headers_seen: list[dict[str, str]]
    poured: list[int]

    def do_HEAD(self) -> None:
        self.headers_seen.append(dict(self.headers.items()))
        self.send_response(405)
        self.send_header("Set-Cookie", "session=stolen; Domain=tiktok.com")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.headers_seen.append(dict(self.headers.items()))
        self.send_response(302)
        self.send_header("Location", VIDEO if self.path.endswith("/ZTnext/") else "https://vm.tiktok.com/ZTnext/")
        self.send_header("Set-Cookie", "session=stolen; Domain=tiktok.com")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(10**9))
        self.end_headers()
        with suppress(OSError):
            for _ in range(10**9 // 65_536):
                self.wfile.write(b"\x1f\x8b" * 32_768)
                self.poured.append(65_536)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def bomb() -> Iterator[tuple[ShortLinks, type[Bomb]]]:
    handler = type("Bomb", (Bomb,), {"headers_seen": [], "poured": []})
    with listening(handler) as base:
        yield ShortLinks(bases={"vm.tiktok.com": base}), handler


def test_a_body_is_never_read_however_large_and_compressed(bomb: tuple[ShortLinks, type[Bomb]]) -> None:
    links, server = bomb
    started = time.monotonic()
    assert links.resolve("https://vm.tiktok.com/ZTbomb/", arrived=arrived) == VIDEO
    # What was sent fits into the buffers of the two connections; of a billion bytes each, next to nothing left.
    assert (time.monotonic() - started < 3, sum(server.poured) < 30_000_000) == (True, True)


def test_cookies_are_neither_kept_nor_sent(bomb: tuple[ShortLinks, type[Bomb]]) -> None:
    links, server = bomb
    links.resolve("https://vm.tiktok.com/ZTbomb/", arrived=arrived)
    assert len(server.headers_seen) == 4  # HEAD and GET of two hops
    names = {name.lower() for headers in server.headers_seen for name in headers}
    assert names & {"cookie", "authorization", "referer"} == set()


def test_hops_share_five_seconds_and_do_not_get_them_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_links, "MAX_SECONDS", 0.6)

    class Slow(Stranger):
        def answer(self) -> None:
            time.sleep(0.25)
            self.send_response(302)
            self.send_header("Location", f"https://vm.tiktok.com/ZTslow{time.monotonic_ns()}/")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with listening(Slow) as base:
        started = time.monotonic()
        with pytest.raises(ProviderFailed):
            ShortLinks(bases={"vm.tiktok.com": base}).resolve("https://vm.tiktok.com/ZTslow/", arrived=arrived)
        took = time.monotonic() - started
    assert took < 1.2
