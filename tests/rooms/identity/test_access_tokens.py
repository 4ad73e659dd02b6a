"""Which texts pass for an access token: ours, whole, and in their time; no other."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from cliphaven.identity.rules import access_tokens
from cliphaven.identity.rules.access_tokens import Claims, Keys, NotAToken
from tests.people import MONDAY

KEY = b"k" * 32
KEYS = Keys(current="now", secrets={"now": KEY, "before": b"b" * 32})
ISSUER = "https://clips.example"
OURS = Claims(
    user_id=7,
    sid="0c4f9c1e-5d1f-4d5f-9c3e-6b4a3a0f1d11",
    jti="a-name-of-its-own",
    version=3,
    issued_at=MONDAY,
    expires_at=MONDAY + timedelta(minutes=15),
)
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "now"}
SAID = {
    "iss": ISSUER,
    "aud": "cliphaven-api",
    "sub": "7",
    "iat": int(MONDAY.timestamp()),
    "exp": int(MONDAY.timestamp()) + 900,
    "jti": OURS.jti,
    "sid": OURS.sid,
    "ver": 3,
}


def part(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def made(header: object = HEADER, said: object = SAID, *, key: bytes = KEY, algorithm: str = "sha256") -> str:
    """A token by hand, as somebody makes one who wants to get in."""
    content = f"{part(header)}.{part(said)}"
    signature = hmac.new(key, content.encode(), algorithm).digest()
    return f"{content}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def passes(text: str, *, at: datetime = MONDAY, keys: Keys = KEYS) -> bool:
    try:
        access_tokens.read(text, issuer=ISSUER, keys=keys, now=at)
    except NotAToken:
        return False
    return True


def without(claim: str) -> dict[str, Any]:
    return {name: value for name, value in SAID.items() if name != claim}


def test_what_was_signed_is_read():
    text = access_tokens.signed(OURS, issuer=ISSUER, keys=KEYS)

    assert access_tokens.read(text, issuer=ISSUER, keys=KEYS, now=MONDAY) == OURS


def test_a_token_made_by_hand_with_our_key_is_as_good():
    """So that whatever opens nothing below does so for what was changed in it."""
    assert access_tokens.read(made(), issuer=ISSUER, keys=KEYS, now=MONDAY) == OURS


@pytest.mark.parametrize(
    ("age", "still_good"),
    [
        (timedelta(seconds=-11), False),
        (timedelta(seconds=-10), True),
        (timedelta(minutes=15, seconds=9), True),
        (timedelta(minutes=15, seconds=10), False),
        (timedelta(minutes=16), False),
    ],
)
def test_a_token_lives_fifteen_minutes_with_ten_seconds_for_clocks_that_differ(age, still_good):
    assert passes(made(), at=MONDAY + age) is still_good


def test_a_token_of_the_key_before_is_good_until_the_key_is_taken_away():
    text = made({**HEADER, "kid": "before"}, key=b"b" * 32)

    assert passes(text)
    assert not passes(text, keys=Keys(current="now", secrets={"now": KEY}))


HEADERS = {
    "no algorithm": {**HEADER, "alg": "none"},
    "another algorithm": {**HEADER, "alg": "HS384"},
    "a public key's algorithm": {**HEADER, "alg": "RS256"},
    "no type": {"alg": "HS256", "kid": "now"},
    "an identity token": {**HEADER, "typ": "JWT"},
    "no key": {"alg": "HS256", "typ": "at+jwt"},
    "an unknown key": {**HEADER, "kid": "later"},
    "a file for a key": {**HEADER, "kid": "../../dev/null"},
    "a statement for a key": {**HEADER, "kid": "' or 1=1 --"},
    "a list for a key": {**HEADER, "kid": ["now"]},
    "a key of its own": {**HEADER, "jwk": {"kty": "oct", "k": part("k" * 32)}},
    "an address of a key": {**HEADER, "jku": "https://evil.example/keys"},
    "something critical": {**HEADER, "crit": ["exp"]},
    "a list for a header": [HEADER],
    "no header": "",
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_is_not_ours_opens_nothing(what):
    assert not passes(made(HEADERS[what]))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["", "x", "."])
def test_a_token_without_a_signature_opens_nothing(algorithm, signature):
    assert not passes(f"{part({**HEADER, 'alg': algorithm})}.{part(SAID)}.{signature}")


@pytest.mark.parametrize("key", [b"secret", b"", b"cliphaven", b"ClipHaven", b"changeme", b"\x00" * 32, b"now"])
def test_a_key_that_was_guessed_opens_nothing(key):
    assert not passes(made(key=key))


def test_a_longer_hash_with_the_right_key_opens_nothing():
    assert not passes(made({**HEADER, "alg": "HS512"}, algorithm="sha512"))


CLAIMS = {
    **{f"no {claim}": without(claim) for claim in SAID},
    "another house": {**SAID, "iss": "https://clips.example.evil"},
    "a part of our name": {**SAID, "iss": "https://clips"},
    "other readers": {**SAID, "aud": "others"},
    "several readers": {**SAID, "aud": ["cliphaven-api", "others"]},
    "a number for a person": {**SAID, "sub": 7},
    "nobody": {**SAID, "sub": ""},
    "a negative person": {**SAID, "sub": "-7"},
    "digits of another script": {**SAID, "sub": "７"},
    "a person too many": {**SAID, "sub": "9" * 20},
    "a life of a day": {**SAID, "exp": SAID["iat"] + 86_400},
    "a life of a second more": {**SAID, "exp": SAID["iat"] + 901},
    "no life": {**SAID, "exp": SAID["iat"]},
    "a life backwards": {**SAID, "exp": SAID["iat"] - 1},
    "a fraction": {**SAID, "exp": SAID["exp"] - 0.5},
    "a text for a moment": {**SAID, "exp": str(SAID["exp"])},
    "endless": {**SAID, "exp": 10**30},
    "true for a number": {**SAID, "ver": True},
    "a negative count": {**SAID, "ver": -1},
    "a role": {**SAID, "role": "admin"},
    "a sign-in that is no text": {**SAID, "sid": 1},
    "a list": [SAID],
    "no claims": "x",
    "a number that is none": '{"exp": NaN}',
}


@pytest.mark.parametrize("what", CLAIMS)
def test_claims_that_are_not_ours_open_nothing_though_they_are_signed(what):
    assert not passes(made(said=CLAIMS[what]))


def test_claims_that_were_changed_open_nothing():
    header, _, signature = made().split(".")

    assert not passes(f"{header}.{part({**SAID, 'sub': '1'})}.{signature}")


def test_each_changed_bit_of_the_signature_shuts_the_door():
    header, said, signature = made().split(".")
    raw = base64.urlsafe_b64decode(signature + "=")
    flipped = [bytes([*raw[:place], raw[place] ^ bit, *raw[place + 1 :]]) for place in range(32) for bit in (1, 128)]
    texts = [f"{header}.{said}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}" for other in flipped]

    assert [text for text in texts if passes(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "..",
            "...",
            "x",
            "a.b.c",
            "é.é.é",
            "\x00",
            "x" * 9_000,
            f"{made()}x" * 20,
            f"{made()} ",
            f" {made()}",
        ),
        *(f"{made()}.{made()}", made().replace(".", "", 1), part("[" * 900) + "." + part("[" * 900) + ".x"),
    ],
)
def test_what_is_no_token_opens_nothing(text):
    assert not passes(text)


def test_the_library_takes_no_key_of_five_letters_for_good():
    # The house's keys are digests of 32 bytes, so this never happens; a shorter one would be worth a warning there.
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        jwt.encode({}, b"short", algorithm="HS256")
    assert len(hashlib.sha256(b"").digest()) >= access_tokens.KEY_BYTES_MIN
