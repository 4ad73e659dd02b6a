"""What is asked about canaries, beside a call's clips."""

from typing import cast

from cliphaven.providers.readings import Platform, RequestedClip
from cliphaven.tracking.models import Canary, VendorCall


def request_of(canary: Canary) -> RequestedClip:
    """What a vendor is asked about a canary."""
    return RequestedClip(platform=cast(Platform, canary.platform), video_id=canary.video_id, url=canary.url)


def requests_of(call: VendorCall) -> list[RequestedClip]:
    """What a vendor is asked about the canaries of a call."""
    return [request_of(canary) for canary in Canary.objects.filter(id__in=call.canary_ids).order_by("id")]
