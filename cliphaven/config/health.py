"""Whether this process lives and can serve: what a supervisor asks, and a load balancer before it sends anybody."""

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a page
    """200 when the database answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except (OperationalError, InterfaceError):
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
def livez(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a page
    """200 from a process that answers, whatever else is away: starting it anew would mend nothing."""
    return JsonResponse({"status": "ok"})
