"""Doors of the API for creators: links are checked and submitted, clips listed, channels added and proved."""

from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Query, Router

from cliphaven.clips import queries, schemas
from cliphaven.clips.operations import allowances, channels, decisions, preflight, submission
from cliphaven.clips.queries import submissions
from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, OFTEN, REFUSED, Key
from cliphaven.identity.guards import AS_CREATOR, signed_in_id

MINE = Router(auth=AS_CREATOR, tags=["Creators: your clips and channels"])

Before = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Go on from here: `next_before` of the page before.")]
AClip = Annotated[int, Path(ge=1, le=ID_MAX)]
AChannel = Annotated[int, Path(ge=1, le=ID_MAX)]


@MINE.post("/clips/check", response={200: schemas.Checked, **REFUSED, **OFTEN}, url_name="api_clips_check")
def check(request: HttpRequest, order: schemas.Links) -> schemas.Checked:
    """How links would fare under each rule of a campaign, before you submit them. Nothing is kept of them.

    Thirty times an hour.
    """
    creator_id, now = signed_in_id(request), clock.now()
    allowances.use_check(creator_id=creator_id, now=now)
    checked = preflight.check_clips(creator_id=creator_id, campaign_id=order.campaign, lines=order.urls, now=now)
    return schemas.Checked(campaign=order.campaign, results=[_checked(line) for line in checked])


@MINE.post("/clips", response={200: schemas.Submitted, **REFUSED, **OFTEN}, url_name="api_clips_submit")
def submit(request: HttpRequest, response: HttpResponse, key: Key, order: schemas.Links) -> schemas.Submitted:
    """Submit up to fifty links; one result for each. `Idempotency-Replayed` tells an answer that was given before.

    Thirty times an hour.
    """
    creator_id, now = signed_in_id(request), clock.now()
    allowances.use_submission(creator_id=creator_id, request_key=key, now=now)
    before = submissions.progress(creator_id=creator_id, request_key=key)
    results = submission.submit_clips(
        creator_id=creator_id,
        campaign_id=order.campaign,
        lines=order.urls,
        now=now,
        request_key=key,
    )
    response["Idempotency-Replayed"] = "true" if before and before.settled == before.lines else "false"
    return schemas.Submitted(campaign=order.campaign, results=[_submitted(line) for line in results])


@MINE.get("/clips", response={200: schemas.Clips, **NOBODY}, url_name="api_clips")
def clips(request: HttpRequest, before: Before = None) -> schemas.Clips:
    """Your clips, newest first."""
    page = queries.clip_page(creator_id=signed_in_id(request), before=before)
    return schemas.Clips(clips=[schemas.clip(facts) for facts in page.clips], next_before=page.next_before)


@MINE.get("/clips/{int:clip_id}", response={200: schemas.ClipDetail, **NOBODY}, url_name="api_clip")
def clip(request: HttpRequest, clip_id: AClip) -> schemas.ClipDetail:
    """One of your clips, and how it fares under each rule of its terms."""
    return schemas.clip_detail(queries.clip_of_creator(clip_id=clip_id, creator_id=signed_in_id(request)))


@MINE.post("/clips/{int:clip_id}/resubmit", response={200: schemas.ClipDetail, **REFUSED}, url_name="api_clip_resubmit")
def resubmit(request: HttpRequest, clip_id: AClip, answer: schemas.Answered) -> schemas.ClipDetail:
    """Answer a refusal: the clip goes back into the queue, three times at most, and the platform is asked again."""
    creator_id = signed_in_id(request)
    decisions.resubmit_clip(clip_id=clip_id, creator_id=creator_id, note=answer.note, now=clock.now())
    return schemas.clip_detail(queries.clip_of_creator(clip_id=clip_id, creator_id=creator_id))


@MINE.get("/channels", response={200: list[schemas.Channel], **NOBODY}, url_name="api_channels")
def channel_list(request: HttpRequest) -> list[schemas.Channel]:
    """Your channels, the proved ones first."""
    found = queries.channels_of(creator_id=signed_in_id(request), now=clock.now())
    return [schemas.channel(facts) for facts in found]


@MINE.post("/channels", response={200: schemas.Channel, **REFUSED}, url_name="api_channel_add")
def channel_add(request: HttpRequest, order: schemas.NewChannel) -> schemas.Channel:
    """Add a channel; its code is to be put into its bio. Adding one twice changes nothing."""
    creator_id, now = signed_in_id(request), clock.now()
    allowances.use_channel(creator_id=creator_id, now=now)
    channel_id = channels.add_channel(creator_id=creator_id, platform=order.platform, profile=order.profile, now=now)
    found = queries.channels_of(creator_id=creator_id, now=now)
    return schemas.channel(next(facts for facts in found if facts.channel_id == channel_id))


@MINE.post("/channels/{channel_id}/check", response={200: schemas.Asked, **REFUSED}, url_name="api_channel_check")
def channel_check(request: HttpRequest, channel_id: AChannel) -> schemas.Asked:
    """Have the profile read for its code, or get a new code if the old one has expired."""
    try:
        asked = channels.request_check(creator_id=signed_in_id(request), channel_id=channel_id, now=clock.now())
    except channels.NoSuchChannel as missing:
        raise Http404 from missing
    return schemas.Asked(is_being_read=asked)


@MINE.post("/channels/{channel_id}/remove", response={204: None, **REFUSED}, url_name="api_channel_remove")
def channel_remove(request: HttpRequest, channel_id: AChannel) -> tuple[int, None]:
    """Take a channel off your list that was never proved."""
    try:
        channels.remove_channel(creator_id=signed_in_id(request), channel_id=channel_id)
    except channels.NoSuchChannel as missing:
        raise Http404 from missing
    return 204, None


def _checked(line: preflight.CheckedLine) -> schemas.CheckedLink:
    return schemas.CheckedLink(
        url=line.line,
        platform=line.platform or None,
        video_id=line.video_id or None,
        canonical_url=line.canonical or None,
        answer=line.verdict.value,
        rules=[
            schemas.RuleAnswer(
                rule=one.rule, label=one.label, answer=one.verdict.value, code=one.code, sentence=one.sentence
            )
            for one in line.rules
        ],
    )


def _submitted(line: submission.LineResult) -> schemas.SubmittedLink:
    return schemas.SubmittedLink(
        url=line.line,
        state=line.state,
        platform=line.platform or None,
        clip_id=line.clip_id,
        code=line.code,
        sentence=line.sentence,
    )
