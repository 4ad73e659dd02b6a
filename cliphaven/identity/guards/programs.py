"""How programs, and pages that ask by themselves, come through the doors of the API: by a token, a key or a session."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.security.base import AuthBase

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards.admission import (
    ADMIN,
    FINANCE,
    RISK,
    SUPPORT,
    Admission,
    CountedRequest,
    ProgramRequest,
    SignedInRequest,
    admitted,
    anybody,
    creators,
    creators_or_members,
    finance,
    members,
    owners,
    staff_in,
    this_sign_in,
)
from cliphaven.identity.models import User
from cliphaven.identity.queries import keys, proofs, tokens
from cliphaven.identity.rules import scopes
from cliphaven.identity.rules.digests import session_digest
from cliphaven.identity.rules.limits import client_address


class KeyNotForThis(Refused):
    """A key was shown for what is for people alone."""

    code = "key_not_for_this"


class ScopeMissing(Refused):
    """The key that was shown is good for other things; the sentence says which scope is missing."""

    code = "scope_missing"


def client_address_of(request: HttpRequest) -> str:
    """The address of whoever asks, as far as it can be believed."""
    return client_address(
        remote=request.META.get("REMOTE_ADDR", ""),
        forwarded=request.headers.get("X-Forwarded-For", ""),
        proxies=settings.PROXIES,
    )


def _counted(request: HttpRequest, who: str) -> None:
    """Tell whoever counts requests by whom this one is; they raise TooOften. See `config/limiting.py`."""
    cast(CountedRequest, request).count_caller(who)


class Session(APIKeyCookie):
    """For people who ask the API with the cookie of their session; what changes something needs the CSRF header."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, admits: Admission) -> None:
        """`admits` tells whom it is for."""
        self._admits = admits
        super().__init__()

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002  # the session knows
        """The person, None for a stranger; raises Http404 for somebody else than it is for."""
        user = request.user
        if not isinstance(user, User):
            return None
        _counted(request, f"session:{session_digest(request.session.session_key or '')}")
        admitted(request, self._admits)
        _staff_come_in_twice(request, user, self._admits)
        return user


class AccessToken(HttpBearer):
    """For programs, which show an access token. Who shows anything in this header is not asked for a cookie."""

    openapi_bearerFormat = "JWT"  # noqa: N815  # the document's own word

    def __init__(self, admits: Admission) -> None:
        """`admits` tells whom it is for."""
        self._admits = admits
        super().__init__()

    def __call__(self, request: HttpRequest) -> User | None:
        """The person; None where nothing is shown. Raises AuthenticationError, or Http404 as above."""
        shown = request.headers.get(self.header)
        if shown is None:
            return None
        scheme, _, token = shown.partition(" ")
        if scheme.lower() != self.openapi_scheme:
            raise AuthenticationError
        return self.authenticate(request, token)

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """The person whom the token lets in."""
        if token.startswith(keys.BEGINNING):
            return self._by_key(request, token)
        bearer = tokens.bearer(token=token, now=clock.wall())
        if bearer is None:
            raise AuthenticationError
        known = cast(ProgramRequest, request)
        known.user, known.family_id = bearer.user, bearer.family_id
        _counted(request, f"program:{bearer.family_id}")
        admitted(request, self._admits)
        _staff_come_in_twice(request, bearer.user, self._admits)
        return bearer.user

    def _by_key(self, request: HttpRequest, token: str) -> User:
        """The person as whom a key acts. Raises KeyNotForThis or ScopeMissing for what it is not good for."""
        bearer = keys.key_bearer(token=token, now=clock.wall())
        if bearer is None:
            raise AuthenticationError
        known = cast(ProgramRequest, request)
        known.user, known.faces = bearer.faces.user, bearer.faces  # who is counted
        _counted(request, f"key:{bearer.key_id}")
        name = request.resolver_match.url_name if request.resolver_match else None
        scope = scopes.needed(method=request.method or "", path=request.path, name=name or "")
        if scope is None:
            raise KeyNotForThis("No API key does this: a person does, or a program that they signed in")
        if scope not in bearer.scopes:
            raise ScopeMissing(f"This key is not good for it: it needs the scope {scope}")
        known.key = bearer
        admitted(request, self._admits)
        return bearer.faces.user


def _doors(admits: Admission) -> list[AuthBase]:
    return [AccessToken(admits), Session(admits)]


AS_ANYBODY = _doors(anybody)
"""For whoever is signed in."""
AS_CREATOR = _doors(creators)
"""For creators, who may belong to an organisation besides."""
AS_SPONSOR = _doors(members)
"""For members of an organisation."""
AS_CREATOR_OR_SPONSOR = _doors(creators_or_members)
"""For whoever is signed in, but not for the staff."""
AS_FINANCE = _doors(finance)
"""For owners and finance. Reviewers are told so."""
AS_OWNER = _doors(owners)
"""For owners. Other members are told so."""
AS_STAFF = _doors(staff_in())
"""For staff in any role: what only shows."""
AS_RISK_STAFF = _doors(staff_in(RISK))
"""For staff who decide on cases and holds, and steer tracking. Others of the staff are told so."""
AS_FINANCE_STAFF = _doors(staff_in(FINANCE))
"""For staff who steer payouts and correct the books. Others of the staff are told so."""
AS_RISK_OR_FINANCE = _doors(staff_in(RISK, FINANCE))
"""For staff in one of the two roles. Others of the staff are told so."""
AS_PEOPLE_STAFF = _doors(staff_in(SUPPORT, ADMIN))
"""For staff who look after people's accounts. Others of the staff are told so."""
AS_ADMIN = _doors(staff_in(ADMIN))
"""For staff who give roles and change settings. Others of the staff are told so."""


class SecondFactorMissing(Refused):
    """Staff come in with a second factor, and this sign-in has shown none."""

    code = "mfa_required"


def came_in_twice(request: HttpRequest) -> bool:
    """Whether a second factor was shown in this sign-in, whenever that was."""
    return _is_strong(request, cast(SignedInRequest, request).user)


def _staff_come_in_twice(request: HttpRequest, user: User, admits: Admission) -> None:
    """Raises SecondFactorMissing. What is for anybody stays open: there the factor is enrolled, and shown."""
    if settings.STAFF_SECOND_FACTOR and user.is_staff and admits is not anybody and not _is_strong(request, user):
        raise SecondFactorMissing("Staff need a second factor: show it at /api/v1/auth/prove, or enrol one first")


def _is_strong(request: HttpRequest, user: User) -> bool:
    found = proofs.standing(sign_in_id=this_sign_in(request), user_id=user.id)
    return found is not None and found.is_strong
