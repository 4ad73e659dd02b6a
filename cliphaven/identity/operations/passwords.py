"""Address and password: shown at the door, chosen, changed and given up by their person."""

import logging
import uuid
from datetime import datetime

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import EndedFor, User
from cliphaven.identity.operations.attempts import FAILURES_IN_A_ROW_MAX, count_attempt, forget_attempts
from cliphaven.identity.operations.refusals import SignInRefused
from cliphaven.identity.operations.security_events import record_change
from cliphaven.identity.operations.tokens import end_other_sign_ins
from cliphaven.identity.rules.addresses import address_of
from cliphaven.identity.rules.digests import digest

log = logging.getLogger(__name__)

PASSWORDS_PER_ADDRESS_MAX = 5
PASSWORD_CHARS_MAX = 200


class PasswordRefused(Refused):
    """This password is too easy to guess, or too long to be one."""

    code = "password_refused"


@own_transaction
def count_password_attempt(*, email: str, now: datetime) -> None:
    """Note a try on an address. Raises TooManyAttempts when there were too many within ATTEMPTS_WINDOW, or in a row."""
    count_attempt(
        address=address_of(email),
        kind="password",
        most=PASSWORDS_PER_ADDRESS_MAX,
        most_in_a_row=FAILURES_IN_A_ROW_MAX,
        now=now,
    )


@own_transaction
def person_by_password(*, request: HttpRequest | None, email: str, password: str) -> User:
    """The person with this address and password. Raises SignInRefused, in the same words whatever is wrong.

    Who gets it right starts anew: the tries before are forgotten. A password that was hashed with older costs is hashed
    anew.
    """
    address = address_of(email)
    user = authenticate(request, username=address, password=password)
    if not isinstance(user, User):
        log.warning("authn_login_fail method=password address=%s", digest(address).hex()[:8])
        raise SignInRefused("This address and password do not belong together")
    forget_attempts(address=address, kind="password")
    return user


@own_transaction
def choose_password(
    *, user_id: int, password: str, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime
) -> None:
    """Give a person the password that they chose, in place of one or of none. Raises PasswordRefused.

    Every other sign-in ends; `keep` is the one in which it is done. They get a mail, of the product's moment `told_at`.
    """
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if len(password) > PASSWORD_CHARS_MAX:
        raise PasswordRefused(f"A password has {PASSWORD_CHARS_MAX} characters at most")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(" ".join(error.messages)) from error
    kind = "password_changed" if user.has_usable_password() else "password_set"
    user.set_password(password)
    user.save(update_fields=["password"])
    forget_attempts(address=user.email, kind="password")
    end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
    record_change(user_id=user_id, kind=kind, origin=origin, now=now, told_at=told_at)


@own_transaction
def give_password_up(*, user_id: int, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime) -> None:
    """Let a person come in without a password from now on, as above. Where there is none, nothing happens."""
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if not user.has_usable_password():
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
    record_change(user_id=user_id, kind="password_removed", origin=origin, now=now, told_at=told_at)
