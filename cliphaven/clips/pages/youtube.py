"""Doors for creators who prove a YouTube channel by signing in at Google: the way there, and the way back."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cliphaven.clips.operations import youtube_sign_in
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import SignedInRequest, creator_page
from cliphaven.providers.google import Question

LASTS = timedelta(minutes=10)
_KEPT = "youtube_sign_in"
_STARTED_ELSEWHERE = "This sign-in was not started here, or took longer than ten minutes. Start it again."


@require_POST
@creator_page
def youtube_start(request: SignedInRequest) -> HttpResponse:
    """Send the creator to Google's consent page. What must come back with them is kept in their session alone."""
    try:
        address, question = youtube_sign_in.begin(redirect_uri=_return_address())
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("channels")
    request.session[_KEPT] = {
        "state": question.state,
        "verifier": question.verifier,
        "until": (clock.now() + LASTS).isoformat(),
    }
    return redirect(address)


@require_safe
@creator_page
@never_cache
def youtube_return(request: SignedInRequest) -> HttpResponse:
    """The creator comes back from Google. One answer counts, once, in the browser that asked."""
    if request.method != "GET":
        return redirect("channels")
    question = _asked(request, clock.now())
    if question is None:
        messages.error(request, _STARTED_ELSEWHERE)
    elif "error" in request.GET or not request.GET.get("code"):
        messages.info(request, "Nothing was proved: Google was not allowed to name your channel.")
    else:
        try:
            handles = youtube_sign_in.finish(
                creator_id=request.user.id,
                code=request.GET["code"],
                question=question,
                redirect_uri=_return_address(),
                now=clock.now(),
            )
        except Refused as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, f"Proved: {', '.join(f'@{handle}' for handle in handles)} is yours.")
    return redirect("channels")


def _asked(request: SignedInRequest, now: datetime) -> Question | None:
    """What was kept when the creator left, if it is theirs, in time, and not used before."""
    kept = request.session.pop(_KEPT, None)
    if kept is None or not secrets.compare_digest(kept["state"].encode(), request.GET.get("state", "").encode()):
        return None
    if datetime.fromisoformat(kept["until"]) <= now:
        return None
    return Question(state=kept["state"], verifier=kept["verifier"])


def _return_address() -> str:
    return f"{settings.SITE_URL}{reverse('youtube_return')}"
