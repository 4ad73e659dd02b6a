"""Files as people bring them: good pictures, and what only looks like one."""

import io
import random
import struct
import zlib

from PIL import Image


def picture(kind: str = "PNG", *, size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    """A picture of one colour, red at the top left corner."""
    drawn = Image.new(mode, size, "teal" if mode == "RGB" else None)
    if mode == "RGB":
        drawn.paste("red", (0, 0, size[0] // 4, size[1] // 4))
    return written(drawn, kind, **options)


def written(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The image as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def drawn_scene(number: int) -> Image.Image:
    """An upright picture of many colours, another for each number."""
    chance = random.Random(f"scene {number}")
    return Image.frombytes("RGB", (9, 8), chance.randbytes(3 * 9 * 8)).resize((480, 854), Image.Resampling.BICUBIC)


def of_scene(number: int, kind: str, **options: object) -> bytes:
    """The same as a file."""
    return written(drawn_scene(number), kind, **options)


def photograph() -> bytes:
    """A JPEG that lies on its side, and tells where and by whom it was taken."""
    told = Image.Exif()
    told[0x0112] = 6  # a quarter turn to the right
    told[0x010E] = "taken at CANARY STREET 7"
    told.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", size=(800, 400), exif=told, comment=b"CANARY COMMENT")


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (400, 400), colour) for colour in ("red", "blue")]
    return written(frames[0], kind, save_all=True, append_images=frames[1:])


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few hundred bytes of PNG that say they are 3.6 thousand million pixels."""
    return _png(width, height, zlib.compress(bytes(10_000)))


def wide_webp() -> bytes:
    """A WebP whose head says that its canvas is as large as can be."""
    content = bytearray(picture("WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"))
    assert content[12:16] == b"VP8X"
    content[24:30] = (16_382).to_bytes(3, "little") * 2
    return bytes(content)


def _png(width: int, height: int, pixels: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
