"""One's own money, and several accounts of one owner: noted at the door, heard at judgements, and held when live."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cliphaven.campaigns.models import Campaign
from cliphaven.config.visits import DEVICE_COOKIE
from cliphaven.earnings.models import Hold
from cliphaven.fraud.models import Assessment, ClipRisk, RiskCase, Trait, TraitKind
from cliphaven.fraud.operations import appeals, assessing, cases, comparing, traits
from cliphaven.fraud.queries import links, previews
from cliphaven.fraud.queries.policies import in_force
from cliphaven.identity.models import Invitation, Membership, Role, User
from tests.people import (
    MONDAY,
    PASSWORD,
    a_channel,
    a_user,
    adas_organisation,
    an_approved_clip,
    ben,
    dot,
    mallory,
    seen,
)
from tests.rooms.earnings.earners import a_plain_campaign, money_of
from tests.rooms.fraud.doubts import BOUGHT, CALM, HOUR, NET_OF_CALM, a_policy, broken, judged, live
from tests.rooms.fraud.test_in_step import HOURS, watched, waves

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SUBSCRIBER = "8.8.4.4"
LINK = "https://www.tiktok.com/@ben/video/7100000000000000001"


def signs_in(user: User, browser: Client, *, address: str = "127.0.0.1", forwarded: str = "") -> None:
    """By the form of the door, with a password."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = browser.post(
        reverse("sign_in_password"),
        {"email": user.email, "password": PASSWORD},
        headers=headers,
        REMOTE_ADDR=address,
    )
    assert answer.status_code == 302
    browser.post(reverse("sign_out"))


def shares(what: str, *people: User, kind: TraitKind = TraitKind.PAYOUT_ACCOUNT, at=MONDAY) -> None:
    for person in people:
        with transaction.atomic():
            traits.note(user_id=person.id, kind=kind, what=what, now=at)


def kinds_of(user: User) -> list[str]:
    return sorted(Trait.objects.filter(user=user).values_list("kind", flat=True))


def signals_of(clip) -> list[str]:
    latest = Assessment.objects.filter(clip=clip).order_by("-id").first()
    return [] if latest is None else [reason["signal"] for reason in latest.reasons]


def test_whoever_signs_in_is_noted_by_browser_mailbox_and_address_and_as_digests_alone():
    browser = Client()
    signs_in(ben(), browser, address=SUBSCRIBER)

    cookie = browser.cookies[DEVICE_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert kinds_of(ben()) == ["device", "ip", "mailbox"]
    kept = b"".join(bytes(trait.digest) for trait in Trait.objects.all())
    assert all(said.encode() not in kept for said in (SUBSCRIBER, cookie.value, "ben"))


def test_an_address_that_is_not_public_is_not_noted_and_the_staff_never_is():
    signs_in(ben(), Client(), address="10.0.0.7")
    signs_in(dot(), Client(), address=SUBSCRIBER)

    assert kinds_of(ben()) == ["device", "mailbox"]
    assert kinds_of(dot()) == []


def test_who_was_refused_at_the_door_is_not_noted():
    Client().post(reverse("sign_in_password"), {"email": ben().email, "password": "another one"})

    assert not Trait.objects.exists()


def test_behind_proxies_the_address_is_the_one_that_the_outermost_of_them_heard(settings):
    settings.PROXIES = 2
    signs_in(ben(), Client(), forwarded=f"9.9.9.9, {SUBSCRIBER}, 10.0.0.1")
    signs_in(mallory(), Client(), forwarded=f"{SUBSCRIBER}, 10.0.0.1")
    signs_in(a_user("Gus"), Client(), forwarded=SUBSCRIBER)

    assert links.linked_people(ben().id) == {mallory().id: ["ip"]}
    assert "ip" not in kinds_of(a_user("Gus"))


def test_a_cookie_that_is_not_ours_is_replaced():
    browser = Client()
    browser.cookies[DEVICE_COOKIE] = "mine"
    signs_in(ben(), browser)

    assert len(browser.cookies[DEVICE_COOKIE].value) == 43


def test_who_submits_by_a_page_is_noted_too():
    campaign, browser = a_plain_campaign(), Client()
    a_channel(ben())
    browser.force_login(ben())
    form = {"campaign": campaign.id, "links": LINK, "request_key": "key-1234", "act": "submit"}
    browser.post(reverse("clip_submit"), form, REMOTE_ADDR=SUBSCRIBER)

    assert kinds_of(ben()) == ["device", "ip", "mailbox"]


def test_who_submits_by_a_program_is_noted_without_a_device():
    campaign, program = a_plain_campaign(), Client()
    a_channel(ben())
    way_in = {"email": ben().email, "password": PASSWORD, "program": "Clip robot"}
    told = program.post("/api/v1/auth/password", way_in, content_type="application/json").json()
    answer = program.post(
        "/api/v1/clips",
        {"campaign": campaign.id, "urls": [LINK]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {told['access_token']}", "Idempotency-Key": "key-1234"},
        REMOTE_ADDR=SUBSCRIBER,
    )

    assert answer.status_code == 200
    assert DEVICE_COOKIE not in program.cookies
    assert kinds_of(ben()) == ["ip", "mailbox"]


def test_devices_and_addresses_are_forgotten_after_ninety_days_and_bank_accounts_are_not():
    signs_in(ben(), Client(), address=SUBSCRIBER)
    shares("one", ben())
    last = Trait.objects.latest("last_seen_at").last_seen_at

    assert traits.forget_old(now=last + traits.KEPT) == 0
    assert traits.forget_old(now=last + traits.KEPT + HOUR) == 2
    assert kinds_of(ben()) == ["mailbox", "payout_account"]


def test_a_sponsor_who_submits_under_another_name_from_the_same_browser_is_told_and_in_shadow_holds_nothing():
    a_policy(modes={})
    adas_organisation()
    browser = Client()
    signs_in(a_user("Ada"), browser)
    signs_in(ben(), browser)
    clip = an_approved_clip(a_plain_campaign())

    live(clip, CALM)

    case = RiskCase.objects.get()
    assert (case.effect, case.clip_id, case.onset_observation_id) == ("shadow", clip.id, 0)
    assert [(reason["signal"], reason["sentence"]) for reason in case.because.reasons] == [
        ("self_dealing", "The creator used the same device as a member of the sponsor who pays for this clip.")
    ]
    assert money_of() == {"clearing": NET_OF_CALM}


def test_once_live_it_holds_what_the_clip_earns_with_a_date_and_an_appeal_and_other_clips_earn():
    a_policy(modes={"self_dealing": "live"})
    campaign = a_plain_campaign()
    shares("one", ben(), a_user("Cleo"))
    doubted, other = an_approved_clip(campaign), an_approved_clip(campaign, creator=mallory())

    now = live(doubted, CALM)
    live(other, CALM)

    assert money_of() == {"held": NET_OF_CALM}
    assert not Hold.objects.filter(accrual__clip=other).exists()
    hold, case = Hold.objects.order_by("id")[0], RiskCase.objects.get()
    assert hold.releases_at == hold.placed_at + 7 * DAY
    assert "paid to the same bank account as a member of the sponsor" in hold.note
    appeals.appeal(
        case_id=case.id,
        creator_id=ben().id,
        text="My sister works there.",
        upload=None,
        request_key="appeal-1",
        now=now,
    )
    appeal_id = case.appeals.get().id
    appeals.decide_appeal(
        appeal_id=appeal_id, is_granted=True, staff_id=dot().id, note="True.", request_key="answer-1", now=now
    )
    judged(at=now + HOUR)
    live(doubted, (1_100,), begins_at=now)

    # What was answered is not raised again.
    assert money_of() == {"clearing": 1_100 - 110}
    assert RiskCase.objects.count() == 1
    assert broken() == []


@pytest.mark.parametrize("has_left", [False, True])
def test_a_creator_who_belongs_or_belonged_to_the_sponsor_is_told(has_left):
    a_policy(modes={})
    organisation = adas_organisation()
    Invitation.objects.create(
        organisation=organisation,
        email=ben().email,
        role=Role.REVIEWER,
        token_sha256=b"t" * 32,
        invited_by=a_user("Ada"),
        invited_at=MONDAY,
        expires_at=MONDAY + DAY,
        accepted_by=ben(),
        accepted_at=MONDAY,
    )
    if not has_left:
        Membership.objects.create(organisation=organisation, user=ben(), role=Role.REVIEWER)
    clip = an_approved_clip(a_plain_campaign())

    live(clip, CALM)

    [reason] = RiskCase.objects.get().because.reasons
    assert reason["sentence"] == "The creator belongs or belonged to the organisation that pays for this clip."


def test_a_preview_says_whom_and_how_much_a_signal_about_people_would_hold():
    a_policy(modes={})
    shares("one", ben(), a_user("Cleo"))
    adas_organisation()
    campaign = a_plain_campaign()
    now = live(an_approved_clip(campaign), CALM)
    live(an_approved_clip(campaign, creator=mallory()), CALM)
    draft = replace(in_force().version.draft, modes={"self_dealing": "live"})

    found = previews.policy_preview(draft=draft, peer_table_id=in_force().version.peer_table_id, now=now)

    assert (found.held_now.clips, found.newly_held.clips, found.newly_held.creators) == (0, 1, 1)
    assert found.newly_held.money_minor == {"USD": CALM[-1]}


def test_another_sponsor_s_member_may_earn():
    a_policy(modes={})
    adas_organisation()
    signs_in(a_user("Eve"), browser := Client())
    signs_in(ben(), browser)
    live(an_approved_clip(a_plain_campaign()), CALM)

    assert not RiskCase.objects.exists()


def test_three_accounts_that_are_paid_to_one_bank_account_are_told_and_two_are_not():
    a_policy(modes={})
    campaign = a_plain_campaign()
    gus = a_user("Gus")
    shares("one", ben(), mallory())
    clip = an_approved_clip(campaign, creator=gus)
    live(clip, CALM)
    shares("one", gus)
    pair = an_approved_clip(campaign, creator=a_user("Hal"))
    shares("two", a_user("Hal"), a_user("Ida"))

    live(clip, (1_100,), begins_at=MONDAY + 10 * HOUR)
    live(pair, CALM)

    assert signals_of(clip) == ["ring"]
    assert signals_of(pair) == []
    assert RiskCase.objects.get().because.reasons[0]["sentence"] == (
        "3 accounts, this one among them, are paid to one bank account."
    )


def test_what_a_household_shares_opens_no_case_by_itself():
    a_policy(modes={}, hold_from_milli=3_100)
    shares("a tablet", ben(), mallory(), a_user("Gus"), kind=TraitKind.DEVICE)
    shares("at home", ben(), mallory(), a_user("Gus"), kind=TraitKind.IP)
    live(an_approved_clip(a_plain_campaign()), CALM)

    assert not RiskCase.objects.exists()
    assert ClipRisk.objects.get().shadow_milli == 2_500


def test_devices_are_followed_from_one_to_the_next_and_addresses_are_not():
    shares("phone", ben(), mallory(), kind=TraitKind.DEVICE)
    shares("bank", mallory(), a_user("Gus"))
    shares("cafe", a_user("Gus"), a_user("Hal"), kind=TraitKind.IP)
    shares("home", ben(), a_user("Ida"), kind=TraitKind.IP)
    shares("tram", a_user("Ida"), a_user("Jon"), kind=TraitKind.IP)
    shares("bike", a_user("Ida"), a_user("Kim"))

    assert sorted(links.linked_people(ben().id)) == sorted(
        user.id for user in (mallory(), a_user("Gus"), a_user("Ida"))
    )


def test_a_crowd_is_no_step_to_anybody():
    crowd = [a_user(f"Person{number}") for number in range(8)]
    shares("a shop's tablet", ben(), *crowd, kind=TraitKind.DEVICE)
    shares("bank", crowd[0], mallory())

    assert links.linked_people(ben().id) == {}


def test_three_creators_in_step_are_a_ring_that_their_clips_tell():
    a_policy(modes={"lockstep": "shadow"})
    campaign: Campaign = a_plain_campaign()
    clips = [an_approved_clip(campaign, creator=a_user(name)) for name in ("Ivy", "Jon", "Kim", "Lea")]
    for clip, seed in zip(clips, (1, 1, 1, 2), strict=True):
        watched(clip, waves(seed))
    now = MONDAY + HOURS * HOUR
    assessing.assess_all(now=now)
    comparing.compare_all(now=now)
    for clip in clips:
        seen(clip, 150_000, at=now)
    assessing.assess_all(now=now)

    found = {risk.clip_id: risk.in_step for risk in ClipRisk.objects.all()}
    assert [(found[clip.id] or {}).get("evidence", {}).get("ring") for clip in clips] == [3, 3, 3, None]
    assert found[clips[0].id]["strength"] == 4.0
    reason = Assessment.objects.filter(clip=clips[0]).latest("id").reasons[0]
    assert reason["sentence"].endswith("Those of 3 creators all agree this closely.")


def test_however_many_cases_ended_the_database_is_asked_as_often():
    a_policy()
    campaign = a_plain_campaign()
    clips = [an_approved_clip(campaign, creator=a_user(f"Person{number}")) for number in range(4)]
    for clip in clips:
        now = live(clip, CALM + BOUGHT)
    asked = []
    for ended, case in enumerate(RiskCase.objects.order_by("id"), 1):
        cases.release(case_id=case.id, staff_id=dot().id, note="Fine.", request_key=f"release-{case.id}", now=now)
        judged(at=now)
        now += HOUR
        for clip in clips[:ended]:
            seen(clip, 5_060 + ended, at=now)
        with CaptureQueriesContext(connection) as questions:
            assert assessing.assess_all(now=now) == ended
        asked.append(len(questions))

    assert len(asked) == 4
    assert len(set(asked)) == 1
