"""How the door says no."""

from cliphaven.foundation.errors import Refused


class SignInRefused(Refused):
    """The door stays shut. The sentence never says which part was wrong."""

    code = "sign_in_refused"


class TooManyAttempts(SignInRefused):
    """Too many tries on one address in a short time."""

    code = "too_many_attempts"
