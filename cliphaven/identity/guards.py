"""Who may open a page. Each guard answers sign-in for strangers and 404 for the wrong kind of person."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from cliphaven.identity import queries
from cliphaven.identity.models import Organisation, Role, User

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User  # type: ignore[assignment]  # guards let nobody else through


class SponsorRequest(SignedInRequest):
    """A request of a member of an organisation."""

    organisation: Organisation
    role: str


Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def creator_page(page: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Page[P]:
    """For signed-in people who are neither staff nor members of a sponsor's organisation."""

    @functools.wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or user.is_staff or queries.belonging(user_id=user.id) is not None:
            raise Http404
        return page(request, *args, **kwargs)  # type: ignore[arg-type]  # the user was just looked at

    return login_required(guarded)


def sponsor_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For members of an organisation, whom the page finds as `request.organisation` and `request.role`."""

    @functools.wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        belonging = queries.belonging(user_id=request.user.id) if isinstance(request.user, User) else None
        if belonging is None:
            raise Http404
        request.organisation = belonging.organisation  # type: ignore[attr-defined]
        request.role = belonging.role  # type: ignore[attr-defined]
        return page(request, *args, **kwargs)  # type: ignore[arg-type]

    return login_required(guarded)


def finance_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For members who may move the organisation's money: owners and finance. Reviewers are told so with a 403."""

    @functools.wraps(page)
    def guarded(request: SponsorRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.role not in (Role.OWNER, Role.FINANCE):
            raise PermissionDenied("Only owners and finance may move the organisation's money")
        return page(request, *args, **kwargs)

    return sponsor_page(guarded)


def staff_page(page: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Page[P]:
    """For staff."""

    @functools.wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, User) or not request.user.is_staff:
            raise Http404
        return page(request, *args, **kwargs)  # type: ignore[arg-type]

    return login_required(guarded)
