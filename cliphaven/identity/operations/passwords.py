"""Address and password."""

from datetime import datetime

from django.contrib.auth import authenticate
from django.http import HttpRequest

from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import SignInAttempt, User
from cliphaven.identity.operations.attempts import count_attempt
from cliphaven.identity.operations.refusals import SignInRefused
from cliphaven.identity.rules.addresses import address_of
from cliphaven.identity.rules.digests import digest

PASSWORDS_PER_ADDRESS_MAX = 5


@own_transaction
def count_password_attempt(*, email: str, now: datetime) -> None:
    """Note a try on an address. Raises TooManyAttempts when there were too many within ATTEMPTS_WINDOW."""
    count_attempt(address=address_of(email), kind="password", most=PASSWORDS_PER_ADDRESS_MAX, now=now)


@own_transaction
def person_by_password(*, request: HttpRequest, email: str, password: str) -> User:
    """The person with this address and password. Raises SignInRefused, in the same words whatever is wrong.

    Who gets it right starts anew: the tries before are forgotten. A password that was hashed with older costs is hashed
    anew.
    """
    address = address_of(email)
    user = authenticate(request, username=address, password=password)
    if not isinstance(user, User):
        raise SignInRefused("This address and password do not belong together")
    # The row stays: somebody else may be about to count on it.
    SignInAttempt.objects.filter(address_sha256=digest(address), kind="password").update(attempts=0)
    return user
