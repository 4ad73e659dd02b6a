"""What comes out of a stranger's picture is of our own making, or nothing comes out."""

import io
import tracemalloc

import pytest
from PIL import Image

from cliphaven.providers.pictures import PictureRefused, Why, made_anew
from tests.rooms.files.pictures import bomb, moving, photograph, picture, wide_webp

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
ZIP = b"PK\x03\x04" + bytes(26) + b"a.js"


def made(content: bytes, said_type: str = "image/png") -> Image.Image:
    found = made_anew(content, said_type=said_type, side_least_px=320, side_kept_px=500)
    opened = Image.open(io.BytesIO(found.content))
    assert (opened.format, opened.size) == ("WEBP", (found.width_px, found.height_px))
    return opened


def why(content: bytes, said_type: str = "image/png") -> Why:
    with pytest.raises(PictureRefused) as refused:
        made_anew(content, said_type=said_type, side_least_px=320, side_kept_px=500)
    return refused.value.why


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *[("PNG", {"mode": mode}) for mode in ("RGB", "RGBA", "P", "L", "I;16")],
        *[("JPEG", options) for options in ({}, {"mode": "CMYK"}, {"progressive": True})],
        *[("WEBP", options) for options in ({}, {"lossless": True})],
    ],
)
def test_pictures_of_all_makes_are_taken_and_made_smaller(kind: str, options: dict[str, object]) -> None:
    assert made(picture(kind, **options), f"image/{kind.lower()}").size == (500, 375)


def test_what_a_photograph_tells_of_itself_is_gone_and_it_stands_upright() -> None:
    found = made_anew(photograph(), said_type="image/jpeg", side_least_px=320, side_kept_px=500)
    opened = Image.open(io.BytesIO(found.content))

    assert b"CANARY" in photograph()
    assert b"CANARY" not in found.content
    assert (dict(opened.getexif()), set(opened.info) - {"loop", "background"}) == ({}, set())
    assert opened.size == (250, 500)
    red, _, blue = opened.convert("RGB").getpixel((240, 10))  # the corner went from the left to the right
    assert red > 200
    assert blue < 60


def test_what_can_be_seen_through_stays_so() -> None:
    assert made(picture("PNG", mode="RGBA")).mode == "RGBA"


@pytest.mark.parametrize("content", [SVG, HTML, b"", b"GIF89a" + bytes(100), b"%PDF-1.7 ...", ZIP, b"RIFF\0\0\0\0AVI "])
def test_what_is_no_picture_is_refused_whatever_it_is_called(content: bytes) -> None:
    assert why(content) is Why.NO_PICTURE


def test_another_kind_than_was_said_is_refused() -> None:
    assert why(picture("JPEG"), "image/png") is Why.OTHER_KIND
    assert why(picture("PNG"), "image/webp") is Why.OTHER_KIND


@pytest.mark.parametrize("second", [SVG, HTML, ZIP, b"%PDF-1.4", b"<?php system($_GET[0]);", b"<IFRAME src=x>"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_two_files_in_one_are_refused(kind: str, second: bytes) -> None:
    assert why(picture(kind) + second + b"\xff\xd9", f"image/{kind.lower()}") is Why.TWO_IN_ONE


def test_a_page_in_a_comment_is_refused() -> None:
    assert why(picture("JPEG", comment=HTML), "image/jpeg") is Why.TWO_IN_ONE
    assert why(picture("WEBP", xmp=SVG), "image/webp") is Why.TWO_IN_ONE


def test_a_telephones_picture_with_a_hidden_second_one_is_taken_without_it() -> None:
    content = moving("MPO")

    assert made(content, "image/jpeg").convert("RGB").getpixel((200, 200)) > (240, 0, 0)
    assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 2


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_moves_is_refused(kind: str) -> None:
    assert why(moving(kind), f"image/{kind.lower()}") is Why.MOVING


def test_what_is_cut_off_is_refused() -> None:
    assert why(picture("PNG")[:400]) is Why.BROKEN
    assert why(picture("WEBP")[:60], "image/webp") is Why.BROKEN


def test_measures_are_looked_at_before_a_pixel_is_decoded() -> None:
    tracemalloc.start()
    whys = [why(bomb()), why(bomb(8_192, 4_000)), why(wide_webp(), "image/webp"), why(picture(size=(9_000, 400)))]
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (whys, most_bytes < 50_000_000) == ([Why.TOO_LARGE] * 4, True)
    assert why(picture(size=(640, 319))) is Why.TOO_SMALL
