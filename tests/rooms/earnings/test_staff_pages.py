"""What staff see of held and doubtful earnings, and what they can do: release, extend, hold, void and claw back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.models import Campaign
from cliphaven.earnings import operations
from cliphaven.earnings.models import Accrual, EarningAct, EarningReversal, Hold
from cliphaven.earnings.operations import holding
from cliphaven.earnings.queries import held_cases, holds
from cliphaven.notifications.models import Message
from cliphaven.tracking.models import TrackedClip
from tests.people import MONDAY, a_user, an_approved_clip, ben, dot, seen
from tests.rooms.earnings.earners import (
    LATER,
    a_plain_campaign,
    broken,
    cleared,
    earned,
    money_of,
    reserved,
    stage_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later")]

KEY = "the-form-that-was-shown"
FORTNIGHT = LATER + timedelta(days=14)


def staff() -> Client:
    client = Client()
    client.force_login(dot())
    return client


def text(answer: HttpResponse) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def page(name: str, *args: object, query: str = "") -> str:
    answer = staff().get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return text(answer)


def hold(accrual: Accrual, *, reason: str = "suspicious_views", until=FORTNIGHT) -> Hold:
    holding.hold_earnings(
        clip_id=accrual.clip_id,
        accrual_ids=[accrual.id],
        reason=reason,
        note="Many came in one hour.",
        actor=f"user:{dot().id}",
        releases_at=until,
        now=LATER,
    )
    return Hold.objects.get(accrual=accrual, ended_at=None)


def a_clip_with_two_entries() -> tuple[Accrual, Accrual]:
    """900 and 1,800 of one clip, both in their hold period."""
    first = earned(1_000, at=LATER)
    seen(first.clip, 3_000, at=LATER + timedelta(hours=1))
    operations.accrue_campaign(campaign_id=first.campaign_id, now=LATER + timedelta(hours=1))
    return first, Accrual.objects.get(clip=first.clip, number=2)


def done(name: str, clip_id: int, **fields: object) -> str:
    """What is said after a form was sent."""
    answer = staff().post(reverse(name, args=[clip_id]), {"request_key": KEY, **fields}, follow=True)
    return text(answer)


def test_what_is_held_is_listed_with_whose_it_is_why_since_when_and_until_when():
    accrual = earned(1_000, at=LATER)
    hold(accrual)
    TrackedClip.objects.filter(clip=accrual.clip_id).update(views_settled=300)

    shown = page("staff_holds")

    for words in (
        f"Clip {accrual.clip_id}",
        "Ben",
        accrual.campaign.title,
        "The views do not look like people watching",
        "1,000 counted, 300 stand",
        "70% fewer",
        "Tue 10 Nov 2026",
        "Tue 24 Nov 2026",
        "$9.00",
    ):
        assert words in shown


def test_a_page_without_holds_says_what_to_do():
    assert "Nothing is held" in page("staff_holds")


def test_the_list_goes_on_where_it_ended(monkeypatch):
    monkeypatch.setattr(holds, "CASES_SHOWN", 2)
    campaign = a_plain_campaign()
    for day in (3, 1, 2, 2):
        hold(earned(1_000, campaign=campaign, at=LATER), until=LATER + timedelta(days=day))

    first = held_cases()
    second = held_cases(after=first.next_after)

    ends = [[(case.releases_at - LATER).days for case in found.cases] for found in (first, second)]
    assert ends == [[1, 2], [2, 3]]
    assert second.next_after == ""
    assert len({case.clip_id for found in (first, second) for case in found.cases}) == 4


@pytest.mark.parametrize("place", ["x", "1-2", "1-2-because", "-1-2-disputed", f"{'9' * 30}-1-disputed", "1--disputed"])
def test_a_place_that_is_none_is_where_the_list_begins(place):
    hold(earned(1_000, at=LATER))

    assert len(held_cases(after=place).cases) == 1


def test_one_clips_holds_for_one_reason_are_one_case():
    first, second = a_clip_with_two_entries()
    hold(first, until=LATER + timedelta(days=5))
    hold(second)

    [case] = held_cases().cases

    assert (case.amount_minor, len(case.hold_ids)) == (2_700, 2)
    assert (case.releases_at, case.last_releases_at) == (LATER + timedelta(days=5), FORTNIGHT)


def test_a_clip_is_found_by_its_number():
    accrual = earned(1_000, at=LATER)
    answer = staff().get(reverse("staff_holds"), {"clip": str(accrual.clip_id)})
    assert answer.headers["Location"] == reverse("staff_clip_money", args=[accrual.clip_id])

    nowhere = staff().get(reverse("staff_holds"), {"clip": "987654"}, follow=True)
    assert "There is no clip 987654" in text(nowhere)


def test_the_staff_lets_money_go_and_the_creator_is_told():
    accrual = earned(1_000, at=LATER)
    held = hold(accrual)

    said = done("staff_clip_release", accrual.clip_id, holds=str(held.id), note="They are people.")

    assert "$9.00 is back where it was" in said
    assert "Dot: let go $9.00" in said
    assert (stage_of(accrual), Hold.objects.get().ended_by) == ("clearing", f"user:{dot().id}")
    assert Message.objects.filter(user=ben(), text__startswith="They are people.").count() == 1


def test_the_staff_keeps_money_longer():
    accrual = earned(1_000, at=LATER)
    held = hold(accrual)

    said = done("staff_clip_extend", accrual.clip_id, holds=str(held.id), note="Slow.", until="2026-12-01")

    assert "$9.00 is held until 01 December 2026" in said
    assert f"{Hold.objects.get().releases_at:%Y-%m-%d %H:%M}" == "2026-12-01 00:00"


def test_a_second_click_says_the_same_and_does_nothing():
    accrual = earned(1_000, at=LATER)
    held = hold(accrual)

    first, second = (
        done("staff_clip_release", accrual.clip_id, holds=str(held.id), note="They are people.") for _ in range(2)
    )

    assert "$9.00 is back where it was" in first
    assert "$9.00 is back where it was" in second
    assert EarningAct.objects.filter(deed="released").count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"note": ""}, "Say why"),
        ({"holds": "987654", "note": "Fine."}, "over already, or not there"),
        ({"holds": "x", "note": "Fine."}, "between one and 1,000 holds"),
    ],
    ids=str,
)
def test_what_cannot_be_let_go_is_refused_in_words(fields, sentence):
    held = hold(earned(1_000, at=LATER))

    assert sentence in done("staff_clip_release", held.accrual.clip_id, **{"holds": str(held.id), **fields})
    assert money_of() == {"held": 900}


def test_a_clips_money_names_the_readings_of_each_entry_and_its_places_in_the_books():
    first, second = a_clip_with_two_entries()
    held = hold(second)

    shown = page("staff_clip_money", first.clip_id)
    html = staff().get(reverse("staff_clip_money", args=[first.clip_id])).content.decode()

    assert f"#{first.to_observation_id} of" in shown
    assert f"#{second.from_observation_id} of" in shown
    assert "1,000 to 3,000" in shown
    for kind, name in (("accrual", second.name), ("hold", f"hold:{held.id}")):
        assert reverse("staff_entry", args=[kind, name]) in html
    assert "$27.00" in shown
    assert "$18.00 held: The views do not look like people watching" in shown


def test_a_clip_that_is_not_there_is_not_found():
    names = ("staff_clip_money", "staff_clip_hold", "staff_clip_reversal")

    assert {staff().get(reverse(name, args=[id_])).status_code for name in names for id_ in (987_654, 10**30)} == {404}


def test_a_clip_that_earned_nothing_offers_nothing():
    clip = an_approved_clip(a_plain_campaign())

    assert "Nothing earned yet" in page("staff_clip_money", clip.id)
    assert "Nothing of it can be held" in page("staff_clip_hold", clip.id)
    assert "Nothing of it can be reversed" in page("staff_clip_reversal", clip.id)


def test_the_staff_holds_what_was_ticked():
    first, second = a_clip_with_two_entries()
    asked = page("staff_clip_hold", first.clip_id, query=f"?entries={second.id}")
    assert "Hold $18.00" in asked

    said = done(
        "staff_clip_hold",
        first.clip_id,
        entries=str(second.id),
        reason="disputed",
        note="Somebody wrote to us.",
        until="2026-11-20",
    )

    assert "$18.00 is held until 20 November 2026" in said
    assert (stage_of(first), stage_of(second)) == ("clearing", "held")


def test_nothing_ticked_is_everything_that_is_free():
    first, _ = a_clip_with_two_entries()
    hold(first)

    assert "Hold $18.00" in page("staff_clip_hold", first.clip_id)
    assert "Void $27.00" in page("staff_clip_reversal", first.clip_id)


def test_a_hold_that_is_refused_keeps_what_was_typed():
    accrual = earned(1_000, at=LATER)
    answer = staff().post(
        reverse("staff_clip_hold", args=[accrual.clip_id]),
        {
            "request_key": KEY,
            "entries": str(accrual.id),
            "reason": "disputed",
            "note": "Kept words.",
            "until": "2027-11-20",
        },
    )

    assert answer.status_code == 422
    assert "60 days at most" in text(answer)
    assert "Kept words." in answer.content.decode()


SHOWN = {"voided": "0", "clawed_back": "0", "owed": "0"}


def reversed_(accrual: Accrual, **fields: object) -> HttpResponse:
    return staff().post(
        reverse("staff_clip_reversal", args=[accrual.clip_id]),
        {
            "request_key": KEY,
            "entries": str(accrual.id),
            "reason": "bought_views",
            "note": "They came from one place.",
            **SHOWN,
            **fields,
        },
        follow=True,
    )


def test_a_void_shows_what_it_takes_before_and_what_became_of_it_afterwards():
    accrual = earned(1_000, at=LATER)
    held = hold(accrual)
    [case] = held_cases().cases
    assert case.accrual_ids == (accrual.id,)
    asked = page("staff_clip_reversal", accrual.clip_id, query=f"?entries={accrual.id}")
    assert "Held of these entries, unpaid: voided $9.00" in asked
    assert "Our fee given back $1.00" in asked
    assert "To the campaign's budget $10.00" in asked.replace("&#x27;", "'")

    said = text(reversed_(accrual, voided="900"))

    assert "$9.00 is voided. The creator is told." in said
    assert "Dot: reversed $9.00" in said
    assert "$10.00 back to the campaign" in said
    assert (money_of(), Hold.objects.get(id=held.id).outcome) == ({}, "voided")
    assert broken() == {}


def a_paid_entry() -> Accrual:
    accrual = earned(1_000)
    cleared()
    reserved()
    return accrual


def test_paid_money_is_clawed_back_only_by_who_ticks_it():
    accrual = a_paid_entry()
    shown = {"clawed_back": "900", "owed": "900"}
    asked = page("staff_clip_reversal", accrual.clip_id)
    assert "1 of these entries is paid or on the way" in asked
    assert "The creator owes it kept back from what becomes payable next $9.00" in asked

    refused = reversed_(accrual, **shown)
    assert refused.status_code == 422
    assert "to take them back, say so" in text(refused)
    assert EarningReversal.objects.count() == 0

    assert "$9.00 is clawed back, $9.00 of it is owed" in text(reversed_(accrual, claw_back="on", **shown))
    assert money_of() == {"reserved": 900, "owed": 900}


def test_who_decided_on_something_else_is_shown_it_anew():
    accrual = a_paid_entry()

    refused = reversed_(accrual, claw_back="on", voided="900")
    html = refused.content.decode()

    assert refused.status_code == 422
    assert "has changed since you looked" in text(refused)
    # What is sent next is what is shown now; what was typed is kept.
    assert 'name="clawed_back" value="900"' in html
    assert 'name="voided" value="0"' in html
    assert "They came from one place." in html
    assert EarningReversal.objects.count() == 0


def test_a_reversal_without_a_note_is_asked_for_it():
    accrual = earned(1_000, at=LATER)

    assert reversed_(accrual, note="", voided="900").status_code == 422
    assert money_of() == {"clearing": 900}


def test_the_sponsor_of_a_closed_campaign_may_be_credited_by_two_people():
    accrual = earned(1_000, at=LATER)
    assert "Propose a credit" not in page("staff_clip_money", accrual.clip_id)
    Campaign.objects.filter(id=accrual.campaign_id).update(state="closed")

    html = staff().get(reverse("staff_clip_money", args=[accrual.clip_id])).content.decode()
    [address] = re.findall(r'href="([^"]*refers_to[^"]*)"', html)
    form = staff().get(unescape(address)).content.decode()

    assert f'value="campaign {accrual.campaign_id}, clip {accrual.clip_id}"' in form
    assert f'name="owner_id" value="{accrual.campaign.organisation_id}"' in form
    assert 'value="invalid_view_credit:invalid_view_reserve:sponsor_wallet" selected' in form


def test_a_creators_clips_are_listed_with_what_became_of_their_money():
    first, second = a_clip_with_two_entries()
    hold(second)
    reversed_(first, voided="900")

    shown = page("staff_creator_earnings", ben().id)

    assert f"Clip {first.clip_id}" in shown
    assert "$18.00 $18.00 $9.00" in shown  # counts, held of it, does not count


def test_a_creator_page_is_there_for_creators_only():
    assert staff().get(reverse("staff_creator_earnings", args=[dot().id])).status_code == 404
    assert "Nothing earned yet" in page("staff_creator_earnings", a_user("Mallory").id)


def test_the_pages_lead_to_each_other():
    accrual = earned(1_000, at=MONDAY)
    hold(accrual)
    money = reverse("staff_clip_money", args=[accrual.clip_id])
    client = staff()

    def leads(name: str, *args: object, to: str) -> bool:
        return f'"{to}"' in client.get(reverse(name, args=args)).content.decode()

    assert leads("staff_overview", to=reverse("staff_holds"))
    assert leads("staff_holds", to=money)
    assert leads("staff_creator_payouts", ben().id, to=reverse("staff_creator_earnings", args=[ben().id]))
    assert leads("staff_creator_earnings", ben().id, to=money)
    for kind, name in (("accrual", accrual.name), ("hold", f"hold:{Hold.objects.get().id}")):
        assert leads("staff_entry", kind, name, to=money)
