"""Asking the vendor that knows a platform: Apify's actors for TikTok and Instagram, the Data API for YouTube."""

from collections.abc import Sequence
from typing import cast

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import no_transaction
from cliphaven.providers import apify, youtube
from cliphaven.providers.readings import FetchedBatch, FetchedProfile, Platform, RequestedClip

CLIPS_AT_ONCE = {"tiktok": apify.MAX_CLIPS, "instagram": apify.MAX_CLIPS, "youtube": youtube.MAX_CLIPS}
"""Most clips in one question, by platform."""


@no_transaction
def read_clips(*, platform: str, requested: Sequence[RequestedClip], tag: str) -> FetchedBatch:
    """What the platform says about these clips; blocks for minutes. `tag` is the caller's own name of this question.

    A run whose answer was lost is looked for by its tag, and one that was not read is read once more, since it is paid
    for; one that takes too long is left to be read later. Raises ProviderFailed: RunNotRead names such a run.
    """
    # Twice the same address would be two items, and two bills.
    requested = list({clip.video_id: clip for clip in requested}.values())
    if platform == "youtube":
        return youtube.fetch_clips(requested)
    try:
        return apify.fetch_clips(cast(Platform, platform), requested, tag)
    except apify.RunNotRead as unread:
        if not unread.run.is_over:
            raise
        try:
            return apify.read_run(cast(Platform, platform), requested, unread.run.id)[1]
        except ProviderFailed as failure:
            raise apify.RunNotRead(failure, unread.run) from failure
    except ProviderFailed as failure:
        if failure.outcome is not Outcome.UNKNOWN:
            raise
        return apify.fetch_clips(cast(Platform, platform), requested, tag, maybe_started=True)


@no_transaction
def read_profile(*, platform: str, name: str) -> FetchedProfile:
    """The profile of this handle (or YouTube channel id) as it is now; blocks for minutes. Raises ProviderFailed.

    A profile that could not be read, or is not there, comes back without a reading.
    """
    if platform == "youtube":
        return youtube.fetch_profile(name)
    return apify.fetch_profile(cast(Platform, platform), name)
