"""Moving to another mail address: asked for with a fresh proof, confirmed from the new mailbox, undone from the old.

Nobody learns from it who lives at which address: what is answered is the same for one that is taken.
"""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import Q

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.identity.models import AddressChange, ApiKey, EndedFor, Passkey, PendingSignIn, Totp, User
from cliphaven.identity.operations.allowances import use_allowance
from cliphaven.identity.operations.attempts import count_attempt
from cliphaven.identity.operations.factors import forget_codes_without_factor
from cliphaven.identity.operations.security_events import record_change
from cliphaven.identity.operations.tokens import end_other_sign_ins, void_everything
from cliphaven.identity.queries.addresses import IS_OVER, UNDO_IS_OVER, is_left_behind, undoable
from cliphaven.identity.rules.addresses import address_of
from cliphaven.identity.rules.digests import digest
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

CONFIRMED_WITHIN = timedelta(minutes=10)
UNDONE_WITHIN = timedelta(days=7)
ASKED_A_DAY_MAX = 5
ASKED_PER_ADDRESS_MAX = 3
TOKEN_BYTES = 32
_DETAIL_MAX = 120
_PASSWORD_NEWS = ("password_set", "password_changed")
_TAKEN = "This address cannot be yours just now: take another one, or write to us"


class AddressRefused(Refused):
    """The address stays as it is; the sentence says why, and never who lives where."""

    code = "address_refused"


@no_transaction
def ask_for_address(*, user_id: int, email: str, now: datetime, told_at: datetime) -> None:
    """Mail a link to the address that somebody wants to have; the one asked for before is void.

    Raises AddressRefused where it is theirs already, TooOften beyond ASKED_A_DAY_MAX a day, and TooManyAttempts where
    this address was asked for too often, by whomever.
    """
    use_allowance(
        user_id=user_id,
        purpose="address",
        what="ask for another address",
        most=ASKED_A_DAY_MAX,
        window=timedelta(days=1),
        now=now,
    )
    _ask(user_id=user_id, address=address_of(email), now=now, told_at=told_at)


@own_transaction
def _ask(*, user_id: int, address: str, now: datetime, told_at: datetime) -> None:
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if user.email == address:
        raise AddressRefused("This is your address already")
    count_attempt(address=address, kind="address", most=ASKED_PER_ADDRESS_MAX, now=now)
    user.address_changes.filter(confirmed_at=None, expires_at__gt=now).update(expires_at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    change = user.address_changes.create(
        old_address=user.email,
        new_address=address,
        token_sha256=digest(token),
        asked_at=now,
        expires_at=now + CONFIRMED_WITHIN,
    )
    owner = User.objects.filter(email=address).first()
    if owner is not None:
        # Whoever asked learns nothing; whoever lives there learns that nothing happened.
        _tell_owner(owner, change=change, told_at=told_at)
        return
    notifications.queue_message(
        user_id=user_id,
        key=f"address-change:{change.id}",
        kind=Kind.ACCESS,
        subject="Is this your new address?",
        text=(
            "Somebody who is signed in at ClipHaven wants to have this address for their account. If that is you, use"
            " the button below within ten minutes, where you are signed in.\n\n"
            "If it is not you, do nothing: without this mail nothing changes."
        ),
        link=f"/account/address/{token}/",
        address=address,
        now=told_at,
    )


def _tell_owner(owner: User, *, change: AddressChange, told_at: datetime) -> None:
    notifications.queue_message(
        user_id=owner.id,
        key=f"address-taken:{change.id}",
        kind=Kind.ACCESS,
        subject="Somebody wanted your address",
        text=(
            "Somebody wanted to have this address for another account. It belongs to yours, so nothing was changed.\n\n"
            "If that was you: an address belongs to one account. Sign in with it instead."
        ),
        link="/sign-in/",
        now=told_at,
    )


@no_transaction
def confirm_address(
    *, token: str, user_id: int, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime
) -> str:
    """Move somebody to the address that they asked for, by the mailed `token`, once; answers the address.

    Every other sign-in ends; `keep` is the one in which it is done. The address of before is told, with a way to undo
    it for UNDONE_WITHIN. Raises AddressRefused.
    """
    try:
        return _confirm(token=token, user_id=user_id, keep=keep, origin=origin, now=now, told_at=told_at)
    except IntegrityError as error:  # of two who wanted it at once, the other one has it
        raise AddressRefused(_TAKEN) from error


@own_transaction
def _confirm(*, token: str, user_id: int, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime) -> str:
    # Whoever confirms does so one time after the other: each sees what the one before has done.
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    open_ones = user.address_changes.filter(confirmed_at=None, expires_at__gt=now, old_address=user.email)
    change = open_ones.filter(token_sha256=digest(token)).first()
    if change is None:
        raise AddressRefused(IS_OVER)
    if is_left_behind(change.new_address, but_of=user_id, now=now):
        raise AddressRefused(_TAKEN)
    undo = secrets.token_urlsafe(TOKEN_BYTES)
    change.confirmed_at, change.undo_until = now, now + UNDONE_WITHIN
    change.undo_sha256 = digest(undo)
    change.save(update_fields=["confirmed_at", "undo_until", "undo_sha256"])
    user.email = change.new_address
    user.save(update_fields=["email"])
    user.magic_links.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
    detail = change.new_address[:_DETAIL_MAX]
    record_change(user_id=user_id, kind="address_changed", detail=detail, origin=origin, now=now, told_at=told_at)
    notifications.tell_former_address(user_id=user_id, address=change.old_address, until=told_at + UNDONE_WITHIN)
    _offer_undo(change, undo=undo, origin=origin, told_at=told_at)
    return change.new_address


def _offer_undo(change: AddressChange, *, undo: str, origin: str, told_at: datetime) -> None:
    notifications.queue_message(
        user_id=change.user_id,
        key=f"address-left:{change.id}",
        kind=Kind.ACCESS,
        subject="Your account has another address now",
        text=(
            f"Your account at ClipHaven moved from this address to {change.new_address}. It was done in: {origin}.\n\n"
            "If that was you, there is nothing to do. If it was not, use the button below within seven days: the"
            " account is yours again at this address, and whoever is signed in is out. Then look at your payouts, and"
            " say there if somebody changed your bank account."
        ),
        link=f"/account/address/undo/{undo}/",
        address=change.old_address,
        now=told_at,
    )


@no_transaction
def undo_address(*, token: str, origin: str, now: datetime, told_at: datetime) -> str:
    """Give somebody the address back that they had, by the `token` that was mailed there; answers the address.

    It undoes all changes that followed, too. All that is open ends, and what was added since to come in by is void:
    keys, apps, passkeys and a password. Raises AddressRefused.
    """
    try:
        return _undo(token=token, origin=origin, now=now, told_at=told_at)
    except IntegrityError as error:
        raise AddressRefused("Somebody else has this address by now: write to us") from error


@own_transaction
def _undo(*, token: str, origin: str, now: datetime, told_at: datetime) -> str:
    found = undoable(token=token, now=now)
    if found is None:
        raise AddressRefused(UNDO_IS_OVER)
    user = User.objects.select_for_update(no_key=True).get(id=found.user_id)
    change = undoable(token=token, now=now)  # once more: somebody may have undone it while we waited
    if change is None or change.confirmed_at is None:
        raise AddressRefused(UNDO_IS_OVER)
    left = user.email
    user.email = change.old_address
    user.save(update_fields=["email"])
    user.address_changes.filter(id__gte=change.id).update(undone_at=now, expires_at=now)
    user.magic_links.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    void_everything(user_id=user.id, why=EndedFor.FACTORS_CHANGED, now=now)
    PendingSignIn.objects.filter(user=user, used_at=None, expires_at__gt=now).update(expires_at=now)
    _void_what_came_since(user_id=user.id, since=change.confirmed_at, now=now)
    notifications.forget_former_addresses(user_id=user.id)
    detail = user.email[:_DETAIL_MAX]
    record_change(user_id=user.id, kind="address_restored", detail=detail, origin=origin, now=now, told_at=told_at)
    notifications.queue_message(
        user_id=user.id,
        key=f"address-undone:{change.id}",
        kind=Kind.ACCESS,
        subject="This address has no account any more",
        text="The change to this address was undone from the mailbox of before. If that was not right, write to us.",
        address=left,
        now=told_at,
    )
    return user.email


@joined_transaction
def _void_what_came_since(*, user_id: int, since: datetime, now: datetime) -> None:
    """Whoever moved the account may have left ways back in. What there was before stays, and is still asked for."""
    ApiKey.objects.filter(user_id=user_id, revoked_at=None, made_at__gte=since).update(revoked_at=now)
    Totp.objects.filter(Q(confirmed_at__gte=since) | Q(confirmed_at=None), user_id=user_id).delete()
    Passkey.objects.filter(user_id=user_id, added_at__gte=since).delete()
    forget_codes_without_factor(user_id=user_id)
    user = User.objects.get(id=user_id)
    if user.security_events.filter(kind__in=_PASSWORD_NEWS, noted_at__gte=since).exists():
        user.set_unusable_password()
        user.save(update_fields=["password"])
