"""Who may open a page, or ask the API. The wrong kind of person gets 404, a stranger sign-in, or 401 from the API.

Pages know people by the session; the API by an access token or, for calls of our own pages, by the session.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypedDict, TypeVar, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries
from cliphaven.identity.guards.admission import (
    ADMIN,
    FINANCE,
    FINANCE_MOVES,
    RISK,
    SUPPORT,
    CountedRequest,
    NotFinance,
    NotStaff,
    SignedInRequest,
    SponsorRequest,
    admitted,
    creators,
    face_of,
    faces_of,
    members,
    program_sign_in,
    signed_in_id,
    signed_in_organisation_id,
    staff_in,
    this_sign_in,
    worn,
)
from cliphaven.identity.guards.programs import (
    AS_ADMIN,
    AS_ANYBODY,
    AS_CREATOR,
    AS_CREATOR_OR_SPONSOR,
    AS_FINANCE,
    AS_FINANCE_STAFF,
    AS_OWNER,
    AS_PEOPLE_STAFF,
    AS_RISK_OR_FINANCE,
    AS_RISK_STAFF,
    AS_SPONSOR,
    AS_STAFF,
    AccessToken,
    KeyNotForThis,
    ScopeMissing,
    SecondFactorMissing,
    Session,
    came_in_twice,
    client_address_of,
)
from cliphaven.identity.models import StaffRole
from cliphaven.identity.queries import proofs
from cliphaven.identity.rules.addresses import path_of_ours
from cliphaven.identity.rules.browsers import browser_name

__all__ = [
    "ADMIN",
    "AS_ADMIN",
    "AS_ANYBODY",
    "AS_CREATOR",
    "AS_CREATOR_OR_SPONSOR",
    "AS_FINANCE",
    "AS_FINANCE_STAFF",
    "AS_OWNER",
    "AS_PEOPLE_STAFF",
    "AS_RISK_OR_FINANCE",
    "AS_RISK_STAFF",
    "AS_SPONSOR",
    "AS_STAFF",
    "FINANCE",
    "RISK",
    "SUPPORT",
    "AccessToken",
    "Circumstances",
    "CountedRequest",
    "KeyNotForThis",
    "NotFinance",
    "NotStaff",
    "Request",
    "ScopeMissing",
    "SecondFactorMissing",
    "Session",
    "SignedInRequest",
    "SponsorRequest",
    "StepUpNeeded",
    "came_in_twice",
    "circumstances",
    "client_address_of",
    "creator_page",
    "face_of",
    "faces_of",
    "finance_page",
    "must_be_stepped_up",
    "needs_step_up",
    "owner_page",
    "program_sign_in",
    "signed_in_id",
    "signed_in_organisation_id",
    "sponsor_page",
    "staff_page",
    "staff_page_of",
    "stepped_up",
    "this_sign_in",
]

P = ParamSpec("P")


Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def creator_page(page: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Page[P]:
    """For creators, who may belong to an organisation besides, but not to the staff."""

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return page(worn(admitted(request, creators)), *args, **kwargs)

    return _after_sign_in(guarded)


def sponsor_page(page: Callable[Concatenate[SponsorRequest, P], HttpResponse]) -> Page[P]:
    """For members of an organisation, whom the page finds as `request.organisation` and `request.role`.

    `request.may_move_money` tells pages whether to offer what `finance_page` guards.
    """

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return page(cast(SponsorRequest, worn(admitted(request, members))), *args, **kwargs)

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
    """For staff in any role: what only shows. Those who have none any more are told so with a 403."""
    return staff_page_of()(page)


def staff_page_of(
    *roles: StaffRole,
) -> Callable[[Callable[Concatenate[SignedInRequest, P], HttpResponse]], Page[P]]:
    """For staff in any role to look at, and in one of these to act at. Others are told with a 403 which it needs."""

    def decorated(page: Callable[Concatenate[SignedInRequest, P], HttpResponse]) -> Page[P]:
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            needed = () if request.method in ("GET", "HEAD") else roles
            try:
                known = admitted(request, staff_in(*needed))
            except NotStaff as refused:
                raise PermissionDenied(refused.sentence) from refused
            return page(known, *args, **kwargs)

        # Pages offer an order to those alone who may send it: they ask its address for this.
        cast(Any, guarded).staff_roles = roles
        return _after_sign_in(guarded)

    return decorated


def _after_sign_in(guarded: Page[P]) -> Page[P]:
    return login_required(guarded)


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


def stepped_up(request: HttpRequest, *, now: datetime | None = None) -> bool:
    """Whether the person of this request proved within the last ten minutes, by the wall, that it is they."""
    found = proofs.standing(sign_in_id=this_sign_in(request), user_id=signed_in_id(request))
    return found is not None and found.is_fresh(now=now or clock.wall())


def must_be_stepped_up(request: HttpRequest) -> None:
    """For doors of the API. Raises StepUpNeeded, which is answered with 403 and the code "step_up_needed"."""
    if not stepped_up(request):
        raise StepUpNeeded("Prove first that it is you, at /api/v1/auth/prove or on the page /account/prove/")


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
