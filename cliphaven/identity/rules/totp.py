"""Codes of authenticator apps (RFC 6238): six digits, another every thirty seconds."""

import hmac
from datetime import datetime

import pyotp

STEP_S = 30
DIGITS = 6
STEPS_AROUND = 1
"""How far the clocks of a telephone and of the house may differ, in steps."""


def is_a_code(typed: str) -> bool:
    """Whether this can be a code of an app, as people type one."""
    digits = _digits(typed)
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit()


def matching_step(typed: str, *, secret: str, now: datetime) -> int | None:
    """The step whose code was typed: this one, the one before or the one after; None for any other code.

    All of them are compared, each in constant time.
    """
    digits = _digits(typed)
    if not is_a_code(typed):
        return None
    generator, this_step = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S), int(now.timestamp()) // STEP_S
    around = range(this_step - STEPS_AROUND, this_step + STEPS_AROUND + 1)
    fits = [step for step in around if hmac.compare_digest(generator.generate_otp(step), digits)]
    return fits[-1] if fits else None


def address(*, secret: str, email: str, issuer: str) -> str:
    """What an app reads from the picture: the secret, and under which name to keep it."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=email, issuer_name=issuer)


def _digits(typed: str) -> str:
    return typed.replace(" ", "").replace("-", "")
