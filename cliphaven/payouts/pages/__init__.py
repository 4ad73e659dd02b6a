"""Doors for creators: their first page, their payouts, and the way to Stripe and back."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import whole_number
from cliphaven.earnings.queries import own_doubts
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.identity.guards import SignedInRequest, creator_page, needs_step_up
from cliphaven.payouts import queries
from cliphaven.payouts.operations import holds as disowning
from cliphaven.payouts.operations import onboarding
from cliphaven.payouts.pages.stages import shown_stages
from cliphaven.payouts.queries import history, holds, pauses

STOPPED = "Nothing goes out any more, and our staff is told. Now look who else is signed in, under Account, and end it."
NO_ANSWER = "Stripe does not answer just now. Try again in a minute."


@require_safe
@creator_page
def creator_home(request: SignedInRequest) -> HttpResponse:
    """What a creator earns, when it is paid, what they have to do, and their latest clips."""
    home = queries.creator_home(creator_id=request.user.id, now=clock.now())
    context = {
        "places": [_shown(place) for place in home.places],
        "several": len(home.places) > 1,
        "tasks": _tasks(home),
        "clips": [{**asdict(clip), "url": reverse("clip", args=[clip.clip_id])} for clip in home.clips],
        "open_campaigns": home.open_campaigns,
    }
    return render(request, "clips/creator_home.html", context)


@require_safe
@creator_page
def payouts(request: SignedInRequest) -> HttpResponse:
    """The explained balance, what stands in the way, and every payout so far."""
    now, creator_id = clock.now(), request.user.id
    before = whole_number(request.GET.get("before", ""))
    account = queries.onboarding_of(creator_id=creator_id)
    places = queries.money_places(creator_id=creator_id, now=now)
    past = history.payout_history(creator_id=creator_id, before=before)
    context = {
        "places": [_shown(place) for place in places],
        "several": len(places) > 1,
        "onboarding": account,
        "pause": pauses.notice(creator_id=creator_id),
        "changed_banks": holds.changed_banks(creator_id=creator_id, now=now),
        "without_bank": [
            place.balance.currency
            for place in places
            if place.balance.owed_minor and place.balance.currency not in account.banks
        ],
        "payouts": past.payouts,
        "skips": queries.skips_of(creator_id=creator_id),
        "next_url": f"?before={past.before}" if past.before else "",
    }
    return render(request, "payouts/payouts.html", context)


@require_POST
@creator_page
@needs_step_up
def onboarding_start(request: SignedInRequest) -> HttpResponse:
    """Send the browser to Stripe: to the set-up, or to the creator's own pages there."""
    try:
        address = onboarding.start(
            creator_id=request.user.id,
            return_url=settings.SITE_URL + reverse("onboarding_return"),
            # A link that went stale brings the creator back here, to press the button again.
            refresh_url=settings.SITE_URL + reverse("payouts"),
            now=clock.now(),
        )
    except ProviderFailed:
        messages.error(request, NO_ANSWER)
        return redirect("payouts")
    return redirect(address)


@require_safe
@creator_page
def onboarding_return(request: SignedInRequest) -> HttpResponse:
    """Back from Stripe, which proves nothing: the account is read again before anything is said."""
    try:
        onboarding.refresh_creator(creator_id=request.user.id, now=clock.now())
    except ProviderFailed:
        messages.info(request, "Stripe has not told us the news yet. They appear here by themselves.")
    return redirect("payouts")


@require_POST
@creator_page
def bank_disown(request: SignedInRequest) -> HttpResponse:
    """The creator says that somebody else changed their bank account: nothing goes out until the staff has looked."""
    try:
        disowning.disown(creator_id=request.user.id, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.warning(request, STOPPED)
    return redirect("payouts")


def _shown(place: queries.MoneyPlace) -> dict[str, Any]:
    return {
        "payday": place.payday,
        "stages": shown_stages(place, address=lambda _: reverse("payouts")),
        "balance": place.balance,
        "blockers": place.blockers,
        "minimum_minor": settings.MINIMUM_PAYOUT_MINOR[place.balance.currency],
    }


def _tasks(home: queries.CreatorHome) -> list[dict[str, str]]:
    tasks = [_doubt(doubt) for doubt in home.doubts]
    tasks += [
        {
            "title": "Show us the analytics of a clip",
            "text": f"Its views are worth {money.formatted(asked.worth_minor, currency=asked.currency)}: from so much"
            " on we ask. If you do not answer, nothing is held or taken.",
            "url": f"{reverse('clip', args=[asked.clip_id])}#analytics",
            "action": "Show us",
            "icon": "upload",
        }
        for asked in home.analytics_asked
    ]
    tasks += [
        {
            "title": f"Fix “{clip.title}”",
            "text": clip.reason,
            "url": reverse("clip", args=[clip.clip_id]),
            "action": "Fix it",
            "icon": "flag",
        }
        for clip in home.clips_to_fix
    ]
    if not home.has_proved_channel:
        tasks.append(
            {
                "title": "Prove that a channel is yours",
                "text": "Put a short code in its bio once: only then can its clips earn.",
                "url": reverse("channels"),
                "action": "Prove it",
                "icon": "flag",
            }
        )
    if home.onboarding.state not in ("ready", "in_review"):
        tasks.append(
            {
                "title": "Set up payouts",
                "text": "Stripe asks who you are and which bank account is yours.",
                "url": reverse("payouts"),
                "action": "Set up",
                "icon": "banknote",
            }
        )
    return tasks


def _doubt(doubt: own_doubts.ClipDoubt) -> dict[str, str]:
    """What a creator can say about a doubt; nobody has to."""
    case, held = doubt.case, doubt.money
    amount = money.formatted(held.held_minor, currency=held.currency) if held and held.held_minor else ""
    if case.state == "voiding":
        title, action = f"{amount or 'Some earnings'} will not count", "Appeal"
        text = f"Until {case.ends_at:%-d %B} you can say something against it; somebody else answers."
    elif case.is_asked:
        title, action = "Show us the analytics of a clip", "Show us"
        text = "Public counts cannot settle how it was seen. If you do not answer, nothing is taken."
    else:
        title, action = f"{amount or 'New earnings'} of a clip {'is' if amount else 'are'} held", "See why"
        text = f"It comes back by itself by {case.ends_at:%-d %B}. If it should be sooner, appeal."
    return {
        "title": title,
        "text": text,
        "url": f"{reverse('clip', args=[case.clip_id])}#doubt-{case.case_id}",
        "action": action,
        "icon": "hourglass",
    }
