"""Doors for people: channels, submissions, and a creator's answer to a refusal."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.clips import queries
from cliphaven.clips.forms import ChannelForm, FixForm, SubmitForm
from cliphaven.clips.operations import allowances, decisions, preflight, submission
from cliphaven.clips.operations import channels as channel_operations
from cliphaven.clips.operations.links import LINK_NOT_ANSWERED
from cliphaven.clips.queries import submissions
from cliphaven.clips.rules.checks import NOT_READ_YET, RuleAnswer, Verdict
from cliphaven.clips.rules.intake import MAX_LINES
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity import operations as identity
from cliphaven.identity.guards import SignedInRequest, creator_page
from cliphaven.providers import google

# Of the form that stays on the page: what is submitted with it next is another request.
SWAPPED: dict[str, str | bool] = {"hx-swap-oob": "true", "aria-describedby": "id_links_help"}


@require_http_methods(["GET", "HEAD", "POST"])
@creator_page
def clip_submit(request: SignedInRequest) -> HttpResponse:
    """Links in, one result for each out: checked alone, or submitted. `?campaign=` chooses a campaign beforehand."""
    if request.method != "POST":
        return _submit_page(request, SubmitForm(), chosen_id=whole_number(request.GET.get("campaign", "")))
    form = SubmitForm(request.POST)
    if not form.is_valid():
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _submitted(request, form, problem=problem)
    creator_id, now = request.user.id, clock.now()
    asked = {"creator_id": creator_id, "campaign_id": form.cleaned_data["campaign"], "now": now}
    lines, key = form.cleaned_data["links"], form.cleaned_data["request_key"]
    try:
        if request.POST.get("act") == "check":
            allowances.use_check(creator_id=creator_id, now=now)
            return _checked(request, form, preflight.check_clips(lines=lines, **asked))
        allowances.use_submission(creator_id=creator_id, request_key=key, now=now)
        results = submission.submit_clips(lines=lines, request_key=key, **asked)
    except identity.TooOften as refused:
        return _submitted(request, form, problem=refused.sentence, status=HTTPStatus.TOO_MANY_REQUESTS)
    except Refused as refused:
        return _submitted(request, form, problem=refused.sentence)
    return _submitted(request, form, results=results)


@require_safe
@creator_page
def clip_progress(request: SignedInRequest) -> HttpResponse:
    """How far a submission is that another request of the same page is working on: `?request_key=` of its form."""
    key = request.GET.get("request_key", "")[: submission.KEY_MAX]
    found = submissions.progress(creator_id=request.user.id, request_key=key) if key else None
    under_way = found if found is not None and found.settled < found.lines else None
    return render(request, "clips/_submit_progress.html", {"progress": under_way, "request_key": key})


def _checked(request: SignedInRequest, form: SubmitForm, lines: list[preflight.CheckedLine]) -> HttpResponse:
    """How the links would fare. Nothing was done, so the form stays as it was typed."""
    checked = [
        {
            "line": line.line,
            "platform": line.platform,
            "handle": line.handle,
            "verdict": line.verdict.value,
            "rules": [
                {
                    "result": one.verdict.value,
                    "label": one.label,
                    "sentence": one.sentence if _asks_for_something(one) else "",
                }
                for one in line.rules
            ],
        }
        for line in lines
    ]
    if request.headers.get("HX-Request"):
        return render(request, "clips/_check_results.html", {"checked": checked})
    return _submit_page(request, form, chosen_id=form.cleaned_data.get("campaign"), checked=checked)


def _asks_for_something(answer: RuleAnswer) -> bool:
    """Whether there is something to do about a rule; what the platform is asked later needs no words on each line."""
    return answer.verdict is not Verdict.PASS and answer.code != NOT_READ_YET


def _submitted(
    request: SignedInRequest,
    form: SubmitForm,
    *,
    results: list[submission.LineResult] | None = None,
    problem: str = "",
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> HttpResponse:
    """What became of the links; those that can still come in stay in the field, and all do when there is a problem."""
    told = results or []
    left_out = [one for one in told if one.code == submission.TOO_MANY_LINES]
    once_more = [one.line for one in told if one.code in (submission.TOO_MANY_LINES, LINK_NOT_ANSWERED)]
    again = form if problem else SubmitForm(initial={"links": "\n".join(once_more)})
    context: dict[str, Any] = {
        "results": [_result(one) for one in told if one.code != submission.TOO_MANY_LINES],
        "problem": problem,
        "left_out": len(left_out),
        "most_links": MAX_LINES,
    }
    status = status if problem else HTTPStatus.OK
    if request.headers.get("HX-Request"):
        if not problem:
            context["fields_again"] = [again[name].as_widget(attrs=SWAPPED) for name in ("request_key", "links")]
        return render(request, "clips/_submit_results.html", context, status=status)
    return _submit_page(request, again, chosen_id=form.cleaned_data.get("campaign"), status=status, **context)


def _result(result: submission.LineResult) -> dict[str, Any]:
    return {
        "line": result.line,
        "state": result.state,
        "platform": result.platform,
        "handle": result.handle,
        "sentence": result.sentence or "It waits for the sponsor; without a decision it is approved by itself.",
        "clip_url": reverse("clip", args=[result.clip_id]) if result.clip_id else "",
    }


def _submit_page(
    request: SignedInRequest, form: SubmitForm, *, chosen_id: int | None, status: int = 200, **results: Any
) -> HttpResponse:
    desk = queries.submission_desk(creator_id=request.user.id)
    context = {
        "campaigns": desk.campaigns,
        "channels_proved": desk.channels_proved,
        "chosen": next((campaign for campaign in desk.campaigns if campaign.campaign_id == chosen_id), None),
        "form": form,
        "most_links": MAX_LINES,
        "results": None,
        "checked": None,
        **results,
    }
    return render(request, "clips/submit.html", context, status=status)


@require_safe
@creator_page
def channels(request: SignedInRequest) -> HttpResponse:
    """A creator's channels and how far their proof is."""
    return _channels(request, ChannelForm())


@require_POST
@creator_page
def channel_add(request: SignedInRequest) -> HttpResponse:
    """Add a channel; its code is shown next."""
    form = ChannelForm(request.POST)
    if not form.is_valid():
        return _channels(request, form, status=422)
    now = clock.now()
    try:
        allowances.use_channel(creator_id=request.user.id, now=now)
        channel_operations.add_channel(
            creator_id=request.user.id,
            platform=form.cleaned_data["platform"],
            profile=form.cleaned_data["profile"],
            now=now,
        )
    except Refused as refused:
        form.add_error("profile", refused.sentence)
        return _channels(request, form, status=422)
    return redirect("channels")


@require_POST
@creator_page
def channel_check(request: SignedInRequest, channel_id: int) -> HttpResponse:
    """Have the profile read, or get a new code if the old one has expired."""
    try:
        asked = channel_operations.request_check(creator_id=request.user.id, channel_id=channel_id, now=clock.now())
    except channel_operations.NoSuchChannel as missing:
        raise Http404 from missing
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        if not asked:
            messages.info(request, "The old code had expired. Put the new one into your bio, then check again.")
    return redirect("channels")


@require_POST
@creator_page
def channel_remove(request: SignedInRequest, channel_id: int) -> HttpResponse:
    """Take a channel off the list that was never proved."""
    try:
        handle = channel_operations.remove_channel(creator_id=request.user.id, channel_id=channel_id)
    except channel_operations.NoSuchChannel as missing:
        raise Http404 from missing
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, f"@{handle} is no longer on your list.")
    return redirect("channels")


def _channels(request: SignedInRequest, form: ChannelForm, *, status: int = 200) -> HttpResponse:
    found = queries.channels_of(creator_id=request.user.id, now=clock.now())
    context = {"channels": found, "form": form, "youtube_sign_in": google.is_switched_on()}
    return render(request, "clips/channels.html", context, status=status)


@require_POST
@creator_page
def clip_resubmit(request: SignedInRequest, clip_id: int) -> HttpResponse:
    """A creator's answer to a refusal puts the clip back into the queue."""
    form = FixForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what you changed, in 2,000 characters at most.")
        return redirect("clip", clip_id)
    try:
        decisions.resubmit_clip(
            clip_id=clip_id, creator_id=request.user.id, note=form.cleaned_data["note"], now=clock.now()
        )
    except queries.NoSuchClip as missing:
        raise Http404 from missing
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "Sent again. The sponsor's time to decide starts anew.")
    return redirect("clip", clip_id)
