"""Passkeys (WebAuthn): a challenge for one purpose and one browser, used up by the first answer, whatever it is."""

import json
import logging
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import webauthn
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from webauthn.helpers import base64url_to_bytes, options_to_json, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity.models import Ceremony, CeremonyPurpose, EndedFor, Passkey, User
from cliphaven.identity.operations.factors import (
    FactorRefused,
    first_recovery_codes,
    forget_codes_without_factor,
)
from cliphaven.identity.operations.proving import ProofRefused
from cliphaven.identity.operations.security_events import record_change
from cliphaven.identity.operations.tokens import end_other_sign_ins
from cliphaven.identity.queries.proofs import has_second_factor
from cliphaven.identity.rules.digests import digest
from cliphaven.identity.rules.relying_party import NAME, RelyingParty, relying_party

CEREMONY_LIFE = timedelta(minutes=5)
CHALLENGE_BYTES = 32
PASSKEYS_MAX = 10
NAME_CHARS_MAX = 60
ANSWER_CHARS_MAX = 16_384
CREDENTIAL_BYTES_MAX = 1_023  # WebAuthn's own limit
PUBLIC_KEY_BYTES_MAX = 2_048
NOT_TAKEN = "This passkey was not taken: it is another one, or it took longer than five minutes. Try again"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What a browser sent, as far as it can be read before anything of it is believed."""

    said: dict[str, Any]
    challenge: bytes
    credential_id: bytes


@dataclass(frozen=True, kw_only=True)
class Added:
    """A passkey that was added; recovery codes where it is the first factor."""

    passkey_id: uuid.UUID
    recovery_codes: list[str]


@no_transaction
def begin_registration(*, user_id: int, browser_nonce: str, now: datetime) -> dict[str, Any]:
    """The options with which a signed-in person's browser makes a passkey. Raises FactorRefused."""
    user = User.objects.get(id=user_id)
    kept = list(Passkey.objects.filter(user=user))
    if len(kept) >= PASSKEYS_MAX:
        raise FactorRefused(f"You have {PASSKEYS_MAX} passkeys: remove one before you add another")
    party = _party()
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=_handle(user_id),
        user_name=user.email,
        user_display_name=user.name,
        challenge=_begin(purpose=CeremonyPurpose.REGISTER, user_id=user_id, browser_nonce=browser_nonce, now=now),
        timeout=int(CEREMONY_LIFE.total_seconds()) * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_described(kept),
    )
    return _as_json(options)


@no_transaction
def begin_proof(*, user_id: int, browser_nonce: str, now: datetime) -> dict[str, Any]:
    """The options with which a signed-in person shows one of their passkeys again. Raises FactorRefused."""
    kept = list(Passkey.objects.filter(user_id=user_id))
    if not kept:
        raise FactorRefused("You have no passkey")
    challenge = _begin(purpose=CeremonyPurpose.PROVE, user_id=user_id, browser_nonce=browser_nonce, now=now)
    return _request_options(challenge, allowed=kept)


@no_transaction
def begin_sign_in(*, browser_nonce: str, now: datetime) -> dict[str, Any]:
    """The options with which anybody comes in: the device says who it is, so that they tell nobody who is known."""
    challenge = _begin(purpose=CeremonyPurpose.SIGN_IN, user_id=None, browser_nonce=browser_nonce, now=now)
    return _request_options(challenge, allowed=[])


@no_transaction
def add_passkey(
    *,
    user_id: int,
    answer: str,
    name: str,
    browser_nonce: str,
    keep: uuid.UUID | None,
    origin: str,
    now: datetime,
    told_at: datetime,
) -> Added:
    """Keep the passkey that the browser has made. Raises ProofRefused or FactorRefused.

    The first second factor ends every sign-in but `keep`: they came in without it.
    """
    read = _taken(answer, purpose=CeremonyPurpose.REGISTER, user_id=user_id, browser_nonce=browser_nonce, now=now)
    party = _party()
    try:
        made = webauthn.verify_registration_response(
            credential=read.said,
            expected_challenge=read.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # what is sent breaks the library's reader in ways of its own
        raise _not_taken(error) from error
    if len(made.credential_id) > CREDENTIAL_BYTES_MAX or len(made.credential_public_key) > PUBLIC_KEY_BYTES_MAX:
        raise ProofRefused(NOT_TAKEN)
    fresh = Passkey(
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=_name_of(name),
        is_synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        added_at=now,
    )
    return _add(fresh, keep=keep, origin=origin, now=now, told_at=told_at)


@own_transaction
def _add(fresh: Passkey, *, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime) -> Added:
    user_id = fresh.user_id
    User.objects.select_for_update(no_key=True).get(id=user_id)
    if Passkey.objects.filter(user_id=user_id).count() >= PASSKEYS_MAX:
        raise FactorRefused(f"You have {PASSKEYS_MAX} passkeys: remove one before you add another")
    if Passkey.objects.filter(credential_id=fresh.credential_id).exists():
        raise FactorRefused("This passkey is here already")
    if not has_second_factor(user_id=user_id):
        end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
    fresh.save(force_insert=True)
    record_change(user_id=user_id, kind="passkey_added", detail=fresh.name, origin=origin, now=now, told_at=told_at)
    return Added(passkey_id=fresh.id, recovery_codes=first_recovery_codes(user_id=user_id, now=now))


@no_transaction
def person_by_passkey(
    *, answer: str, browser_nonce: str, user_id: int | None, origin: str, now: datetime, told_at: datetime
) -> int:
    """Whose passkey signed the challenge; with a `user_id` it must be theirs. Raises ProofRefused.

    A passkey that counts backwards was copied: it is not taken, and its person gets a mail.
    """
    purpose = CeremonyPurpose.SIGN_IN if user_id is None else CeremonyPurpose.PROVE
    read = _taken(answer, purpose=purpose, user_id=user_id, browser_nonce=browser_nonce, now=now)
    found = _verify(read, user_id=user_id, origin=origin, now=now, told_at=told_at)
    if found is None:
        raise ProofRefused("This passkey was not taken: its count of uses says that there is a copy of it")
    return found


@own_transaction
def _verify(read: _Answer, *, user_id: int | None, origin: str, now: datetime, told_at: datetime) -> int | None:
    of_whom = {"user__is_active": True} if user_id is None else {"user_id": user_id, "user__is_active": True}
    # Locked, so that of two answers with the same count only one is taken.
    kept = Passkey.objects.select_for_update(of=("self",)).filter(credential_id=read.credential_id, **of_whom).first()
    if kept is None:
        raise ProofRefused(NOT_TAKEN)
    party = _party()
    try:
        handle = read.said["response"].get("userHandle")
        verified = webauthn.verify_authentication_response(
            credential=read.said,
            expected_challenge=read.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes(kept.public_key),
            # The count is looked at below, once it is known that it is the key's own.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        if handle and not constant_time_compare(base64url_to_bytes(handle), _handle(kept.user_id)):
            raise ValueError("names another person")
    except Exception as error:  # as above
        raise _not_taken(error) from error
    if (verified.new_sign_count or kept.sign_count) and verified.new_sign_count <= kept.sign_count:
        log.warning("authn_passkey_copied user=%s passkey=%s", kept.user_id, kept.id)
        record_change(
            user_id=kept.user_id, kind="passkey_copied", detail=kept.name, origin=origin, now=now, told_at=told_at
        )
        return None
    kept.sign_count, kept.used_at = verified.new_sign_count, now
    kept.save(update_fields=["sign_count", "used_at"])
    return kept.user_id


@own_transaction
def rename_passkey(
    *, user_id: int, passkey_id: uuid.UUID, name: str, origin: str, now: datetime, told_at: datetime
) -> None:
    """Give a person's passkey another name. One that is not theirs, or not there, stays so."""
    if Passkey.objects.filter(id=passkey_id, user_id=user_id).update(name=_name_of(name)):
        record_change(
            user_id=user_id, kind="passkey_renamed", detail=_name_of(name), origin=origin, now=now, told_at=told_at
        )


@own_transaction
def remove_passkey(
    *, user_id: int, passkey_id: uuid.UUID, keep: uuid.UUID | None, origin: str, now: datetime, told_at: datetime
) -> None:
    """Let a passkey open nothing any more. Every sign-in but `keep` ends. One that is not theirs stays."""
    User.objects.select_for_update(no_key=True).get(id=user_id)
    kept = Passkey.objects.filter(id=passkey_id, user_id=user_id).first()
    if kept is None:
        return
    kept.delete()
    forget_codes_without_factor(user_id=user_id)
    end_other_sign_ins(user_id=user_id, keep=keep, why=EndedFor.FACTORS_CHANGED, now=now)
    record_change(user_id=user_id, kind="passkey_removed", detail=kept.name, origin=origin, now=now, told_at=told_at)


@own_transaction
def _begin(*, purpose: CeremonyPurpose, user_id: int | None, browser_nonce: str, now: datetime) -> bytes:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    Ceremony.objects.create(
        challenge=challenge,
        purpose=purpose,
        user_id=user_id,
        browser_sha256=digest(browser_nonce),
        created_at=now,
        expires_at=now + CEREMONY_LIFE,
    )
    return challenge


def _taken(answer: str, *, purpose: CeremonyPurpose, user_id: int | None, browser_nonce: str, now: datetime) -> _Answer:
    """Read an answer, and use its challenge up: whatever becomes of it, there is no second answer."""
    if len(answer) > ANSWER_CHARS_MAX:
        raise ProofRefused(NOT_TAKEN)
    try:
        said = json.loads(answer)
        challenge = parse_client_data_json(base64url_to_bytes(said["response"]["clientDataJSON"])).challenge
        read = _Answer(said=said, challenge=challenge, credential_id=base64url_to_bytes(said["rawId"]))
    except Exception as error:  # as above
        raise _not_taken(error) from error
    if not _use_challenge(challenge, purpose=purpose, user_id=user_id, browser_nonce=browser_nonce, now=now):
        raise ProofRefused(NOT_TAKEN)
    return read


@own_transaction
def _use_challenge(
    challenge: bytes, *, purpose: CeremonyPurpose, user_id: int | None, browser_nonce: str, now: datetime
) -> bool:
    waiting = Ceremony.objects.filter(
        challenge=challenge,
        purpose=purpose,
        browser_sha256=digest(browser_nonce),
        used_at=None,
        expires_at__gt=now,
    )
    of_whom = waiting.filter(user=None) if user_id is None else waiting.filter(user_id=user_id)
    return of_whom.update(used_at=now) == 1


def _request_options(challenge: bytes, *, allowed: list[Passkey]) -> dict[str, Any]:
    options = webauthn.generate_authentication_options(
        rp_id=_party().id,
        challenge=challenge,
        timeout=int(CEREMONY_LIFE.total_seconds()) * 1000,
        allow_credentials=_described(allowed),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def _party() -> RelyingParty:
    party = relying_party(settings.SITE_URL)
    if party is None:
        raise FactorRefused("Passkeys are bound to a name, and this site is at a bare number")
    return party


def _described(kept: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in kept]


def _handle(user_id: int) -> bytes:
    """By which name a device keeps the person: always the same, and it tells nobody who that is."""
    return salted_hmac("cliphaven.identity.passkey", str(user_id), algorithm="sha256").digest()


def _as_json(options: Any) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(options_to_json(options))
    return shown


def _not_taken(error: Exception) -> ProofRefused:
    log.warning("authn_passkey_fail %s", type(error).__name__)
    return ProofRefused(NOT_TAKEN)


def _name_of(typed: str) -> str:
    """What a person calls their passkey, without what cannot be seen."""
    seen = "".join(letter for letter in typed if letter.isprintable()).strip()
    return seen[:NAME_CHARS_MAX] or "Passkey"
