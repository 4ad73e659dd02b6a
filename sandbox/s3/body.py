"""Bodies of uploads: unpacked from the chunks that clients may send, and checked against their digests."""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from typing import Final


class BadBodyError(Exception):
    """The body is not what its headers say."""


def unpacked(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """The object's bytes and the checksum headers that came with them (in front or as trailers).

    Raises BadBodyError when chunks are broken or a digest does not fit.
    """
    checksums = {name: value for name, value in headers.items() if name.startswith("x-amz-checksum-")}
    checksums.pop("x-amz-checksum-algorithm", None)
    if "aws-chunked" in headers.get("content-encoding", "") or headers.get("x-amz-content-sha256", "").startswith(
        "STREAMING-"
    ):
        body, trailers = _dechunked(body)
        checksums |= {name: value for name, value in trailers.items() if name.startswith("x-amz-checksum-")}
    expected = {"content-md5": headers.get("content-md5"), **checksums}
    for name, value in expected.items():
        digest = _DIGESTS.get(name)
        if value is not None and digest is not None and base64.b64encode(digest(body)).decode() != value:
            raise BadBodyError(f"The {name} you specified did not match what we received.")
    return body, checksums


def _crc32(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(4, "big")


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _sha1(body: bytes) -> bytes:
    return hashlib.sha1(body, usedforsecurity=False).digest()


_DIGESTS: Final = {
    "content-md5": _md5,
    "x-amz-checksum-crc32": _crc32,
    "x-amz-checksum-sha256": _sha256,
    "x-amz-checksum-sha1": _sha1,
}


def _dechunked(body: bytes) -> tuple[bytes, dict[str, str]]:
    pieces, position = [], 0
    while True:
        end = body.find(b"\r\n", position)
        if end < 0:
            raise BadBodyError("The chunked body ends too early.")
        try:
            size = int(body[position:end].split(b";")[0], 16)
        except ValueError as error:
            raise BadBodyError("A chunk has no size.") from error
        position = end + 2
        if size == 0:
            break
        pieces.append(body[position : position + size])
        position += size + 2
    lines = body[position:].decode("latin-1").split("\r\n")
    trailers = dict(line.split(":", 1) for line in lines if ":" in line)
    return b"".join(pieces), {name.strip().lower(): value.strip() for name, value in trailers.items()}
