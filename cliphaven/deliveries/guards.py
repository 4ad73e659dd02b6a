"""Pages of endpoints: for creators, and for members of an organisation; who may not steer is told so with a 403."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from cliphaven.deliveries.queries.endpoints import EndpointLine, endpoint_line
from cliphaven.deliveries.queries.owners import OWNERS_STEER, NoSuchEndpoint
from cliphaven.identity.guards import faces_of

P = ParamSpec("P")


def hooks_page(page: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """For whoever can have endpoints: everybody but the staff."""

    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if faces_of(request).is_staff:
            raise Http404
        return page(request, *args, **kwargs)

    return login_required(guarded)


def endpoint_page(
    page: Callable[Concatenate[HttpRequest, EndpointLine, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """For those who may look at the endpoint of the address; the page gets its line."""

    def guarded(request: HttpRequest, endpoint_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            line = endpoint_line(faces_of(request), endpoint_id)
        except NoSuchEndpoint as refused:
            raise Http404 from refused
        return page(request, line, *args, **kwargs)

    return hooks_page(guarded)


def steering_page(
    page: Callable[Concatenate[HttpRequest, EndpointLine, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """For those who may change it."""

    def guarded(request: HttpRequest, line: EndpointLine, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not line.may_steer:
            raise PermissionDenied(OWNERS_STEER)
        return page(request, line, *args, **kwargs)

    return endpoint_page(guarded)
