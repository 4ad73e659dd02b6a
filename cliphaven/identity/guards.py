"""Who may open a page, or ask the API. The wrong kind of person gets 404, a stranger sign-in, or 401 from the API."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja.security import APIKeyCookie

from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries
from cliphaven.identity.models import Organisation, User

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User


class SponsorRequest(SignedInRequest):
    """A request of a member of an organisation."""

    organisation: Organisation
    role: str
    may_move_money: bool


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
        known.may_move_money = belonging.may_move_money
        return page(known, *args, **kwargs)

    return _after_sign_in(guarded)


def finance_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For members who may move the organisation's money: owners and finance. Reviewers are told so with a 403."""

    def guarded(request: SponsorRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.may_move_money:
            raise PermissionDenied("Only owners and finance may move the organisation's money")
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


class CreatorSession(APIKeyCookie):
    """For creators who ask the API with the cookie of their session; what changes something needs the CSRF header."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002  # the session knows
        """The person, None for a stranger; raises Http404 for somebody else than it is for."""
        user = request.user
        if not isinstance(user, User):
            return None
        if not self.admits(user):
            raise Http404
        return user

    def admits(self, user: User) -> bool:
        """Whether it is for this person."""
        return queries.creator(user_id=user.id) is not None


class NotFinance(Refused):
    """A reviewer may look at the organisation's money, and not move it."""

    code = "not_finance"


class SponsorSession(CreatorSession):
    """The same, for members of an organisation."""

    def admits(self, user: User) -> bool:
        """Whether it is for this person."""
        return queries.belonging(user_id=user.id) is not None


class FinanceSession(SponsorSession):
    """The same, for owners and finance. Reviewers are told so."""

    def admits(self, user: User) -> bool:
        """Whether it is for this person. Raises NotFinance for a reviewer."""
        belonging = queries.belonging(user_id=user.id)
        if belonging is not None and not belonging.may_move_money:
            raise NotFinance("Only owners and finance may move the organisation's money")
        return belonging is not None


class StaffSession(CreatorSession):
    """The same, for staff."""

    def admits(self, user: User) -> bool:
        """Whether it is for this person."""
        return user.is_staff


def signed_in_organisation_id(request: HttpRequest) -> int:
    """The id of the organisation of the member whom a guard has let in."""
    belonging = queries.belonging(user_id=signed_in_id(request))
    if belonging is None:
        raise Http404
    return belonging.organisation.id


def signed_in_id(request: HttpRequest) -> int:
    """The id of the person whom a guard has let in."""
    return cast(SignedInRequest, request).user.id
