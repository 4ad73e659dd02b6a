"""Pages of endpoints: for creators, and for members of an organisation; who may not steer is told so with a 403."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from cliphaven.deliveries.queries.endpoints import EndpointLine, endpoint_line
from cliphaven.deliveries.queries.owners import OWNERS_STEER, NoSuchEndpoint
from cliphaven.identity.guards import faces_of

Page = Callable[..., HttpResponse]


def hooks_page(page: Page) -> Page:
    """For whoever can have endpoints: everybody but the staff."""

    def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
        if faces_of(request).is_staff:
            raise Http404
        return page(request, **parts)

    return login_required(guarded)


def endpoint_page(page: Page) -> Page:
    """For those who may look at the endpoint of the address; the page gets its line."""

    def guarded(request: HttpRequest, endpoint_id: UUID, **parts: Any) -> HttpResponse:
        try:
            line = endpoint_line(faces_of(request), endpoint_id)
        except NoSuchEndpoint as refused:
            raise Http404 from refused
        return page(request, line, **parts)

    return hooks_page(guarded)


def steering_page(page: Page) -> Page:
    """For those who may change it."""

    def guarded(request: HttpRequest, line: EndpointLine, **parts: Any) -> HttpResponse:
        if not line.may_steer:
            raise PermissionDenied(OWNERS_STEER)
        return page(request, line, **parts)

    return endpoint_page(guarded)
