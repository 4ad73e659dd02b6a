"""Pillow in our words: a stranger's picture goes in, a picture of our own making comes out, or a reason why not.

Nothing of the file itself is kept: it is decoded within bounds and encoded anew, so that what stood between the pixels
(places, cameras, previews, scripts, archives behind the end) is gone. Of pictures that are only compared nothing comes
out but how bright a few places of them are.
"""

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SIDE_MOST_PX = 8_192
PIXELS_MOST = 24_000_000
QUALITY = 85
KEPT_TYPE, KEPT_ENDING = "image/webp", "webp"
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_SIGNS = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}
# What has no business beside pixels: pages, programs of pages, documents and archives.
_FOREIGN = re.compile(
    rb"<\s*(?:script|html|svg|iframe|body|!doctype|\?php)|%PDF-|PK\x03\x04|PK\x05\x06|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07",
    re.IGNORECASE,
)

# Pictures are compared no larger than this, and what differs less from a corner than this is a bar around them.
_COMPARED_PX, _BAR_DIFFERS_MOST = 256, 16

# Of JPEG: where the next segment begins, past pixels and fill bytes; and the last one.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_JPEG_END = 0xD9
# The largest that is taken needs some 370 MB for half a second: as many as a worker has threads would be too much.
_ONE_AT_A_TIME = threading.Lock()


class Why(StrEnum):
    """Why a file is not taken, for programs."""

    NO_PICTURE = "no_picture"
    OTHER_KIND = "other_kind"
    BROKEN = "broken"
    MOVING = "moving"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    TWO_IN_ONE = "two_in_one"


class PictureRefused(Exception):
    """The file is not taken; `why` says it."""

    def __init__(self, why: Why) -> None:
        """Nothing of it was kept."""
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of our own making (WebP), its measures in pixels."""

    content: bytes
    width_px: int
    height_px: int


def made_anew(content: bytes, *, said_type: str, side_least_px: int, side_kept_px: int) -> Picture:
    """The picture as pages may show it, no side longer than `side_kept_px`. Raises PictureRefused.

    `said_type` is what the file was said to be (one of FORMATS); it must be that. Its measures are looked at before a
    pixel is decoded, so that a small file cannot fill the memory.
    """
    kind = FORMATS[said_type]
    real = _kind_of(content)
    if real is None:
        raise PictureRefused(Why.NO_PICTURE)
    if real != kind:
        raise PictureRefused(Why.OTHER_KIND)
    if _FOREIGN.search(b"\n".join(_beside_the_pixels(content, kind))):
        raise PictureRefused(Why.TWO_IN_ONE)
    with _ONE_AT_A_TIME:
        return _decoded_and_encoded(content, kind, side_least_px=side_least_px, side_kept_px=side_kept_px)


def brightness(content: bytes, *, wide: int, high: int) -> list[list[int]] | None:
    """How bright a picture is, 0 to 255, at so many places: `high` rows of `wide` values, from its upper left corner.

    Bars of one colour around it are left out. None for a picture of one colour. It is read within the bounds of
    `made_anew`, whatever it is said to be, and nothing of it goes on. Raises PictureRefused.
    """
    kind = _kind_of(content)
    if kind is None:
        raise PictureRefused(Why.NO_PICTURE)
    from PIL import Image  # noqa: PLC0415  # as below

    with _ONE_AT_A_TIME, _faults_are_the_files():
        grey = _upright(content, kind, side_least_px=1, side_kept_px=_COMPARED_PX).convert("L")
        box = _within_bars(grey)
        if box is None:
            return None
        values = grey.resize((wide, high), Image.Resampling.BOX, box=box).tobytes()
    return [list(values[row * wide : (row + 1) * wide]) for row in range(high)]


def _within_bars(grey: Any) -> tuple[int, int, int, int] | None:
    """The part of a grey picture that differs from its upper left corner; None if none does."""
    from PIL import Image, ImageChops  # noqa: PLC0415  # as below

    flat = Image.new("L", grey.size, grey.getpixel((0, 0)))
    differs = ImageChops.difference(grey, flat).point(lambda value: 255 if value > _BAR_DIFFERS_MOST else 0)
    box: tuple[int, int, int, int] | None = differs.getbbox()
    return box


def _kind_of(content: bytes) -> str | None:
    for kind, sign in _SIGNS.items():
        if content.startswith(sign) and (kind != "WEBP" or content[8:12] == b"WEBP"):
            return kind
    return None


def _decoded_and_encoded(content: bytes, kind: str, *, side_least_px: int, side_kept_px: int) -> Picture:
    from PIL import Image  # noqa: PLC0415  # the library takes its time to load

    with _faults_are_the_files():
        upright = _upright(content, kind, side_least_px=side_least_px, side_kept_px=side_kept_px)
        upright = upright.convert(_mode_of(upright))
        # Pixels alone go on: what the opened file said of itself stays behind with it.
        bare = Image.frombytes(upright.mode, upright.size, upright.tobytes())
        written = io.BytesIO()
        bare.save(written, format="WEBP", quality=QUALITY, method=4)
    return Picture(content=written.getvalue(), width_px=bare.width, height_px=bare.height)


@contextmanager
def _faults_are_the_files() -> Iterator[None]:
    """Whatever a decoder trips over in a stranger's file is the file's fault: there is a new way every year."""
    from PIL import Image  # noqa: PLC0415  # as above

    try:
        yield
    except PictureRefused:
        raise
    except Image.DecompressionBombError as error:
        raise PictureRefused(Why.TOO_LARGE) from error
    except Exception as error:
        raise PictureRefused(Why.BROKEN) from error


def _upright(content: bytes, kind: str, *, side_least_px: int, side_kept_px: int) -> Any:
    """The file as Pillow's picture, decoded after a look at its measures, made smaller and turned as it is meant."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # as above

    if kind == "WEBP":
        _check_measures(_webp_measures(content), side_least_px=side_least_px)
    with Image.open(io.BytesIO(content), formats=[kind]) as opened:
        # Telephones put a second, hidden picture behind a still one (MPO): it stays behind, like all the rest.
        if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
            raise PictureRefused(Why.MOVING)
        _check_measures(opened.size, side_least_px=side_least_px)
        plain: Any = opened if opened.mode in ("L", "RGB", "RGBA") else opened.convert(_mode_of(opened))
        plain.thumbnail((side_kept_px, side_kept_px))
        return ImageOps.exif_transpose(plain)


def _mode_of(opened: Any) -> str:
    return "RGBA" if opened.has_transparency_data else "RGB"


def _check_measures(measures: tuple[int, int], *, side_least_px: int) -> None:
    width, height = measures
    if max(width, height) > SIDE_MOST_PX or width * height > PIXELS_MOST:
        raise PictureRefused(Why.TOO_LARGE)
    if min(width, height) < side_least_px:
        raise PictureRefused(Why.TOO_SMALL)


def _webp_measures(content: bytes) -> tuple[int, int]:
    """Width and height by the first chunk: the decoder sets memory aside for them before it can be asked."""
    head = content[12:16]
    if head == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if head == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF


def _beside_the_pixels(content: bytes, kind: str) -> Iterator[bytes]:
    """The parts of a file that are no pixels, and what stands behind its end."""
    return {"PNG": _of_png, "JPEG": _of_jpeg, "WEBP": _of_webp}[kind](content)


def _of_png(content: bytes) -> Iterator[bytes]:
    at = 8
    while at + 12 <= len(content):
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if name != b"IDAT":
            yield content[at + 8 : at + 8 + length]
        at += 12 + length
        if name == b"IEND":
            break
    yield content[at:]


def _of_jpeg(content: bytes) -> Iterator[bytes]:
    at = 2
    while (found := _JPEG_MARKER.search(content, at)) is not None:
        at, marker = found.end(), found.group()[1]
        if marker == _JPEG_END:
            yield content[at:]
            return
        length = max(int.from_bytes(content[at : at + 2]), 2)
        yield content[at + 2 : at + length]
        at += length


def _of_webp(content: bytes) -> Iterator[bytes]:
    at, end = 12, 8 + int.from_bytes(content[4:8], "little")
    while at + 8 <= min(end, len(content)):
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if name not in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF"):
            yield content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    yield content[end:]
