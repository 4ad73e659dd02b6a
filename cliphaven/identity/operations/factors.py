"""Second factors: an authenticator app, and codes for the day on which it is lost."""

import os
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from django.conf import settings

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.identity.models import EndedFor, Passkey, RecoveryCode, Totp, User
from cliphaven.identity.operations.attempts import forget_attempts
from cliphaven.identity.operations.proving import ProofRefused, count_factor_try, take_step
from cliphaven.identity.operations.security_events import record_change
from cliphaven.identity.operations.tokens import end_other_sign_ins
from cliphaven.identity.queries.factors import sealing_subject
from cliphaven.identity.queries.proofs import has_second_factor
from cliphaven.identity.rules import recovery, sealing, totp
from cliphaven.identity.rules.addresses import person_key
from cliphaven.identity.rules.relying_party import NAME

ENROLMENT_LIFE = timedelta(minutes=30)
RECOVERY_CODES = 10


class FactorRefused(Refused):
    """This cannot be done to these factors: the sentence says why."""

    code = "factor_refused"


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What an authenticator app is told: the secret, and the address in the picture."""

    secret: str
    address: str


@own_transaction
def begin_app(*, user_id: int, now: datetime) -> Enrolment:
    """Make a secret for an authenticator app, which counts once a code of it was shown. Raises FactorRefused.

    One that was begun before and never confirmed is replaced.
    """
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if Totp.objects.filter(user=user, confirmed_at__isnull=False).exists():
        raise FactorRefused("There is an app already: remove it before you add another one")
    secret = pyotp.random_base32()
    kept = sealing.sealed(
        secret,
        keys=settings.FACTOR_KEYS,
        about=sealing_subject(user_id=user_id),
        nonce=os.urandom(sealing.NONCE_BYTES),
    )
    Totp.objects.update_or_create(user=user, defaults={"sealed_secret": kept, "begun_at": now, "last_step": 0})
    return Enrolment(secret=secret, address=totp.address(secret=secret, email=user.email, issuer=NAME))


@no_transaction
def confirm_app(
    *, user_id: int, code: str, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime
) -> list[str]:
    """Enrol the app that was begun, by a code of it; answers recovery codes, none where there are some already.

    Every sign-in but `keep` ends: they came in without it. Raises ProofRefused, TooManyAttempts or FactorRefused.
    """
    count_factor_try(user_id=user_id, kind="totp", origin=origin, now=now, told_at=told_at)
    codes = _confirm(user_id=user_id, code=code, keep=keep, origin=origin, now=now, told_at=told_at)
    if codes is None:
        raise ProofRefused("This code does not fit: take the one that the app shows now, and look at your clock")
    return codes


@own_transaction
def _confirm(
    *, user_id: int, code: str, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime
) -> list[str] | None:
    begun = Totp.objects.select_for_update().filter(user_id=user_id).first()
    if begun is None or begun.confirmed_at is not None or begun.begun_at + ENROLMENT_LIFE <= now:
        raise FactorRefused("There is no app that waits for its first code: begin again")
    if not take_step(app=begun, code=code, now=now):
        return None
    begun.confirmed_at = now
    begun.save(update_fields=["confirmed_at"])
    end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
    record_change(user_id=user_id, kind="app_added", origin=origin, now=now, told_at=told_at)
    return first_recovery_codes(user_id=user_id, now=now)


@own_transaction
def remove_app(*, user_id: int, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime) -> None:
    """Ask for no codes of the app any more. Where there is none, nothing happens. Every sign-in but `keep` ends."""
    User.objects.select_for_update(no_key=True).get(id=user_id)
    gone, _ = Totp.objects.filter(user_id=user_id, confirmed_at__isnull=False).delete()
    if gone:
        forget_codes_without_factor(user_id=user_id)
        end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
        record_change(user_id=user_id, kind="app_removed", origin=origin, now=now, told_at=told_at)


@own_transaction
def renew_recovery_codes(*, user_id: int, origin: str, now: datetime, told_at: datetime) -> list[str]:
    """Make ten new codes in place of those from before; told here once. Raises FactorRefused without a factor."""
    User.objects.select_for_update(no_key=True).get(id=user_id)
    if not has_second_factor(user_id=user_id):
        raise FactorRefused("There is nothing to recover: add an app or a passkey first")
    RecoveryCode.objects.filter(user_id=user_id).delete()
    record_change(user_id=user_id, kind="recovery_codes_made", origin=origin, now=now, told_at=told_at)
    return _make_codes(user_id=user_id, now=now)


@joined_transaction
def first_recovery_codes(*, user_id: int, now: datetime) -> list[str]:
    """Ten codes for somebody who has their first factor; none for somebody who has codes."""
    if RecoveryCode.objects.filter(user_id=user_id, used_at=None).exists():
        return []
    RecoveryCode.objects.filter(user_id=user_id).delete()
    return _make_codes(user_id=user_id, now=now)


@joined_transaction
def forget_codes_without_factor(*, user_id: int) -> None:
    """Recovery codes stand in for a factor: with the last one they go."""
    if not has_second_factor(user_id=user_id):
        RecoveryCode.objects.filter(user_id=user_id).delete()


def _make_codes(*, user_id: int, now: datetime) -> list[str]:
    salt = os.urandom(recovery.SALT_BYTES)
    codes = ["".join(secrets.choice(recovery.LETTERS) for _ in range(recovery.LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, salt=salt, code_argon2=recovery.code_hash(code, salt=salt), made_at=now)
        for code in codes
    )
    return [recovery.written(code) for code in codes]


@own_transaction
def reset_factors(*, user_id: int, origin: str, now: datetime, told_at: datetime) -> None:
    """Take every second factor from somebody who lost them all, by the word of whoever runs the house.

    All that they have open ends; they come in by mail, and staff must enrol anew.
    """
    User.objects.select_for_update(no_key=True).get(id=user_id)
    Totp.objects.filter(user_id=user_id).delete()
    Passkey.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.filter(user_id=user_id).delete()
    forget_attempts(address=person_key(user_id), kind="totp")
    forget_attempts(address=person_key(user_id), kind="recovery")
    end_other_sign_ins(user_id=user_id, keep=None, why=EndedFor.FACTORS_CHANGED, now=now)
    record_change(user_id=user_id, kind="factors_reset", origin=origin, now=now, told_at=told_at)
