"""The staff's pages about tracking: their numbers are those of the tables, and what nobody measured is never a 0."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cliphaven.backoffice.queries import tracking_costs
from cliphaven.clips.models import VendorPause
from cliphaven.earnings import operations as earnings
from cliphaven.foundation import clock
from cliphaven.tracking.models import (
    Canary,
    CanaryReading,
    PriceStep,
    TrackedClip,
    TrackingAct,
    VendorCall,
    VendorPrice,
)
from tests.people import a_campaign, an_approved_clip, dot, seen
from tests.rooms.tracking.test_costs import a_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
WHY = {"why": "The sponsor asks", "request_key": "the-form-that-was-shown"}


def staff() -> Client:
    client = Client()
    client.force_login(dot())
    return client


def text(answer: HttpResponse) -> str:
    """What a person reads of a page, without its tags."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def page(name: str = "staff_tracking", *where: object, **query: str) -> str:
    answer = staff().get(reverse(name, args=where), query)
    assert answer.status_code == 200
    return text(answer)


def lines(name: str, **query: str) -> list[dict[str, str]]:
    """A CSV as rows by column."""
    answer = staff().get(reverse(name), query)
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_before_the_first_call_nothing_is_claimed():
    shown = page()

    for sentence in (
        "No clip is followed",
        "No vendor was asked today",
        "Nothing is overdue",
        "No call yet",
        "no count yet",
        "Nobody had anything read by hand",
    ):
        assert sentence in shown
    assert "No vendor was asked" in page("staff_costs")


def test_what_is_due_and_overdue_is_told_by_platform_with_the_oldest():
    now = clock.now()
    campaign = a_campaign()
    for _ in range(3):
        seen(an_approved_clip(campaign), 100, at=now - timedelta(days=9))
    late, due, early = TrackedClip.objects.order_by("clip_id")
    moments = {late: -timedelta(days=3), due: -timedelta(minutes=1), early: timedelta(hours=2)}
    for tracked, off in moments.items():
        TrackedClip.objects.filter(clip_id=tracked.clip_id).update(due_at=now + off, overdue_at=now + off)

    shown = page()

    assert "Due now 2 of 3 followed clips" in shown
    assert "Overdue 1 the oldest since" in shown
    assert (
        reverse("staff_clip_tracking", args=[late.clip_id]) in staff().get(reverse("staff_tracking")).content.decode()
    )


def test_todays_calls_are_summed_with_their_cost_and_their_fill():
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    a_call(midnight, asked_of={a_campaign(): 20}, cost_microusd=61_000)
    a_call(midnight, asked=5, measured=3, outcomes={"measured": 3, "missing": 2}, cost_microusd=16_000)
    a_call(midnight - timedelta(days=40), cost_microusd=9_000_000)

    shown = page()

    assert "Measured today 23 of 25 asked, in 2 calls" in shown
    assert "Today, all calls $0.0770" in shown
    assert "This month $0.0770" in shown
    assert "Batches filled today 50%" in shown  # 25 of 2 × 25
    assert "Measured 23" in shown
    assert "Left out 2" in shown


def test_a_vendor_that_is_not_asked_is_said_to_be_with_the_moment_and_with_what_waits():
    now = clock.now()
    clip = an_approved_clip(a_campaign())
    seen(clip, 100, at=now - timedelta(days=5))
    TrackedClip.objects.update(due_at=now - timedelta(minutes=1))
    a_call(now - timedelta(minutes=5), failure="402 Payment required")
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=now, ends_at=now + timedelta(minutes=50))

    shown = page()

    assert "Apify is asked nothing until" in shown
    assert "Its credit is used up" in shown
    assert "1 clip that is due, 0 profiles and 0 first looks at a clip." in shown
    assert "402 Payment required" in shown
    assert "It waits for its platform's vendor, which is asked nothing until" in page("staff_clip_tracking", clip.id)


def test_a_clip_that_is_wanted_while_its_vendor_is_not_asked_is_promised_for_later():
    clip, now = an_approved_clip(a_campaign()), clock.now()
    seen(clip, 4_200)
    TrackedClip.objects.update(due_at=now + timedelta(days=7))
    VendorPause.objects.create(vendor="apify", reason="budget", begun_at=now, ends_at=now + timedelta(hours=5))

    said = text(staff().post(reverse("clip_read_again", args=[clip.id]), WHY, follow=True))

    assert "It is read first when its vendor is asked again" in said


def test_prices_of_the_last_week_are_drawn():
    now = clock.now()
    VendorPrice.objects.create(vendor="apify", price=14.5, spent=1, budget=20_000_000, counted_at=now)
    for hours, price in ((2, 12.0), (1, 13.25)):
        PriceStep.objects.create(
            vendor="apify", price=price, spent=1, planned=1, stepped_at=now - timedelta(hours=hours)
        )

    assert "$12.00" in page()
    assert "$13.25" in page()


def test_a_quarantine_that_is_over_already_is_said_to_be():
    _, call = a_wrong_canary()
    client, there = staff(), reverse("call_clear", args=[call.id])
    client.post(there, WHY)

    again = text(client.post(there, {**WHY, "request_key": "another-form-that-was-shown"}, follow=True))

    assert "This call is not in quarantine, or not any more." in again
    assert TrackingAct.objects.count() == 1
    nowhere, third = reverse("call_clear", args=[call.id + 99]), {**WHY, "request_key": "a-third-form"}
    assert "not in quarantine" in text(client.post(nowhere, third, follow=True))


def test_two_forms_at_once_have_a_clip_read_once():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    TrackedClip.objects.update(due_at=clock.now() + timedelta(days=7))
    client, there = staff(), reverse("clip_read_again", args=[clip.id])

    first, same, other = (
        text(client.post(there, {**WHY, "request_key": key}, follow=True))
        for key in ("the-first-form", "the-first-form", "the-second-form")
    )

    assert "It is read within a minute or two." in first
    assert "It is read within a minute or two." in same
    assert "It was waited for already: nothing has changed." in other


def test_a_clip_that_does_not_exist_cannot_be_read_again():
    missing = staff().post(reverse("clip_read_again", args=[999_999]), WHY)

    assert missing.status_code == 302  # back to its page, which there is not
    assert staff().get(missing["Location"]).status_code == 404
    assert not TrackingAct.objects.exists()


def test_a_page_of_many_calls_asks_as_few_questions_as_one_of_few():
    def asked(name: str) -> int:
        client = staff()
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as made:
            client.get(reverse(name))
        return len(made)

    campaign, now = a_campaign(), clock.now()
    seen(an_approved_clip(campaign), 100, at=now - timedelta(days=5))
    a_call(now - timedelta(hours=1), asked_of={campaign: 1})
    few = {name: asked(name) for name in ("staff_tracking", "staff_calls", "staff_costs")}
    for number in range(8):
        other = a_campaign(title=f"Campaign {number}")
        seen(an_approved_clip(other), 100, at=now - timedelta(days=5))
        a_call(now - timedelta(hours=number), asked_of={other: 1})
    TrackedClip.objects.update(due_at=now - timedelta(days=2))

    assert {name: asked(name) for name in few} == few


def test_calls_are_found_by_platform_and_result_and_saved_as_they_are_shown():
    now = clock.now()
    a_call(now - timedelta(hours=2), cost_microusd=4_000, run_id="run-of-a-test")
    a_call(now - timedelta(hours=1), platform="youtube", source="videos.list", failure="=1+1 quota")
    a_call(now, ended_at=None, measured=0, outcomes={})

    assert "videos.list" not in page("staff_calls", platform="tiktok")
    assert "Nothing fits" in page("staff_calls", platform="instagram")
    open_one, failed, answered = lines("staff_calls_csv")
    assert (answered["state"], answered["cost_usd"], answered["measured"]) == ("answered", "0.004000", "1")
    # What a spreadsheet would compute stays a text; what is not answered has no cost yet.
    assert failed["failure"] == "'=1+1 quota"
    assert (open_one["state"], open_one["cost_usd"], open_one["measured"]) == ("under_way", "", "")


def test_days_in_the_wrong_order_are_said_to_be_and_not_searched():
    answer = staff().get(reverse("staff_calls"), {"since": "2026-11-03", "until": "2026-11-02"})

    assert answer.status_code == 422
    assert "The first day is after the last" in text(answer)


def test_one_call_shows_each_clip_and_gives_out_its_answer_as_long_as_it_is_kept():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    call = VendorCall.objects.get()
    other = an_approved_clip(clip.campaign)
    VendorCall.objects.filter(id=call.id).update(asked=2, unmeasured={str(other.id): "missing"})

    shown = page("staff_call", call.id)

    assert "4,200" in shown
    assert "Left out not measured" in shown
    assert "The answer as it came" not in shown
    assert staff().get(reverse("staff_call_answer", args=[call.id])).status_code == 404
    assert staff().get(reverse("staff_call", args=[call.id + 99])).status_code == 404


def test_costs_stand_beside_what_was_earned_by_them():
    now = clock.now()
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    seen(clip, 20_000, at=now)
    earnings.accrue_campaign(campaign_id=campaign.id, now=now)
    a_call(now, asked_of={campaign: 4}, cost_microusd=27_000)

    # 20,000 views at $1.50 a thousand are $30.00, less a fee of 10 %: $27.00, of which $0.027 is 0.10 %.
    [line] = lines("staff_costs_csv")
    assert (line["campaign"], line["earned_minor"], line["cost_usd"]) == (str(campaign.id), "2700", "0.027000")
    assert line["cost_in_earned_ppm"] == "1000"
    shown = page("staff_costs")
    assert "0.10%" in shown
    assert "$0.0270 for $27.00 that creators earned" in shown


def test_what_was_earned_on_a_day_without_a_reading_is_a_line_too():
    now, campaign = clock.now(), a_campaign()
    seen(an_approved_clip(campaign), 20_000, at=now)
    earnings.accrue_campaign(campaign_id=campaign.id, now=now)

    [line] = lines("staff_costs_csv")

    assert (line["readings"], line["cost_usd"], line["earned_minor"]) == ("0", "0.000000", "2700")


def test_campaigns_without_earnings_have_no_share_instead_of_none():
    a_call(clock.now(), asked_of={a_campaign(): 1}, cost_microusd=4_000)

    assert "nothing earned" in page("staff_costs")


def test_campaigns_by_day_go_on_where_the_page_ended():
    now = clock.now()
    for number in range(3):
        a_call(now, asked_of={a_campaign(title=f"Campaign {number}"): 1}, cost_microusd=4_000 + number)
    since, until = tracking_costs.period(since=None, until=None, now=now)

    first = tracking_costs.tracking_costs(since=since, until=until, now=now, limit=2)
    rest = tracking_costs.tracking_costs(since=since, until=until, now=now, limit=2, after=first.next_after)

    assert [line.cost_microusd for line in (*first.lines, *rest.lines)] == [4_002, 4_001, 4_000]
    assert rest.next_after == ""


def test_a_clip_is_read_again_with_a_reason_that_is_kept():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    TrackedClip.objects.update(due_at=clock.now() + timedelta(days=7))

    said = text(staff().post(reverse("clip_read_again", args=[clip.id]), WHY, follow=True))

    assert "It is read within a minute or two." in said
    assert "Dot had a clip read again" in said
    assert "The sponsor asks" in said
    assert TrackedClip.objects.get().wanted_since is not None


@pytest.mark.parametrize("form", [{}, {**WHY, "why": ""}, {**WHY, "request_key": "short"}])
def test_without_a_reason_nothing_is_read(form):
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)

    said = text(staff().post(reverse("clip_read_again", args=[clip.id]), form, follow=True))

    assert "Say why" in said
    assert not TrackingAct.objects.exists()


def test_a_campaigns_clips_are_read_again():
    campaign = a_campaign()
    for _ in range(2):
        seen(an_approved_clip(campaign), 100)

    said = text(staff().post(reverse("campaign_read_again", args=[campaign.id]), WHY, follow=True))

    assert "2 clips are read within some minutes." in said


def test_a_clip_tells_why_it_is_read_when_it_is():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    TrackedClip.objects.update(due_at=None)

    shown = page("staff_clip_tracking", clip.id)

    assert "It rests: its campaign is closed, or has no money left to pay with." in shown
    assert "Views that count 4,200" in shown


def test_a_clip_that_is_not_followed_says_so_and_has_no_views_instead_of_none():
    clip = an_approved_clip(a_campaign())

    shown = page("staff_clip_tracking", clip.id)

    assert "It is not followed: it is read from its approval on." in shown
    assert "Views that count not measured" in shown
    assert staff().get(reverse("staff_clip_tracking", args=[clip.id + 99])).status_code == 404


def test_a_clip_is_found_by_its_number_its_video_and_its_link():
    clip = an_approved_clip(a_campaign(), video_id="7012345678901234567")
    there = reverse("staff_clip_tracking", args=[clip.id])

    for known in (str(clip.id), clip.video_id, "https://www.tiktok.com/@ben/video/7012345678901234567?lang=en"):
        answer = staff().get(reverse("staff_tracking"), {"clip": known})
        assert (answer.status_code, answer["Location"]) == (302, there)
    missed = staff().get(reverse("staff_tracking"), {"clip": "https://example.com/x"})
    assert missed.status_code == 422
    assert "No clip here has this number or this link." in text(missed)


def a_wrong_canary() -> tuple[Canary, VendorCall]:
    """A canary that should have shown 50,000 views, and a call in which it had 7."""
    now = clock.now()
    canary = Canary.objects.create(
        platform="tiktok",
        video_id="7000000000000099999",
        url="https://www.tiktok.com/@old/video/7000000000000099999",
        views=50_000,
        known_at=now,
        added_because="its count has not moved for a year",
        added_at=now,
    )
    call = a_call(now, canary_ids=[canary.id], quarantined_at=now)
    CanaryReading.objects.create(
        canary=canary, call=call, outcome="measured", views=7, fewest=49_700, most=50_300, verdict="wrong", read_at=now
    )
    return canary, call


def test_a_call_that_is_not_believed_is_shown_with_what_its_canary_should_have_said():
    _, call = a_wrong_canary()

    shown = page()

    assert "1 call is not believed" in shown
    assert "49,700 to 50,300" in shown
    assert "Wrong 49,700 to 50,300 was right" in shown
    of_the_call = page("staff_call", call.id)
    assert "In quarantine: nothing of it is believed" in of_the_call
    assert "Showed 7 Right would be 49,700 to 50,300" in of_the_call
    assert [line["state"] for line in lines("staff_calls_csv", state="quarantined")] == ["quarantined"]


def test_a_quarantine_is_ended_with_a_reason_and_its_clips_are_read_again():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    TrackedClip.objects.update(due_at=clock.now() + timedelta(days=7))
    _, call = a_wrong_canary()
    VendorCall.objects.filter(id=call.id).update(clip_ids=[clip.id])

    said = text(staff().post(reverse("call_clear", args=[call.id]), WHY, follow=True))

    assert "The quarantine is over. 1 clip is read within some minutes." in said
    assert "Dot ended a quarantine" in said
    assert "is not believed" not in said
    assert "One of the staff ended it" in page("staff_call", call.id)


def test_canaries_are_added_and_retired_by_hand():
    new = {"url": "https://www.tiktok.com/@old/video/7000000000000012345", "views": "50000", "growth_per_day": "0"}
    client = staff()

    added = text(client.post(reverse("canary_add"), {**new, "why": "It stands still"}, follow=True))
    canary = Canary.objects.get()
    retired = text(client.post(reverse("canary_retire", args=[canary.id]), WHY, follow=True))

    assert "It rides along from the next call on." in added
    assert "7000000000000012345" in added
    assert "It rides no more." in retired
    assert "No canary rides" in retired


@pytest.mark.parametrize(
    ("change", "said"), [({"url": "https://example.com/x"}, "Link of the video"), ({"views": "-1"}, "Views it has")]
)
def test_a_canary_that_is_none_is_refused_beside_its_field(change, said):
    new = {"url": "https://www.tiktok.com/@old/video/7000000000000012345", "views": "5", "growth_per_day": "0"}

    answer = staff().post(reverse("canary_add"), {**new, "why": "It stands still", **change})

    assert answer.status_code == 422
    assert said in text(answer)
    assert not Canary.objects.exists()


def test_budgets_are_told_in_the_vendors_own_unit():
    VendorPrice.objects.create(vendor="apify", price=14.5, spent=1_500_000, budget=20_000_000, counted_at=clock.now())
    VendorPrice.objects.create(
        vendor="youtube", price=1, spent=9_000, budget=9_000, used_up_until=clock.now() + timedelta(hours=3)
    )

    shown = page()

    assert "$1.5000 Apify today, of $20.0000" in shown
    assert "A reading must be worth 14.50 $·h." in shown
    assert "9,000 units YouTube today, of 9,000" in shown
    assert "Used up: nothing is polled until" in shown
