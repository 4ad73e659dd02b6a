"""The pages of creators and reviewers, with JavaScript and without."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.models import Campaign
from cliphaven.clips import queries
from cliphaven.clips.models import Channel, Clip
from cliphaven.identity.models import User
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, ben, mallory
from tests.rooms.clips.outside import an_account, proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
HTMX = {"HX-Request": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_waiting_clip() -> Clip:
    clip = an_approved_clip(a_campaign())
    Clip.objects.update(state="pending", decided_at=None)
    return clip


def cleo() -> User:
    adas_organisation()
    return a_user("Cleo")


def test_a_creator_sees_the_open_campaigns_and_submits_a_link(world):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())
    client = signed_in(ben())

    assert campaign.title in client.get(reverse("clip_submit")).content.decode()
    answer = client.post(reverse("clip_submit"), {"campaign": campaign.id, "links": account.post()["url"]})

    assert answer.status_code == 200
    assert reverse("clip", args=[Clip.objects.get().id]) in answer.content.decode()


def paused_as_soon_as_a_clip_is_in(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
    """Ada pauses the only campaign between the clip that comes in and the page that says so."""
    result = execute(sql, *others)
    if sql.startswith('INSERT INTO "clips_clip"'):
        Campaign.objects.update(state="paused")
    return result


def test_a_campaign_that_was_chosen_beforehand_comes_first_and_the_others_are_folded_away():
    other, chosen = a_campaign(), a_campaign()

    page = signed_in(ben()).get(reverse("clip_submit"), {"campaign": chosen.id}).content.decode()

    first, folded = page.split("Another campaign")
    assert f'value="{chosen.id}" required checked' in first
    assert f'value="{other.id}" required>' in folded
    assert f'value="{chosen.id}"' not in folded


def test_a_campaign_that_is_not_open_is_not_chosen_and_all_others_are_shown():
    campaign = a_campaign()

    page = signed_in(ben()).get(reverse("clip_submit"), {"campaign": campaign.id + 1}).content.decode()

    assert f'value="{campaign.id}" required>' in page
    assert "Another campaign" not in page


def test_a_clip_that_came_in_is_shown_though_no_campaign_is_open_any_more(world):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())
    client = signed_in(ben())

    with connection.execute_wrapper(paused_as_soon_as_a_clip_is_in):
        answer = client.post(reverse("clip_submit"), {"campaign": campaign.id, "links": account.post()["url"]})

    page = answer.content.decode()
    assert "No campaign is open now" in page
    assert reverse("clip", args=[Clip.objects.get().id]) in page


def test_a_submission_that_came_too_late_says_so_though_no_campaign_is_open_any_more():
    campaign = a_campaign()
    Campaign.objects.update(state="paused")
    answer = signed_in(ben()).post(reverse("clip_submit"), {"campaign": campaign.id, "links": "x"})

    assert answer.status_code == 422
    assert "This campaign takes no clips now" in answer.content.decode()


def test_htmx_gets_the_results_alone():
    answer = signed_in(ben()).post(
        reverse("clip_submit"), {"campaign": a_campaign().id, "links": "nothing"}, headers=HTMX
    )

    assert answer.status_code == 200
    assert "Not accepted" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_submission_without_a_campaign_says_so():
    a_campaign()
    answer = signed_in(ben()).post(reverse("clip_submit"), {"links": "x"})

    assert answer.status_code == 422
    assert "Choose a campaign first" in answer.content.decode()


def test_a_submission_without_a_link_says_so():
    answer = signed_in(ben()).post(reverse("clip_submit"), {"campaign": a_campaign().id, "links": " "})

    assert "Paste at least one link." in answer.content.decode()


def field_of_links(page: str) -> str:
    """What stands in the field after the answer."""
    [inside] = re.findall(r'<textarea name="links".*?>(.*?)</textarea>', page, re.DOTALL)
    return str(inside).strip()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_links_that_were_left_out_stay_in_the_field_for_the_next_submission(world, headers):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())
    lines = [account.post()["url"], *(f"nonsense {number}" for number in range(50))]

    page = signed_in(ben()).post(
        reverse("clip_submit"), {"campaign": campaign.id, "links": "\n".join(lines)}, headers=headers
    )

    assert field_of_links(page.content.decode()) == lines[50]
    assert "1 link was left out" in page.content.decode()


def test_ten_thousand_lines_are_answered_shortly_and_none_is_lost():
    lines = [f"line {number}" for number in range(10_000)]
    answer = signed_in(ben()).post(
        reverse("clip_submit"), {"campaign": a_campaign().id, "links": "\n".join(lines)}, headers=HTMX
    )

    page = answer.content.decode()
    assert "9,950 links were left out" in page
    assert page.count("Not accepted") == 50
    assert field_of_links(page).split("\n") == lines[50:]


@pytest.mark.parametrize("act", ["check", "submit"])
def test_a_text_that_is_too_long_is_refused_in_words_and_stays(act):
    text = "x" * 120_001
    answer = signed_in(ben()).post(reverse("clip_submit"), {"campaign": a_campaign().id, "links": text, "act": act})

    page = answer.content.decode()
    assert (answer.status_code, "Paste up to fifty at a time" in page) == (422, True)
    assert field_of_links(page) == text


def test_ten_thousand_lines_are_too_many_to_check_and_the_page_says_how_many_are_not():
    answer = signed_in(ben()).post(
        reverse("clip_submit"),
        {"campaign": a_campaign().id, "links": "\n".join(["x"] * 10_000), "act": "check"},
        headers=HTMX,
    )

    assert answer.status_code == 422
    assert "Check 50 links at a time: these are 10,000." in answer.content.decode()


def test_a_link_whose_platform_did_not_answer_stays_in_the_field(world):
    world.fault("links", "error_500", method="HEAD", times=5)
    world.fault("links", "error_500", method="GET", times=5)
    link = "https://vm.tiktok.com/ZGoneGone/"

    answer = signed_in(ben()).post(
        reverse("clip_submit"), {"campaign": a_campaign().id, "links": f"{link}\nnonsense"}, headers=HTMX
    )

    assert field_of_links(answer.content.decode()) == link


def test_a_text_of_nothing_that_can_be_seen_is_no_link():
    answer = signed_in(ben()).post(reverse("clip_submit"), {"campaign": a_campaign().id, "links": "\u200b\n\u2060"})

    assert answer.status_code == 422
    assert "Paste at least one link." in answer.content.decode()


@pytest.mark.parametrize(
    "line",
    [
        "javascript:alert(1)",
        "\u202ehttps://moc.kotkit.www/\u0645\u0631\u062d\u0628\u0627",
        "https://youtu.be/\U0001f3ac",
        "https://y\u043eutu.be/18NGQq7p3LY",
        "https://me:word@youtu.be:8443/18NGQq7p3LY",
        "' OR 1=1--",
        "=HYPERLINK(1)",
        "{{7*7}}",
        "\u0300" * 2_000,
    ],
)
def test_garbage_is_told_line_by_line_as_text_and_as_no_link(line):
    answer = signed_in(ben()).post(reverse("clip_submit"), {"campaign": a_campaign().id, "links": line}, headers=HTMX)

    page = answer.content.decode()
    assert (answer.status_code, page.count("Not accepted"), "<a " in page) == (200, 1, False)


def test_a_link_with_markup_is_shown_as_text():
    answer = signed_in(ben()).post(
        reverse("clip_submit"), {"campaign": a_campaign().id, "links": "<script>alert(1)</script>"}
    )

    assert "<script>alert(1)" not in answer.content.decode()


def test_a_creator_adds_a_channel_and_sees_its_code():
    client = signed_in(ben())
    answer = client.post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runs"}, follow=True)

    assert Channel.objects.get().code in answer.content.decode()


def test_a_channel_that_cannot_be_read_is_explained_beside_the_field():
    answer = signed_in(ben()).post(reverse("channel_add"), {"platform": "tiktok", "profile": "ben runs"})

    assert answer.status_code == 422
    assert "paste the address of your profile" in answer.content.decode()


def a_channel_of_bens(**facts: object) -> str:
    """The channels page of Ben, who has one channel that still waits for proof."""
    client = signed_in(ben())
    client.post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runs"})
    Channel.objects.update(**facts)
    return client.get(reverse("channels")).content.decode()


def test_a_code_that_has_expired_is_not_shown_but_replaced():
    page = a_channel_of_bens(code="OLDCODE234", code_expires_at=MONDAY - timedelta(days=365))

    assert ("OLDCODE234" in page, "Get a new code" in page) == (False, True)


def test_without_tries_no_check_is_offered():
    page = a_channel_of_bens(failed_tries=10)

    assert ("Check now" in page, "No tries are left" in page) == (False, True)


def test_what_an_earlier_look_found_is_not_shown_while_the_next_is_under_way():
    page = a_channel_of_bens(state="checking", last_outcome="code_absent", bio_read="just runs")

    assert "just runs" not in page


def test_asking_for_a_check_shows_that_it_is_under_way():
    client = signed_in(ben())
    client.post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runs"})
    answer = client.post(reverse("channel_check", args=[Channel.objects.get().id]), follow=True)

    assert "Checking" in answer.content.decode()


def test_a_channel_of_somebody_else_is_not_found():
    signed_in(ben()).post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runs"})

    answer = signed_in(mallory()).post(reverse("channel_check", args=[Channel.objects.get().id]))

    assert answer.status_code == 404


def test_a_mistyped_channel_is_taken_off_the_list():
    client = signed_in(ben())
    client.post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runz"})
    page = client.post(reverse("channel_remove", args=[Channel.objects.get().id]), follow=True).content.decode()

    assert ("@ben.runz is no longer on your list." in page, "No channel yet" in page) == (True, True)
    assert not Channel.objects.exists()


def test_a_proved_channel_stays_because_clips_hang_on_it():
    client = signed_in(ben())
    client.post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runs"})
    Channel.objects.update(state="verified", author_id="77")
    page = client.post(reverse("channel_remove", args=[Channel.objects.get().id]), follow=True).content.decode()

    assert "@ben.runs is already yours." in page
    assert Channel.objects.count() == 1


def test_a_channel_of_somebody_else_cannot_be_removed():
    signed_in(ben()).post(reverse("channel_add"), {"platform": "tiktok", "profile": "@ben.runs"})

    answer = signed_in(mallory()).post(reverse("channel_remove", args=[Channel.objects.get().id]))

    assert (answer.status_code, Channel.objects.count()) == (404, 1)


def test_a_reviewer_approves_and_the_row_says_so():
    clip = a_waiting_clip()
    answer = signed_in(cleo()).post(reverse("clip_approve", args=[clip.id]), headers=HTMX)

    clip.refresh_from_db()
    assert (answer.status_code, clip.state) == (200, "approved")
    assert "Approved" in answer.content.decode()


def test_without_javascript_the_reviewer_returns_to_the_queue():
    clip = a_waiting_clip()
    answer = signed_in(cleo()).post(reverse("clip_approve", args=[clip.id]))

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("review_queue"))


def test_a_rejection_without_a_note_is_answered_in_the_row():
    clip = a_waiting_clip()
    answer = signed_in(cleo()).post(reverse("clip_reject", args=[clip.id]), {"code": "off_brief"}, headers=HTMX)

    clip.refresh_from_db()
    assert (answer.status_code, clip.state) == (422, "pending")
    assert "say what to change" in answer.content.decode()


def test_a_rejection_that_is_refused_keeps_what_was_typed():
    clip = a_waiting_clip()
    order = {"code": "made_up", "note": "Show the sole", "outcome": "rejected"}
    answer = signed_in(cleo()).post(reverse("clip_reject", args=[clip.id]), order, headers=HTMX).content.decode()

    assert ">Show the sole</textarea>" in answer
    assert '<option value="rejected" selected>' in answer


def test_asking_for_a_fix_keeps_the_note():
    clip = a_waiting_clip()
    order = {"code": "off_brief", "note": "Show the sole", "outcome": "needs_fix"}
    signed_in(cleo()).post(reverse("clip_reject", args=[clip.id]), order)

    clip.refresh_from_db()
    assert (clip.state, clip.decision_note) == ("needs_fix", "Show the sole")


def test_the_last_refusal_offers_neither_reviewer_nor_creator_another_fix():
    clip = a_waiting_clip()
    Clip.objects.update(fixes=3)
    queue = signed_in(cleo()).get(reverse("review_queue")).content.decode()
    Clip.objects.update(state="rejected", decision_code="off_brief")
    page = signed_in(ben()).get(reverse("clip", args=[clip.id])).content.decode()

    assert ("Ask for a fix" in queue, "Send again" in page) == (False, False)


def test_the_queue_lists_what_waits():
    clip = a_waiting_clip()

    assert f'id="clip-{clip.id}"' in signed_in(cleo()).get(reverse("review_queue")).content.decode()


def test_the_queue_says_how_many_more_wait_and_leads_to_them(monkeypatch):
    monkeypatch.setattr(queries, "REVIEWS_SHOWN_MAX", 1)
    first, second = a_waiting_clip(), a_waiting_clip()
    client = signed_in(cleo())
    page = client.get(reverse("review_queue"))

    assert "2 clips wait. These are the 1 most urgent" in page.content.decode()
    rest = client.get(reverse("review_queue") + page.context["next_url"]).content.decode()
    assert (f'id="clip-{first.id}"' in rest, f'id="clip-{second.id}"' in rest) == (False, True)


def test_a_page_of_the_queue_that_is_decided_meanwhile_leads_back_to_its_start():
    clip = a_waiting_clip()
    place = queries.QueuePlace(auto_approves_at=clip.auto_approves_at, clip_id=clip.id)
    answer = signed_in(cleo()).get(reverse("review_queue"), {"after": str(place)})

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("review_queue"))


def test_a_creator_cannot_open_the_queue():
    assert signed_in(ben()).get(reverse("review_queue")).status_code == 404


def test_a_creator_sends_a_clip_again():
    clip = a_waiting_clip()
    Clip.objects.update(state="needs_fix", decision_code="off_brief")
    answer = signed_in(ben()).post(reverse("clip_resubmit", args=[clip.id]), {"note": "Done"})

    clip.refresh_from_db()
    assert (answer.status_code, clip.state, clip.fix_note) == (302, "pending", "Done")


@pytest.mark.parametrize("name", ["clip_submit", "channels", "review_queue"])
def test_strangers_are_sent_to_sign_in(name):
    answer = Client().get(reverse(name))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("sign_in"))
