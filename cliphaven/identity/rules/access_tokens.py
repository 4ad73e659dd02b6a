"""Access tokens: signed statements of fifteen minutes about which sign-in somebody comes from (RFC 9068, RFC 8725).

They say who, never what may be done: roles and belongings are read at each request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

LIFE = timedelta(minutes=15)
LEEWAY = timedelta(seconds=10)
"""How far clocks of machines may differ."""
AUDIENCE = "cliphaven-api"
ALGORITHM = "HS256"
TYPE = "at+jwt"
TEXT_MAX = 2_048
KEY_BYTES_MIN = 32
CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti", "sid", "ver")
ID_DIGITS_MAX = 19


class NotAToken(Exception):
    """What was shown is none of ours, or no longer good. Why is nobody's business but the log's."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The secret keys by their names, of at least KEY_BYTES_MIN random bytes; `current` names the one that signs."""

    current: str
    secrets: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What an access token says. `sid` is the sign-in, `version` the person's `token_version` when it was made."""

    user_id: int
    sid: str
    jti: str
    version: int
    issued_at: datetime
    expires_at: datetime


def signed(claims: Claims, *, issuer: str, keys: Keys) -> str:
    """The token that says so."""
    content = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "jti": claims.jti,
        "sid": claims.sid,
        "ver": claims.version,
    }
    headers = {"typ": TYPE, "kid": keys.current}
    return jwt.encode(content, keys.secrets[keys.current], algorithm=ALGORITHM, headers=headers)


def read(text: str, *, issuer: str, keys: Keys, now: datetime) -> Claims:
    """What a token says, if it is ours and good at this moment. Raises NotAToken.

    The algorithm is ours to choose and keys are looked up in our own table: what the token names beside them (`jku`,
    `jwk`, `x5u`, `crit`) makes it none of ours.
    """
    if len(text) > TEXT_MAX or not text.isascii():
        raise NotAToken("is too long, or not of letters")
    try:
        header = jwt.get_unverified_header(text)
        if set(header) != {"alg", "typ", "kid"} or header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise NotAToken("has another header than ours")
        said: dict[str, Any] = jwt.decode(
            text,
            keys.secrets[header["kid"]],
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=issuer,
            # Moments are looked at below: the library would read the clock.
            options={
                "require": list(CLAIMS),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "strict_aud": True,
            },
        )
    # Deeply nested or oddly typed parts break the reader in ways of their own.
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotAToken(type(error).__name__) from error
    return _timely(_claims(said), now=now)


def _claims(said: Mapping[str, Any]) -> Claims:
    sub, jti, sid = said["sub"], said["jti"], said["sid"]
    if not all(isinstance(text, str) for text in (sub, jti, sid)):
        raise NotAToken("has a name that is no text")
    if not (sub.isascii() and sub.isdigit() and len(sub) <= ID_DIGITS_MAX):
        raise NotAToken("is about nobody")
    if set(said) != set(CLAIMS):
        raise NotAToken("says more than we ever say")
    numbers = [said["iat"], said["exp"], said["ver"]]
    # A float or a truth would compare like a number.
    if not all(type(number) is int and 0 <= number < 2**40 for number in numbers):
        raise NotAToken("has a number that is none")
    return Claims(
        user_id=int(sub),
        sid=sid,
        jti=jti,
        version=said["ver"],
        issued_at=_moment(said["iat"]),
        expires_at=_moment(said["exp"]),
    )


def _timely(claims: Claims, *, now: datetime) -> Claims:
    if not timedelta(0) < claims.expires_at - claims.issued_at <= LIFE:
        raise NotAToken("lives longer than ours do")
    if claims.issued_at > now + LEEWAY:
        raise NotAToken("is not good yet")
    if claims.expires_at + LEEWAY <= now:
        raise NotAToken("has expired")
    return claims


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise NotAToken("names a moment that there is not") from error
