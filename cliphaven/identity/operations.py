"""Opening the door: people and organisations are entered here, links are mailed, and a session is proved."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.identity.models import (
    Allowance,
    MagicLink,
    Membership,
    Organisation,
    Role,
    SignInAttempt,
    User,
)
from cliphaven.notifications import operations as notifications

LINK_LIFE = timedelta(minutes=10)
TOKEN_BYTES = 32
ATTEMPTS_WINDOW = timedelta(minutes=15)
LINKS_PER_ADDRESS_MAX = 3
PASSWORDS_PER_ADDRESS_MAX = 5


class SignInRefused(Refused):
    """The door stays shut. The sentence never says which part was wrong."""

    code = "sign_in_refused"


class TooManyAttempts(SignInRefused):
    """Too many tries on one address in a short time."""

    code = "too_many_attempts"


class TooOften(Refused):
    """A person asked for something dear more often than they may; `wait` is how long until they may again."""

    code = "too_often"

    def __init__(self, sentence: str, *, wait: timedelta) -> None:
        """`sentence` says what, how often, and when it goes on."""
        super().__init__(sentence)
        self.wait = wait


@dataclass(frozen=True, kw_only=True)
class AskedLink:
    """What the asking browser keeps, so that only it can use the mailed link."""

    browser_nonce: str


@own_transaction
def enter_person(*, email: str, name: str, password: str | None, is_staff: bool, now: datetime) -> int:
    """Enter a person; answers the user's id. An address that is there already keeps its person."""
    address = email.strip().lower()
    known = User.objects.filter(email=address).first()
    if known is not None:
        return known.id
    fields = {"name": name, "password": make_password(password), "is_staff": is_staff, "created_at": now}
    # Somebody else may enter the same person meanwhile: then theirs is the one.
    return User.objects.get_or_create(email=address, defaults=fields)[0].id


@own_transaction
def found_organisation(*, name: str, owner_id: int, now: datetime) -> int:
    """Found a sponsor's organisation with its first owner; answers its id."""
    organisation = Organisation.objects.create(name=name, created_at=now)
    Membership.objects.create(organisation=organisation, user_id=owner_id, role=Role.OWNER)
    return organisation.id


@own_transaction
def ask_for_link(*, email: str, now: datetime) -> AskedLink:
    """Mail a way in to this address, if somebody lives there; the answer is the same if nobody does.

    Raises TooManyAttempts after LINKS_PER_ADDRESS_MAX links within ATTEMPTS_WINDOW, whoever the address belongs to.
    """
    address = email.strip().lower()
    _count_attempt(address=address, kind="link", most=LINKS_PER_ADDRESS_MAX, now=now)
    nonce = secrets.token_urlsafe(TOKEN_BYTES)
    user = User.objects.filter(email=address, is_active=True).first()
    if user is not None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        user.magic_links.filter(used_at__isnull=True).update(expires_at=now)  # only the newest link opens the door
        link = user.magic_links.create(
            token_sha256=_sha256(token), browser_sha256=_sha256(nonce), created_at=now, expires_at=now + LINK_LIFE
        )
        notifications.queue_message(
            user_id=user.id,
            key=f"magic-link:{link.id}",
            subject="Your way into ClipHaven",
            text=(
                "Use the button below within ten minutes, in the browser in which you asked for it.\n\n"
                "If you did not ask for this, do nothing: nobody gets in without this mail."
            ),
            link=f"/sign-in/link/{token}/",
            now=now,
        )
    return AskedLink(browser_nonce=nonce)


@own_transaction
def use_link(*, token: str, browser_nonce: str, now: datetime) -> int:
    """Use a mailed link, once, from the browser that asked; answers the user's id. Raises SignInRefused."""
    # Conditions on the row itself, without a join: only those are looked at again when a parallel use was faster.
    used = MagicLink.objects.filter(
        token_sha256=_sha256(token),
        browser_sha256=_sha256(browser_nonce),
        used_at__isnull=True,
        expires_at__gt=now,
        user__in=User.objects.filter(is_active=True),
    ).update(used_at=now)
    if used != 1:
        raise SignInRefused(
            "This link does not open the door: it was used, is older than ten minutes,"
            " or was asked for in another browser"
        )
    return MagicLink.objects.get(token_sha256=_sha256(token)).user_id


@own_transaction
def count_password_attempt(*, email: str, now: datetime) -> None:
    """Note a try on an address. Raises TooManyAttempts when there were too many within ATTEMPTS_WINDOW."""
    _count_attempt(address=email.strip().lower(), kind="password", most=PASSWORDS_PER_ADDRESS_MAX, now=now)


@own_transaction
def person_by_password(*, request: HttpRequest, email: str, password: str) -> User:
    """The person with this address and password. Raises SignInRefused, in the same words whatever is wrong.

    Who gets it right starts anew: the tries before are forgotten. A password that was hashed with older costs is hashed
    anew.
    """
    address = email.strip().lower()
    user = authenticate(request, username=address, password=password)
    if not isinstance(user, User):
        raise SignInRefused("This address and password do not belong together")
    # The row stays: somebody else may be about to count on it.
    SignInAttempt.objects.filter(address_sha256=_sha256(address), kind="password").update(attempts=0)
    return user


def _count_attempt(*, address: str, kind: str, most: int, now: datetime) -> None:
    counter, _ = SignInAttempt.objects.get_or_create(
        address_sha256=_sha256(address), kind=kind, defaults={"window_ends_at": now + ATTEMPTS_WINDOW}
    )
    counter = SignInAttempt.objects.select_for_update().get(id=counter.id)
    if counter.window_ends_at <= now:
        counter.window_ends_at, counter.attempts = now + ATTEMPTS_WINDOW, 0
    counter.attempts += 1
    counter.save()
    if counter.attempts > most:
        raise TooManyAttempts("Too many tries: wait a quarter of an hour, then try again")


@own_transaction
def use_allowance(*, user_id: int, purpose: str, what: str, most: int, window: timedelta, now: datetime) -> None:
    """Note that a person does `what` for the `purpose`. Raises TooOften beyond `most` times within the `window`.

    The window begins with the first time after the last one was over. Two at once are counted one after the other.
    """
    fresh = Allowance(user_id=user_id, purpose=purpose, window_ends_at=now + window)
    Allowance.objects.bulk_create([fresh], ignore_conflicts=True)
    kept = Allowance.objects.select_for_update().get(user_id=user_id, purpose=purpose)
    if kept.window_ends_at <= now:
        kept.window_ends_at, kept.used = now + window, 0
    if kept.used >= most:
        sentence = f"You can {what} {most} times within {_hours(window)}. Go on after {kept.window_ends_at:%H:%M} UTC."
        raise TooOften(sentence, wait=kept.window_ends_at - now)
    kept.used += 1
    kept.save(update_fields=["used", "window_ends_at"])


def _hours(window: timedelta) -> str:
    hours = window // timedelta(hours=1)
    return "an hour" if hours == 1 else f"{hours} hours"


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@joined_transaction
def lock_person(*, user_id: int) -> User | None:
    """The person, locked: others who lock them wait for the caller's transaction to end. None if there is nobody."""
    return User.objects.select_for_update(no_key=True).filter(id=user_id).first()
