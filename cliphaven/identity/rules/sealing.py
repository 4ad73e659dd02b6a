"""Secrets that must be read again are kept encrypted: AES-256-GCM, bound to whose they are."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
NAME_CHARS = 8


class NotOpened(Exception):
    """Closed with a key that is not here any more, changed, or put into somebody else's row."""


def sealed(secret: str, *, keys: Mapping[str, bytes], about: str, nonce: bytes) -> bytes:
    """The secret, closed with the first key; `about` says whose it is, `nonce` is random and never used again."""
    name, key = next(iter(keys.items()))
    return name.encode() + nonce + AESGCM(key).encrypt(nonce, secret.encode(), about.encode())


def opened(kept: bytes, *, keys: Mapping[str, bytes], about: str) -> str:
    """The secret again. Raises NotOpened."""
    name, rest = kept[:NAME_CHARS].decode("ascii", errors="replace"), kept[NAME_CHARS:]
    try:
        return AESGCM(keys[name]).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], about.encode()).decode()
    except (KeyError, InvalidTag, ValueError) as error:
        raise NotOpened(type(error).__name__) from error
