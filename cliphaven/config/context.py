"""What every page is told: the product's moment and, in the sandbox, how fast it runs and where the pretend mail lies."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cliphaven.foundation import clock


def product(request: HttpRequest) -> dict[str, Any]:
    """`now` for every page; `sandbox_clock` and `sandbox_outbox` only where the outside world is pretended."""
    pace = clock.pace()
    context: dict[str, Any] = {"now": pace.now}
    if settings.SANDBOX:
        context["sandbox_clock"] = {"now": pace.now, "speed": pace.speed}
        context["sandbox_outbox"] = f"{settings.SANDBOX_URL}/resend/outbox"
    return context
