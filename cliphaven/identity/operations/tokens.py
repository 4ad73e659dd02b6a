"""Programs come in: a pair of tokens for each sign-in, the refresh token good once, all of them void at a word."""

import logging
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DateTimeField, F, Func

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.identity.models import (
    BrowserSession,
    Ceremony,
    EndedFor,
    PendingSignIn,
    RefreshToken,
    RevokedToken,
    TokenFamily,
    User,
)
from cliphaven.identity.operations.refusals import SignInRefused
from cliphaven.identity.rules import access_tokens
from cliphaven.identity.rules.digests import digest
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.providers import denylist

REFRESH_BYTES = 32
REFRESH_IDLE = timedelta(days=14)
FAMILY_LIFE = timedelta(days=30)
PROGRAM_CHARS_MAX = 200
REFRESH_TEXT_MAX = 100
FORGOTTEN_AT_ONCE_MAX = 10_000
NO_SIGN_IN = uuid.UUID(int=0)

log = logging.getLogger(__name__)


class NotRefreshed(SignInRefused):
    """The refresh token opens nothing: unknown, expired, of an ended sign-in, or used before."""

    code = "not_refreshed"


class RefreshedElsewhere(Refused):
    """Another request with the same refresh token, which ran at the same time, has got the next one."""

    code = "refreshed_elsewhere"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a program gets. The refresh token is told here once, and kept by us as its hash alone."""

    access_token: str
    refresh_token: str
    access_expires_at: datetime
    refresh_expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Reuse:
    """A refresh token came a second time, after its first use was over: somebody else has it, too."""

    family_id: uuid.UUID


@own_transaction
def sign_program_in(*, user_id: int, method: str, program: str, now: datetime, proved_by: str = "") -> Tokens:
    """Begin a sign-in of a program for a person whose proof the caller has seen; `method` says which.

    `program` is what it calls itself, for the person's list; `proved_by` the second factor that was
    shown. Raises SignInRefused for somebody who was switched off.
    """
    user = User.objects.select_for_update(no_key=True).filter(id=user_id, is_active=True).first()
    if user is None:
        raise SignInRefused("Nobody comes in with this")
    family = TokenFamily.objects.create(
        user=user,
        method=method,
        proved_by=proved_by,
        proved_at=now if proved_by else None,
        program=program[:PROGRAM_CHARS_MAX],
        started_at=now,
        used_at=now,
        ends_at=now + FAMILY_LIFE,
    )
    log.info("authn_login_success user=%s by=%s sign_in=%s", user_id, proved_by or method, family.id)
    return _issue(family, user=user, parent=None, now=now)


@no_transaction
def refresh(*, token: str, now: datetime, told_at: datetime) -> Tokens:
    """Exchange a refresh token, once, for the next pair. Raises NotRefreshed or RefreshedElsewhere.

    `told_at` is the product's moment, of the mail that may follow.

    A token that comes again after its use was over has been copied. Which of the two is the thief cannot be known, so
    everything that the person has open ends, and they are told (RFC 9700, 4.14.2).
    """
    answer = _exchange(token=token, now=now, told_at=told_at)
    if isinstance(answer, _Reuse):
        _deny(str(answer.family_id))
        raise NotRefreshed("This refresh token was used before: sign in again")
    return answer


@own_transaction
def _exchange(*, token: str, now: datetime, told_at: datetime) -> Tokens | _Reuse:
    # The server's clock, of the first statement: the question below is who was here first, on whichever machine.
    heard = Func(function="statement_timestamp", output_field=DateTimeField())
    sought = digest(token) if len(token) <= REFRESH_TEXT_MAX else b""
    found = RefreshToken.objects.annotate(heard=heard).filter(token_sha256=sought).values("id", "family_id", "heard")
    known = found.first()
    if known is None:
        raise NotRefreshed("This refresh token is none of ours, or was forgotten: sign in again")
    # Whoever uses any token of the family waits here, and then sees what the others did.
    family = TokenFamily.objects.select_for_update(no_key=True).select_related("user").get(id=known["family_id"])
    shown = RefreshToken.objects.get(id=known["id"])
    if shown.used_at is not None:
        if shown.used_at > known["heard"] and family.ended_at is None:
            raise RefreshedElsewhere("Another request with this refresh token was faster, and has the next one")
        if family.ended_at is None:
            _close_all_after_reuse(family, now=now, told_at=told_at)
        return _Reuse(family_id=family.id)
    if family.ended_at is not None or family.ends_at <= now or shown.expires_at <= now or not family.user.is_active:
        raise NotRefreshed("This sign-in is over: sign in again")
    RefreshToken.objects.filter(id=shown.id).update(
        used_at=Func(function="clock_timestamp", output_field=DateTimeField())
    )
    family.used_at = now
    family.save(update_fields=["used_at"])
    return _issue(family, user=family.user, parent=shown, now=now)


def _issue(family: TokenFamily, *, user: User, parent: RefreshToken | None, now: datetime) -> Tokens:
    secret = secrets.token_urlsafe(REFRESH_BYTES)
    refresh_expires_at = min(now + REFRESH_IDLE, family.ends_at)
    family.refresh_tokens.create(
        parent=parent, token_sha256=digest(secret), issued_at=now, expires_at=refresh_expires_at
    )
    claims = access_tokens.Claims(
        user_id=user.id,
        sid=str(family.id),
        jti=secrets.token_urlsafe(16),
        version=user.token_version,
        issued_at=now,
        expires_at=min(now + access_tokens.LIFE, family.ends_at),
    )
    return Tokens(
        access_token=access_tokens.signed(claims, issuer=settings.SITE_URL, keys=settings.TOKEN_KEYS),
        refresh_token=secret,
        access_expires_at=claims.expires_at,
        refresh_expires_at=refresh_expires_at,
    )


def _close_all_after_reuse(family: TokenFamily, *, now: datetime, told_at: datetime) -> None:
    log.warning("authn_token_reuse user=%s sign_in=%s", family.user_id, family.id)
    TokenFamily.objects.filter(id=family.id).update(ended_at=now, ended_for=EndedFor.REUSED)
    void_everything(user_id=family.user_id, why=EndedFor.REUSED, now=now)
    notifications.queue_message(
        user_id=family.user_id,
        key=f"token-reuse:{family.id}",
        kind=Kind.SECURITY,
        subject="We have signed you out everywhere",
        text=(
            "A key to your account, of a program that you had signed in, was used twice. Somebody may have copied it,"
            " so we have ended all your sign-ins, on this site and in programs.\n\n"
            "Sign in again. If you keep that program, sign it in anew; if you do not know it, choose a new password."
        ),
        link="/sign-in/",
        now=told_at,
    )


@joined_transaction
def void_everything(*, user_id: int, why: EndedFor, now: datetime) -> None:
    """End all that a person has open: families here, and by the count also sessions and access tokens given out."""
    User.objects.filter(id=user_id).update(token_version=F("token_version") + 1)
    TokenFamily.objects.filter(user_id=user_id, ended_at=None).update(ended_at=now, ended_for=why)
    BrowserSession.objects.filter(user_id=user_id).delete()


@joined_transaction
def end_other_sign_ins(*, user_id: int, keep: uuid.UUID | None, why: EndedFor, now: datetime) -> None:
    """End all that a person has open or begun, but for the sign-in `keep`: what opens the door is another now."""
    kept = keep or NO_SIGN_IN
    TokenFamily.objects.filter(user_id=user_id, ended_at=None).exclude(id=kept).update(ended_at=now, ended_for=why)
    BrowserSession.objects.filter(user_id=user_id).exclude(name=kept).delete()
    PendingSignIn.objects.filter(user_id=user_id, used_at=None, expires_at__gt=now).update(expires_at=now)


@no_transaction
def sign_program_out(*, family_id: str, user_id: int, now: datetime) -> None:
    """End a program's sign-in by its own word."""
    end_family(family_id=family_id, user_id=user_id, why=EndedFor.SIGNED_OUT, now=now)


@no_transaction
def end_family(*, family_id: str, user_id: int, why: EndedFor, now: datetime) -> bool:
    """End one sign-in of a person's programs, with all tokens of it; answers whether there was one to end."""
    ended = _end_family(family_id=family_id, user_id=user_id, why=why, now=now)
    if ended:
        _deny(family_id)
    return ended


@own_transaction
def _end_family(*, family_id: str, user_id: int, why: EndedFor, now: datetime) -> bool:
    mine = TokenFamily.objects.filter(id=family_id, user_id=user_id, ended_at=None)
    return mine.update(ended_at=now, ended_for=why) == 1


@no_transaction
def end_sign_in(*, sign_in_id: uuid.UUID, user_id: int, now: datetime) -> None:
    """End one sign-in from a person's list, a browser's or a program's. One that is not theirs, or over, stays so."""
    if not _end_session(name=sign_in_id, user_id=user_id):
        end_family(family_id=str(sign_in_id), user_id=user_id, why=EndedFor.ENDED_BY_OWNER, now=now)


@own_transaction
def _end_session(*, name: uuid.UUID, user_id: int) -> bool:
    return BrowserSession.objects.filter(name=name, user_id=user_id).delete()[0] == 1


@own_transaction
def sign_out_everywhere(*, user_id: int, now: datetime) -> None:
    """End everything that a person has open: this session, others, programs, and every token given out."""
    void_everything(user_id=user_id, why=EndedFor.EVERYWHERE, now=now)


@no_transaction
def revoke(*, token: str, now: datetime) -> None:
    """Make a token void at once, whoever shows it: an access token alone, a refresh token with its whole family.

    What is no token of ours is as void as it gets, and is not told apart (RFC 7009, 2.2).
    """
    try:
        claims = access_tokens.read(token, issuer=settings.SITE_URL, keys=settings.TOKEN_KEYS, now=now)
    except access_tokens.NotAToken:
        family = TokenFamily.objects.filter(refresh_tokens__token_sha256=digest(token[:REFRESH_TEXT_MAX])).first()
        if family is not None:
            end_family(family_id=str(family.id), user_id=family.user_id, why=EndedFor.SIGNED_OUT, now=now)
        return
    _revoke_access(jti=claims.jti, expires_at=claims.expires_at)
    _deny(claims.jti)


def _deny(name: str) -> None:
    """Redis knows, too, for as long as a token of this name could still be shown."""
    denylist.add(name, life=access_tokens.LIFE + access_tokens.LEEWAY)


@own_transaction
def _revoke_access(*, jti: str, expires_at: datetime) -> None:
    RevokedToken.objects.bulk_create([RevokedToken(jti=jti, expires_at=expires_at)], ignore_conflicts=True)


@own_transaction
def forget_spent(*, now: datetime) -> int:
    """Forget what nobody can come in by any more; answers how many rows.

    Sessions, tickets and challenges that are over, families that are for good, revocations of expired tokens.

    A family stays until its absolute end, though it was ended: a token of it that comes late must still be known.
    """
    over = TokenFamily.objects.filter(ends_at__lte=now - FAMILY_LIFE).order_by("ends_at").values("id")
    gone, _ = TokenFamily.objects.filter(id__in=over[:FORGOTTEN_AT_ONCE_MAX]).delete()
    expired = RevokedToken.objects.filter(expires_at__lte=now - access_tokens.LEEWAY - access_tokens.LIFE)
    sessions = BrowserSession.objects.filter(ends_at__lte=now)
    begun = [PendingSignIn.objects.filter(expires_at__lte=now), Ceremony.objects.filter(expires_at__lte=now)]
    return gone + sum(rows.delete()[0] for rows in (expired, sessions, *begun))
