"""What is kept of secrets: never they themselves."""

import hashlib


def digest(secret: str) -> bytes:
    """The SHA-256 of a secret, 32 bytes. Enough for random ones; passwords get argon2."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def session_digest(session_key: str) -> str:
    """The SHA-256 of a session's key, as its row is named."""
    return digest(session_key).hex()
