"""Mailed ways in: asked for in a browser, good once, there; elsewhere with the code of the same mail."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.identity.models import MagicLink, User
from cliphaven.identity.operations.attempts import count_attempt
from cliphaven.identity.operations.refusals import SignInRefused
from cliphaven.identity.rules.addresses import address_of
from cliphaven.identity.rules.digests import digest
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

LINK_LIFE = timedelta(minutes=10)
TOKEN_BYTES = 32
LINKS_PER_ADDRESS_MAX = 3
# Eight of 31 letters, none of which is taken for another: with five tries, one in 170,000,000,000.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
CODE_TRIES_MAX = 5
CODE_TYPED_MAX = 40

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class AskedLink:
    """What the asking browser keeps, so that only it can use the mailed link."""

    browser_nonce: str


@own_transaction
def ask_for_link(*, email: str, now: datetime, told_at: datetime | None = None) -> AskedLink:
    """Mail a way in to this address, if somebody lives there; the answer is the same if nobody does.

    `told_at` is the product's moment, of the mail, where its time runs otherwise than the one links live by. Raises
    TooManyAttempts after LINKS_PER_ADDRESS_MAX links within ATTEMPTS_WINDOW, whoever the address belongs to.
    """
    address = address_of(email)
    count_attempt(address=address, kind="link", most=LINKS_PER_ADDRESS_MAX, now=now)
    nonce = secrets.token_urlsafe(TOKEN_BYTES)
    user = User.objects.filter(email=address, is_active=True).first()
    if user is not None:
        token, code = secrets.token_urlsafe(TOKEN_BYTES), _new_code()
        user.magic_links.filter(used_at__isnull=True).update(expires_at=now)  # only the newest link opens the door
        link = user.magic_links.create(
            token_sha256=digest(token),
            browser_sha256=digest(nonce),
            code_sha256=_code_digest(code, browser_sha256=digest(nonce)),
            created_at=now,
            expires_at=now + LINK_LIFE,
        )
        notifications.queue_message(
            user_id=user.id,
            key=f"magic-link:{link.id}",
            kind=Kind.ACCESS,
            subject="Your way into ClipHaven",
            text=(
                "Use the button below within ten minutes, in the browser in which you asked for it. Anywhere else you"
                " are asked for the code, too.\n\n"
                "If you did not ask for this, do nothing, and tell nobody the code: nobody gets in without this mail."
            ),
            link=f"/sign-in/link/{token}/",
            secret=f"Code: {code[:4]}-{code[4:]}",
            now=told_at or now,
        )
    return AskedLink(browser_nonce=nonce)


@no_transaction
def use_link(*, token: str, browser_nonce: str, now: datetime, code: str = "") -> int:
    """Use a mailed link, once; answers the user's id. Raises SignInRefused.

    It opens in the browser that asked, known by its nonce, or with the code of the same mail.
    """
    user_id = _use({"token_sha256": digest(token)}, browser_nonce=browser_nonce, code=code, now=now)
    if user_id is None:
        raise SignInRefused(
            "This link does not open the door: it was used, is older than ten minutes,"
            " or was asked for in another browser and the code is not the mail's"
        )
    return user_id


@no_transaction
def use_code(*, browser_nonce: str, code: str, now: datetime) -> int:
    """Use the code of a mail where its link was asked for, once; answers the user's id. Raises SignInRefused."""
    user_id = _use({"browser_sha256": digest(browser_nonce)}, browser_nonce="", code=code, now=now)
    if user_id is None:
        raise SignInRefused("This code does not open the door: it is another one, was used, or is too old")
    return user_id


@own_transaction
def _use(sought: dict[str, bytes], *, browser_nonce: str, code: str, now: datetime) -> int | None:
    # Locked, so that of many uses at once each sees what the one before has done.
    links = MagicLink.objects.select_for_update(of=("self",)).filter(used_at__isnull=True, expires_at__gt=now, **sought)
    link = links.filter(user__in=User.objects.filter(is_active=True)).first()
    if link is None:
        return None
    fits = bool(browser_nonce) and bytes(link.browser_sha256) == digest(browser_nonce)
    if not fits and code and link.code_tries < CODE_TRIES_MAX:
        link.code_tries += 1
        said = _code_digest(code, browser_sha256=bytes(link.browser_sha256))
        fits = constant_time_compare(said, bytes(link.code_sha256))
    if not fits:
        log.warning("authn_login_fail method=link user=%s", link.user_id)
    link.used_at = now if fits else None
    link.save(update_fields=["used_at", "code_tries"])
    return link.user_id if fits else None


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def _code_digest(code: str, *, browser_sha256: bytes) -> bytes:
    plain = "".join(letter for letter in code[:CODE_TYPED_MAX].upper() if letter in CODE_LETTERS)
    return salted_hmac("cliphaven.identity.code", browser_sha256 + plain.encode(), algorithm="sha256").digest()
