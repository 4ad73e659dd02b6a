"""Looking at pictures on a real server on loopback that behaves as badly as a stranger's can."""

import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest
from PIL import Image, ImageDraw

from cliphaven.clips.rules.thumbnails import ALIKE_BITS, difference_hash, row_pairs
from cliphaven.providers import thumbnails
from cliphaven.providers.pictures import PictureRefused, brightness
from cliphaven.providers.thumbnails import NoThumbnail, Thumbnails
from tests.providers.listening import listening
from tests.rooms.files.pictures import bomb, drawn_scene, moving, of_scene, picture, wide_webp, written

HOST = "p16-common-sign-no.tiktokcdn-us.com"
JPEG = "image/jpeg"
ANSWERS = {
    "/good": (200, JPEG, of_scene(1, "JPEG")),
    "/good.webp": (200, "image/webp", of_scene(1, "WEBP")),
    "/other-name": (200, "image/png", of_scene(1, "JPEG")),
    "/gone": (403, "text/html", b"URL signature expired"),
    "/page": (200, "text/html", b"<!doctype html><script>alert(1)</script>"),
    "/said": (200, JPEG, b"<!doctype html><script>alert(1)</script>"),
    "/svg": (200, "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "/cut": (200, JPEG, of_scene(1, "JPEG")[:300]),
    "/bomb": (200, "image/png", bomb()),
    "/wide": (200, "image/webp", wide_webp()),
    "/moving": (200, "image/webp", moving("WEBP")),
    "/empty": (200, JPEG, b""),
}


class Stranger(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_GET(self) -> None:
        host, _, path = self.path.removeprefix("/").partition("/")
        type(self).seen.append(self.path)
        if path == "redirect":
            self.answer(302, "text/html", b"", location=f"http://127.0.0.1:{self.server.server_port}/{host}/good")
        elif path == "long":
            self.answer(200, JPEG, bytes(thumbnails.MAX_BYTES + 1))
        elif path == "endless":
            self.endless()
        elif path == "silent":
            time.sleep(1)
        else:
            self.answer(*ANSWERS.get("/" + path.partition("?")[0], (404, "text/plain", b"")))

    def answer(self, status: int, kind: str, content: bytes, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content)

    def endless(self) -> None:
        """No length is said, and no end comes."""
        self.send_response(200)
        self.send_header("Content-Type", JPEG)
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError):
            for _ in range(64):
                self.wfile.write(bytes(65_536))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def stranger() -> Iterator[type[Stranger]]:
    handler = type("Stranger", (Stranger,), {"seen": []})
    with listening(handler) as handler.base:  # type: ignore[attr-defined]
        yield handler


@pytest.fixture
def eyes(stranger: type[Stranger]) -> Thumbnails:
    return Thumbnails(base=stranger.base)  # type: ignore[attr-defined]


def hash_of(eyes: Thumbnails, path: str) -> int:
    found = eyes.brightness(f"https://{HOST}{path}", wide=9, high=8)
    assert found is not None
    return difference_hash(found)


def why_not(eyes: Thumbnails, url: str) -> str:
    with pytest.raises(NoThumbnail) as refused:
        eyes.brightness(url if "://" in url else f"https://{HOST}{url}", wide=9, high=8)
    return str(refused.value)


def test_a_picture_is_looked_at_whatever_its_kind_and_name(eyes: Thumbnails, stranger: type[Stranger]) -> None:
    first = hash_of(eyes, "/good?x-expires=1791234000&x-signature=a%2Bb")

    assert row_pairs(first)
    assert (first ^ hash_of(eyes, "/good.webp")).bit_count() <= ALIKE_BITS
    assert hash_of(eyes, "/other-name") == hash_of(eyes, "/good")
    assert stranger.seen[0] == f"/{HOST}/good?x-expires=1791234000&x-signature=a%2Bb"


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/good",
        f"https://{HOST}:8443/good",
        f"https://ann@{HOST}/good",
        f"https://{HOST}@evil.example/good",
        f"https://{HOST}\\@evil.example/good",
        "https://tiktokcdn.com.evil.example/good",
        "https://eviltiktokcdn.com/good",
        "https://www.tiktok.com/good",
        "https://127.0.0.1/good",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/good",
        "https://localhost/good",
        "https://a..tiktokcdn.com/good",
        "file:///etc/passwd",
        "//i.ytimg.com/vi/a/b.jpg",
        f"https://{HOST}/a picture",
        "",
    ],
)
def test_no_other_host_is_asked(eyes: Thumbnails, stranger: type[Stranger], url: str) -> None:
    with pytest.raises(NoThumbnail, match="other_host"):
        eyes.brightness(url, wide=9, high=8)
    assert stranger.seen == []


@pytest.mark.parametrize(
    "host",
    [
        *("p16-sign.tiktokcdn-us.com", "p16-pu-sign-no.tiktokcdn-eu.com", "p77-sign-va.tiktokcdn.com"),
        *("scontent-yyz1-1.cdninstagram.com", "instagram.fcjb3-2.fna.fbcdn.net", "I.YTIMG.COM"),
    ],
)
def test_the_hosts_that_vendors_name_are_asked(eyes: Thumbnails, host: str) -> None:
    assert eyes.brightness(f"https://{host}/good", wide=9, high=8) is not None


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_host_that_leads_inside_is_not_connected_to(stranger: type[Stranger], address: str) -> None:
    eyes = Thumbnails(look_up=lambda host, port: ["8.8.8.8", address])

    assert why_not(eyes, "/good") == "leads_inside"
    assert stranger.seen == []


def test_a_redirect_is_not_followed(eyes: Thumbnails, stranger: type[Stranger]) -> None:
    assert why_not(eyes, "/redirect") == "status_302"
    assert stranger.seen == [f"/{HOST}/redirect"]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/gone", "status_403"),
        ("/nothing", "status_404"),
        ("/page", "other_type"),
        ("/svg", "other_type"),
        ("/said", "no_picture"),
        ("/empty", "no_picture"),
        ("/cut", "broken"),
        ("/bomb", "too_large"),
        ("/wide", "too_large"),
        ("/moving", "moving"),
        ("/long", "too_long"),
    ],
)
def test_what_is_no_picture_is_none(eyes: Thumbnails, path: str, word: str) -> None:
    assert why_not(eyes, path) == word


def test_an_answer_without_an_end_is_left(eyes: Thumbnails) -> None:
    assert why_not(eyes, "/endless") in ("too_long", "no_answer")


def test_a_host_that_hangs_is_left_in_time(eyes: Thumbnails, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MAX_SECONDS", 0.2)
    began = time.monotonic()

    assert why_not(eyes, "/silent") == "no_answer"
    assert time.monotonic() - began < 0.9


def test_nobody_there_is_no_picture() -> None:
    assert why_not(Thumbnails(base="http://127.0.0.1:9"), "/good") == "no_answer"


@pytest.mark.parametrize("scene", range(3))
def test_another_size_quality_or_frame_of_bars_is_the_same_picture(scene: int) -> None:
    def looked_at(content: bytes) -> int:
        found = brightness(content, wide=9, high=8)
        assert found is not None
        return difference_hash(found)

    first = looked_at(of_scene(scene, "PNG"))
    again = drawn_scene(scene).resize((240, 427))
    framed = Image.new("RGB", (480, 1_100), "black")
    framed.paste(drawn_scene(scene).resize((480, 854)), (0, 123))
    for other in (of_scene(scene, "JPEG", quality=25), written(again), written(framed, quality=60)):
        assert (first ^ looked_at(other)).bit_count() <= ALIKE_BITS
    assert (first ^ looked_at(of_scene(scene + 1, "PNG"))).bit_count() > 2 * ALIKE_BITS


def test_a_picture_of_one_colour_says_nothing() -> None:
    flat = Image.new("RGB", (400, 300), "black")
    ImageDraw.Draw(flat).point((7, 7), fill=(9, 9, 9))

    assert brightness(written(flat), wide=9, high=8) is None
    with pytest.raises(PictureRefused):
        brightness(picture("PNG")[:100], wide=9, high=8)
