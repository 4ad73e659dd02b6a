"""The letterboxes. No guard but the signature; anything unsound is answered 400 and leaves no trace.

What is genuine and of the other mode is answered 200: Stripe switches off an endpoint that says no for days.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.webhooks import operations


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Events of the platform's own Stripe account."""
    return _receive(request, connect=False)


@csrf_exempt
@require_POST
def stripe_connect_webhook(request: HttpRequest) -> HttpResponse:
    """Events of connected accounts."""
    return _receive(request, connect=True)


@csrf_exempt
@require_POST
def resend_webhook(request: HttpRequest) -> HttpResponse:
    """What became of mails."""
    try:
        payload = request.read(operations.LETTER_BYTES_MAX + 1)
        operations.receive_mail_event(payload=payload, headers=request.headers, now=clock.now())
    except Refused as refused:
        return HttpResponseBadRequest(refused.code, content_type="text/plain")
    except UnreadablePostError:
        return HttpResponseBadRequest("unreadable", content_type="text/plain")
    return HttpResponse(status=200, content_type="text/plain")


def _receive(request: HttpRequest, *, connect: bool) -> HttpResponse:
    try:
        # One byte more than is taken, so that a longer letter shows; the signature is over the raw bytes.
        payload = request.read(operations.LETTER_BYTES_MAX + 1)
        signature = request.headers.get("Stripe-Signature", "")
        operations.receive_event(payload=payload, signature=signature, connect=connect, now=clock.now())
    except Refused as refused:
        return HttpResponseBadRequest(refused.code, content_type="text/plain")
    except UnreadablePostError:
        return HttpResponseBadRequest("unreadable", content_type="text/plain")
    return HttpResponse(status=200, content_type="text/plain")
