"""Somebody shows that it is they: at the door as the second step, or again, before what is dear.

Tries are counted in the database for each person, so that neither a restart nor another machine begins anew. Only who
got past the first factor can make any.
"""

import hmac
import logging
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import auth
from django.http import HttpRequest

from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.identity.models import BrowserSession, PendingSignIn, RecoveryCode, TokenFamily, Totp, User
from cliphaven.identity.operations.attempts import FAILURES_IN_A_ROW_MAX, count_attempt, forget_attempts
from cliphaven.identity.operations.refusals import SignInRefused, TooManyAttempts
from cliphaven.identity.operations.security_events import record_change
from cliphaven.identity.operations.tokens import NO_SIGN_IN
from cliphaven.identity.queries.factors import opened_secret
from cliphaven.identity.queries.proofs import has_second_factor, standing
from cliphaven.identity.queries.sign_ins import session_id
from cliphaven.identity.rules import recovery, totp
from cliphaven.identity.rules.addresses import person_key
from cliphaven.identity.rules.digests import digest, session_digest
from cliphaven.identity.rules.proofs import STRONG, Standing

FACTOR_TRIES_MAX = 5
TICKET_LIFE = timedelta(minutes=10)
TICKET_BYTES = 32

log = logging.getLogger(__name__)


class ProofRefused(SignInRefused):
    """What was shown proves nothing: another code, one that was used, or too weak a proof for this person."""

    code = "proof_refused"


@dataclass(frozen=True, kw_only=True)
class SecondStep:
    """Who came in with both factors; `first` and `second` say which they were."""

    user_id: int
    first: str
    second: str


@no_transaction
def prove_by_code(*, user_id: int, code: str, origin: str, now: datetime, told_at: datetime) -> str:
    """Take a code of the person's app, or a recovery code, once; answers which: "totp" or "recovery".

    Raises ProofRefused, or TooManyAttempts after FACTOR_TRIES_MAX tries within ATTEMPTS_WINDOW.
    """
    kind = "totp" if totp.is_a_code(code) else "recovery"
    count_factor_try(user_id=user_id, kind=kind, origin=origin, now=now, told_at=told_at)
    if kind == "totp":
        fits = _take_app_code(user_id=user_id, code=code, now=now)
    else:
        fits = _take_recovery_code(user_id=user_id, code=code, origin=origin, now=now, told_at=told_at)
    if not fits:
        log.warning("authn_mfa_fail user=%s kind=%s", user_id, kind)
        raise ProofRefused("This code does not fit, or was used before: take the one that the app shows now")
    return kind


@no_transaction
def count_factor_try(*, user_id: int, kind: str, origin: str, now: datetime, told_at: datetime) -> None:
    """Note a try of a code. Raises TooManyAttempts; the person gets a mail the first time, once a day."""
    try:
        _count(user_id=user_id, kind=kind, now=now)
    except TooManyAttempts:
        log.warning("authn_mfa_fail_max user=%s kind=%s", user_id, kind)
        _warn_once(user_id=user_id, origin=origin, now=now, told_at=told_at)
        raise


@own_transaction
def _count(*, user_id: int, kind: str, now: datetime) -> None:
    count_attempt(
        address=person_key(user_id),
        kind=kind,
        most=FACTOR_TRIES_MAX,
        most_in_a_row=FAILURES_IN_A_ROW_MAX,
        now=now,
    )


@own_transaction
def _warn_once(*, user_id: int, origin: str, now: datetime, told_at: datetime) -> None:
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if not user.security_events.filter(kind="factor_tried", noted_at__gt=now - timedelta(days=1)).exists():
        record_change(user_id=user_id, kind="factor_tried", origin=origin, now=now, told_at=told_at)


@joined_transaction
def take_step(*, app: Totp, code: str, now: datetime) -> bool:
    """Use a code of a locked app up, with all that came before it; answers whether it was good."""
    step = totp.matching_step(code, secret=opened_secret(app), now=now)
    if step is None or step <= app.last_step:
        return False
    app.last_step = step
    app.save(update_fields=["last_step"])
    forget_attempts(address=person_key(app.user_id), kind="totp")
    return True


@own_transaction
def _take_app_code(*, user_id: int, code: str, now: datetime) -> bool:
    # Locked, so that of many uses at once each sees what the one before has used up.
    app = Totp.objects.select_for_update().filter(user_id=user_id, confirmed_at__isnull=False).first()
    return app is not None and take_step(app=app, code=code, now=now)


@own_transaction
def _take_recovery_code(*, user_id: int, code: str, origin: str, now: datetime, told_at: datetime) -> bool:
    kept = list(RecoveryCode.objects.select_for_update().filter(user_id=user_id, used_at=None).order_by("id"))
    if not kept or len(recovery.letters_of(code)) != recovery.LENGTH:
        return False
    said = recovery.code_hash(code, salt=bytes(kept[0].salt))
    fitting = [one for one in kept if hmac.compare_digest(bytes(one.code_argon2), said)]
    if not fitting:
        return False
    fitting[0].used_at = now
    fitting[0].save(update_fields=["used_at"])
    forget_attempts(address=person_key(user_id), kind="recovery")
    left = f"{len(kept) - 1} are left"
    record_change(user_id=user_id, kind="recovery_code_used", detail=left, origin=origin, now=now, told_at=told_at)
    return True


@own_transaction
def begin_second_step(*, user_id: int, method: str, now: datetime) -> str:
    """Note that somebody showed the first factor, by `method`; answers the ticket with which they show the second."""
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    PendingSignIn.objects.create(
        user_id=user_id,
        ticket_sha256=digest(ticket),
        method=method,
        created_at=now,
        expires_at=now + TICKET_LIFE,
    )
    return ticket


@no_transaction
def finish_second_step(*, ticket: str, code: str, origin: str, now: datetime, told_at: datetime) -> SecondStep:
    """Let somebody in who shows the second factor with their ticket, once. Raises SignInRefused and its like."""
    waiting = PendingSignIn.objects.filter(
        ticket_sha256=digest(ticket), used_at=None, expires_at__gt=now, user__is_active=True
    ).first()
    if waiting is None:
        raise SignInRefused("This took longer than ten minutes: begin again")
    second = prove_by_code(user_id=waiting.user_id, code=code, origin=origin, now=now, told_at=told_at)
    if not _use_ticket(pending_id=waiting.id, now=now):
        raise SignInRefused("This took longer than ten minutes: begin again")
    return SecondStep(user_id=waiting.user_id, first=waiting.method, second=second)


@own_transaction
def _use_ticket(*, pending_id: int, now: datetime) -> bool:
    mine = PendingSignIn.objects.filter(id=pending_id, used_at=None, expires_at__gt=now)
    return mine.update(used_at=now) == 1


@own_transaction
def note_proof(*, sign_in_id: uuid.UUID | None, user_id: int, by: str, now: datetime) -> None:
    """Note in an open sign-in that its person has just proved, `by` what, that it is they.

    Raises ProofRefused where that is too little: who has a second factor proves with one.
    """
    if by not in STRONG and has_second_factor(user_id=user_id):
        raise ProofRefused("You have a second factor: prove it with that")
    name = sign_in_id or NO_SIGN_IN
    for sign_ins in (
        BrowserSession.objects.filter(name=name, user_id=user_id),
        TokenFamily.objects.filter(id=name, user_id=user_id, ended_at=None),
    ):
        sign_ins.update(proved_at=now, proved_by=by)


@own_transaction
def carry_over(*, sign_in_id: uuid.UUID | None, user_id: int, standing: Standing) -> None:
    """Give a session that took another's place, under a new key, what was proved in it: no more, and no fresher."""
    BrowserSession.objects.filter(name=sign_in_id or NO_SIGN_IN, user_id=user_id).update(
        started_at=standing.signed_in_at, proved_at=standing.proved_at, proved_by=standing.proved_by
    )


@no_transaction
def keep_session(*, request: HttpRequest, sign_in_id: uuid.UUID | None, user_id: int) -> None:
    """After a change of the password the session of a browser goes on, under a new key, with what was proved in it.

    `sign_in_id` is its name in the person's list. What comes by a program's sign-in has no session to keep.
    """
    name = sign_in_id or NO_SIGN_IN
    kept = BrowserSession.objects.filter(name=name, user_id=user_id).first()
    if kept is None:
        return
    before = standing(sign_in_id=name, user_id=user_id)
    auth.update_session_auth_hash(request, User.objects.get(id=user_id))
    request.session.save()
    now_named = session_id(key_sha256=session_digest(request.session.session_key or ""))
    if before is not None:
        carry_over(sign_in_id=now_named, user_id=user_id, standing=before)
