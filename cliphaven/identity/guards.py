"""Who may open a page, or ask the API. The wrong kind of person gets 404, a stranger sign-in, or 401 from the API.

Pages know people by the session; the API by an access token or, for calls of our own pages, by the session.
"""

import functools
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, Protocol, TypedDict, TypeVar, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.security.base import AuthBase

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries
from cliphaven.identity.models import Organisation, User
from cliphaven.identity.queries import proofs, sign_ins, tokens
from cliphaven.identity.rules.addresses import path_of_ours
from cliphaven.identity.rules.browsers import browser_name
from cliphaven.identity.rules.digests import session_digest

P = ParamSpec("P")
FINANCE_MOVES = "Only owners and finance may move the organisation's money"


class SignedInRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User


class ProgramRequest(SignedInRequest):
    """A request of a program, which showed a token of this sign-in."""

    family_id: uuid.UUID


class SponsorRequest(SignedInRequest):
    """A request of a member of an organisation."""

    organisation: Organisation
    role: str
    may_move_money: bool
    is_owner: bool


Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def creator_page(page: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Page[P]:
    """For signed-in people who are neither staff nor members of a sponsor's organisation."""

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, User) or queries.creator(user_id=request.user.id) is None:
            raise Http404
        return page(cast(SignedInRequest, request), *args, **kwargs)

    return _after_sign_in(guarded)


def sponsor_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For members of an organisation, whom the page finds as `request.organisation` and `request.role`.

    `request.may_move_money` tells pages whether to offer what `finance_page` guards.
    """

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        belonging = queries.belonging(user_id=request.user.id) if isinstance(request.user, User) else None
        if belonging is None:
            raise Http404
        known = cast(SponsorRequest, request)
        known.organisation, known.role = belonging.organisation, belonging.role
        known.may_move_money, known.is_owner = belonging.may_move_money, belonging.is_owner
        return page(known, *args, **kwargs)

    return _after_sign_in(guarded)


def finance_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For members who may move the organisation's money: owners and finance. Reviewers are told so with a 403."""
    return _some_members_page(page, may=lambda request: request.may_move_money, otherwise=FINANCE_MOVES)


def owner_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For owners, who say who belongs to their organisation. Other members are told so with a 403."""
    return _some_members_page(page, may=lambda request: request.is_owner, otherwise=queries.OWNERS_SAY)


def _some_members_page(
    page: Callable[Concatenate[SponsorRequest, P], HttpResponse],
    *,
    may: Callable[[SponsorRequest], bool],
    otherwise: str,
) -> Page[P]:
    def guarded(request: SponsorRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may(request):
            raise PermissionDenied(otherwise)
        return page(request, *args, **kwargs)

    return sponsor_page(guarded)


def staff_page(page: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Page[P]:
    """For staff."""

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, User) or not request.user.is_staff:
            raise Http404
        return page(cast(SignedInRequest, request), *args, **kwargs)

    return _after_sign_in(guarded)


def _after_sign_in(guarded: Page[P]) -> Page[P]:
    return login_required(guarded)


class NotFinance(Refused):
    """A reviewer may look at the organisation's money, and not move it."""

    code = "not_finance"


class _Admission(Protocol):
    """Whom a door of the API is for."""

    def __call__(self, user: User) -> bool: ...


def _anybody(user: User) -> bool:  # noqa: ARG001  # whoever is in
    return True


def _creators(user: User) -> bool:
    return queries.creator(user_id=user.id) is not None


def _members(user: User) -> bool:
    return queries.belonging(user_id=user.id) is not None


def _finance(user: User) -> bool:
    """Raises NotFinance for a reviewer, who is told so."""
    belonging = queries.belonging(user_id=user.id)
    if belonging is not None and not belonging.may_move_money:
        raise NotFinance(FINANCE_MOVES)
    return belonging is not None


def _owners(user: User) -> bool:
    """Raises queries.NotAnOwner for other members, who are told so."""
    belonging = queries.belonging(user_id=user.id)
    if belonging is not None and not belonging.is_owner:
        raise queries.NotAnOwner(queries.OWNERS_SAY)
    return belonging is not None


def _staff(user: User) -> bool:
    return user.is_staff


class Session(APIKeyCookie):
    """For people who ask the API with the cookie of their session; what changes something needs the CSRF header."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, admits: _Admission) -> None:
        """`admits` tells whom it is for."""
        self._admits = admits
        super().__init__()

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002  # the session knows
        """The person, None for a stranger; raises Http404 for somebody else than it is for."""
        user = request.user
        if not isinstance(user, User):
            return None
        if not self._admits(user):
            raise Http404
        _staff_come_in_twice(request, user, self._admits)
        return user


class AccessToken(HttpBearer):
    """For programs, which show an access token. Who shows anything in this header is not asked for a cookie."""

    openapi_bearerFormat = "JWT"  # noqa: N815  # the document's own word

    def __init__(self, admits: _Admission) -> None:
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
        bearer = tokens.bearer(token=token, now=clock.wall())
        if bearer is None:
            raise AuthenticationError
        known = cast(ProgramRequest, request)
        known.user, known.family_id = bearer.user, bearer.family_id
        if not self._admits(bearer.user):
            raise Http404
        _staff_come_in_twice(request, bearer.user, self._admits)
        return bearer.user


def _doors(admits: _Admission) -> list[AuthBase]:
    return [AccessToken(admits), Session(admits)]


AS_ANYBODY = _doors(_anybody)
"""For whoever is signed in."""
AS_CREATOR = _doors(_creators)
"""For people who are neither staff nor members of an organisation."""
AS_SPONSOR = _doors(_members)
"""For members of an organisation."""
AS_FINANCE = _doors(_finance)
"""For owners and finance. Reviewers are told so."""
AS_OWNER = _doors(_owners)
"""For owners. Other members are told so."""
AS_STAFF = _doors(_staff)
"""For staff."""


def signed_in_organisation_id(request: HttpRequest) -> int:
    """The id of the organisation of the member whom a guard has let in."""
    belonging = queries.belonging(user_id=signed_in_id(request))
    if belonging is None:
        raise Http404
    return belonging.organisation.id


def signed_in_id(request: HttpRequest) -> int:
    """The id of the person whom a guard has let in."""
    return cast(SignedInRequest, request).user.id


def program_sign_in(request: HttpRequest) -> uuid.UUID | None:
    """The sign-in whose token was shown; None where a session asks."""
    return getattr(request, "family_id", None)


def this_sign_in(request: HttpRequest) -> uuid.UUID | None:
    """The sign-in by which this request comes, as it stands in the person's list: a program's, or a browser's."""
    return program_sign_in(request) or sign_ins.session_id(key_sha256=session_digest(request.session.session_key or ""))


class Circumstances(TypedDict):
    """From where something is done, in words, and when: by the wall, and in the product's time."""

    origin: str
    now: datetime
    told_at: datetime


def circumstances(request: HttpRequest) -> Circumstances:
    """What a record of this request says of it."""
    origin = "A program" if program_sign_in(request) else browser_name(request.headers.get("User-Agent", ""))
    return Circumstances(origin=origin, now=clock.wall(), told_at=clock.now())


DO_IT_AGAIN = "Prove that it is you, then do it again: nothing was done yet."


class StepUpNeeded(Refused):
    """What was asked for is dear, and whoever is in has not proved for a while that they are still the same person."""

    code = "step_up_needed"


class SecondFactorMissing(Refused):
    """Staff come in with a second factor, and this sign-in has shown none."""

    code = "mfa_required"


def stepped_up(request: HttpRequest, *, now: datetime | None = None) -> bool:
    """Whether the person of this request proved within the last ten minutes, by the wall, that it is they."""
    found = proofs.standing(sign_in_id=this_sign_in(request), user_id=signed_in_id(request))
    return found is not None and found.is_fresh(now=now or clock.wall())


def must_be_stepped_up(request: HttpRequest) -> None:
    """For doors of the API. Raises StepUpNeeded, which is answered with 403 and the code "step_up_needed"."""
    if not stepped_up(request):
        raise StepUpNeeded("Prove first that it is you, at /api/v1/auth/prove or on the page /account/prove/")


def came_in_twice(request: HttpRequest) -> bool:
    """Whether a second factor was shown in this sign-in, whenever that was."""
    return _is_strong(request, cast(SignedInRequest, request).user)


Request = TypeVar("Request", bound=HttpRequest)


def needs_step_up(
    page: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[Request, P], HttpResponse]:
    """For pages that do what is dear; stands below the guard that says who may. Others are sent to prove it first.

    What was about to be done is not done, and they are told so. They come back to the page they were on.
    """

    @functools.wraps(page)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if stepped_up(request):
            return page(request, *args, **kwargs)
        messages.info(request, DO_IT_AGAIN)
        came_from = request.headers.get("Referer", "") if request.method == "POST" else request.get_full_path()
        way = f"{reverse('prove')}?{urlencode({'next': path_of_ours(came_from, host=request.get_host())})}"
        if not request.headers.get("HX-Request"):
            return redirect(way)
        return HttpResponse(headers={"HX-Redirect": way})

    return guarded


def _staff_come_in_twice(request: HttpRequest, user: User, admits: _Admission) -> None:
    """Raises SecondFactorMissing. What is for anybody stays open: there the factor is enrolled, and shown."""
    if settings.STAFF_SECOND_FACTOR and user.is_staff and admits is not _anybody and not _is_strong(request, user):
        raise SecondFactorMissing("Staff need a second factor: show it at /api/v1/auth/prove, or enrol one first")


def _is_strong(request: HttpRequest, user: User) -> bool:
    found = proofs.standing(sign_in_id=this_sign_in(request), user_id=user.id)
    return found is not None and found.is_strong
