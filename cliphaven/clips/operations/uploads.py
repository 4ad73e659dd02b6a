"""Asking an account whether it still lists a clip: another witness than the clip itself, which may just be left out."""

from datetime import datetime

from cliphaven.clips.models import Clip, Lookup
from cliphaven.clips.operations import pauses
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.foundation.transactions import no_transaction
from cliphaven.providers import youtube


@no_transaction
def is_listed(*, clip_id: int, now: datetime) -> bool | None:
    """Whether the YouTube channel that a clip was proved to be of lists it among its uploads; None: nobody could say.

    The question is kept with what it cost, whatever came of it.
    """
    clip = Clip.objects.select_related("channel").get(id=clip_id)
    if clip.platform != "youtube" or not clip.channel.author_id:
        return None
    question = Lookup(platform=clip.platform, subject="upload", asked=1, asked_at=now)
    try:
        listed = youtube.lists_upload(clip.channel.author_id, clip.video_id)
    except ProviderFailed as failure:
        question.failure = f"{failure.code} {failure.sentence}"[:200]
        question.save()
        refusal = pauses.refusal_of(platform=clip.platform, failure=failure, now=now)
        if refusal is not None:
            pauses.keep(refusal=refusal, now=now)
        return None
    question.save()
    return listed
