"""The platform says who made a clip; until it does, nothing is held against anybody."""

from datetime import datetime, timedelta
from itertools import count

import pytest

from cliphaven.campaigns.operations import versions
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.campaigns.rules.clip_rules import ClipRule
from cliphaven.clips import queries
from cliphaven.clips.models import Clip, Lookup
from cliphaven.clips.operations import channels, decisions, inspection, submission
from cliphaven.notifications.models import Message
from tests.people import a_campaign, a_user, adas_organisation, ben
from tests.rooms.clips.outside import Account, an_account, proved
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db


def submitted(account: Account, url: str) -> Clip:
    [result] = submission.submit_clips(
        creator_id=ben().id, campaign_id=a_campaign().id, text=url, now=account.world.now()
    )
    assert result.clip_id is not None, result.sentence
    return Clip.objects.get(id=result.clip_id)


def inspect_at(moment: datetime) -> inspection.Inspected:
    """An inspection during which no time passes."""
    return inspection.inspect_due(read_clock=lambda: moment)


def inspected(clip: Clip, world: SandboxWorld) -> Clip:
    inspect_at(world.now())
    clip.refresh_from_db()
    return clip


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_the_author_is_confirmed_by_the_unchanging_id(world, platform):
    account = an_account(world, platform=platform)
    channel = proved(account, ben(), at=world.now())
    clip = inspected(submitted(account, account.post()["url"]), world)

    assert (clip.author_checked_at, clip.channel, clip.state) == (world.now(), channel, "pending")
    assert (clip.caption, clip.posted_at is not None) == ("On the trail", True)


def test_a_clip_of_somebody_else_goes_back_with_a_reason(world):
    mine, theirs = an_account(world, platform="youtube"), an_account(world, platform="youtube")
    proved(mine, ben(), at=world.now())
    clip = inspected(submitted(mine, theirs.post()["url"]), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "not_your_channel")
    assert Message.objects.get(user=ben()).text.endswith("submit your own clip.")


def test_a_post_made_together_counts_for_the_co_author(world):
    mine, theirs = an_account(world, platform="instagram"), an_account(world, platform="instagram")
    channel = proved(mine, ben(), at=world.now())
    clip = inspected(submitted(mine, theirs.post(coauthors=[mine.handle])["url"]), world)

    assert (clip.author_checked_at, clip.channel) == (world.now(), channel)


def test_a_co_authors_handle_that_somebody_else_took_over_proves_nothing(world):
    mine, theirs = an_account(world, platform="instagram"), an_account(world, platform="instagram")
    proved(mine, ben(), at=world.now())
    old_handle = mine.handle
    mine.take_handle(f"{old_handle}new")
    successor = an_account(world, platform="instagram")
    successor.take_handle(old_handle)
    clip = inspected(submitted(mine, theirs.post(coauthors=[successor.author_id])["url"]), world)

    assert (clip.state, clip.decision_code, clip.author_checked_at) == ("needs_fix", "not_your_channel", None)


def test_a_post_made_together_waits_while_the_co_authors_profile_cannot_be_read(world):
    mine, theirs = an_account(world, platform="instagram"), an_account(world, platform="instagram")
    proved(mine, ben(), at=world.now())
    clip = submitted(mine, theirs.post(coauthors=[mine.handle])["url"])
    world.fault("apify", "error_500", path_prefix="/apify/v2/actors/apify~instagram-profile-scraper", times=50)
    inspected(clip, world)

    assert (clip.state, clip.author_checked_at) == ("pending", None)
    assert clip.inspect_at == world.now() + timedelta(minutes=10)


def test_reading_the_co_authors_profile_is_paid_for_and_written_down(world):
    mine, theirs = an_account(world, platform="instagram"), an_account(world, platform="instagram")
    proved(mine, ben(), at=world.now())
    inspected(submitted(mine, theirs.post(coauthors=[mine.handle])["url"]), world)

    profile = Lookup.objects.get(subject="profile")
    assert (profile.asked, profile.cost_microusd > 0) == (1, True)


def test_no_profile_is_read_for_a_clip_whose_author_says_enough(world):
    mine, theirs = an_account(world, platform="instagram"), an_account(world, platform="instagram")
    proved(mine, ben(), at=world.now())
    inspected(submitted(mine, mine.post(coauthors=[theirs.handle])["url"]), world)

    assert not Lookup.objects.filter(subject="profile").exists()


def test_a_channel_follows_the_name_its_author_takes(world):
    account = an_account(world, platform="instagram")
    channel = proved(account, ben(), at=world.now())
    account.take_handle(f"{account.handle}new")
    inspected(submitted(account, account.post()["url"]), world)

    channel.refresh_from_db()
    assert channel.handle == f"{account.handle}new"


def test_a_name_that_the_creator_has_entered_again_is_left_for_its_own_proof(world):
    account = an_account(world, platform="instagram")
    channel = proved(account, ben(), at=world.now())
    account.take_handle(f"{account.handle}new")
    channels.add_channel(creator_id=ben().id, platform="instagram", profile=f"{account.handle}NEW", now=world.now())
    clip = inspected(submitted(account, account.post()["url"]), world)

    channel.refresh_from_db()
    assert (channel.handle, clip.channel) == (account.handle, channel)


def test_every_claim_and_every_answer_has_its_own_moment(world):
    account, start, minutes = an_account(world, platform="youtube"), world.now(), count(step=6)
    proved(account, ben(), at=start)
    clip = submitted(account, account.post()["url"])

    inspection.inspect_due(read_clock=lambda: start + timedelta(minutes=next(minutes)))

    # Nothing waits on TikTok or Instagram at minutes 0 and 6; YouTube's claim, question and answer follow.
    clip.refresh_from_db()
    assert Lookup.objects.get().asked_at == start + timedelta(minutes=18)
    assert clip.inspected_at == start + timedelta(minutes=24)


def test_an_answer_that_was_asked_for_before_a_clip_was_handed_in_anew_decides_nothing(world):
    mine, theirs = an_account(world, platform="youtube"), an_account(world, platform="youtube")
    proved(mine, ben(), at=world.now())
    clip = submitted(mine, theirs.post()["url"])
    anew_at = world.now() + timedelta(hours=1)

    def handed_in_anew_meanwhile() -> datetime:
        clip.refresh_from_db()
        if clip.inspections == 1 and not clip.fixes:
            decisions.reject_clip(
                clip_id=clip.id,
                organisation_id=adas_organisation().id,
                reviewer_id=a_user("Cleo").id,
                rejection_code="off_brief",
                note="The sole is not in the picture.",
                outcome="needs_fix",
                now=world.now(),
            )
            decisions.resubmit_clip(clip_id=clip.id, creator_id=ben().id, note="It is now.", now=anew_at)
        return world.now()

    done = inspection.inspect_due(read_clock=handed_in_anew_meanwhile)

    clip.refresh_from_db()
    assert (done.sent_back, clip.state, clip.inspections, clip.inspect_at) == (0, "pending", 0, anew_at)


def test_the_channel_that_made_the_clip_becomes_its_channel(world):
    first, second = an_account(world, platform="youtube"), an_account(world, platform="youtube")
    made_by = proved(first, ben(), at=world.now())
    proved(second, ben(), at=world.now() + timedelta(seconds=1))

    assert inspected(submitted(first, first.post()["url"]), world).channel == made_by


def test_a_picture_goes_back_because_it_has_no_view_count(world):
    account = an_account(world, platform="instagram")
    proved(account, ben(), at=world.now())
    clip = inspected(submitted(account, account.post(kind="image")["url"]), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "no_view_count")


def test_a_picture_that_was_sent_again_as_often_as_it_may_be_is_rejected(world):
    account = an_account(world, platform="instagram")
    proved(account, ben(), at=world.now())
    clip = submitted(account, account.post(kind="image")["url"])
    Clip.objects.update(fixes=3)

    assert inspected(clip, world).state == "rejected"
    assert Message.objects.get(user=ben()).subject.endswith("was not accepted")


def test_an_old_clip_goes_back(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    old = account.post(posted_at=(world.now() - timedelta(days=8)).isoformat())
    clip = inspected(submitted(account, old["url"]), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "too_old")


def test_a_clip_that_cannot_be_read_is_asked_about_again_and_not_refused(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    clip = submitted(account, account.post()["url"])
    world.fault("youtube", "error_500", method="GET", times=20)
    inspected(clip, world)

    assert (clip.state, clip.author_checked_at) == ("pending", None)
    assert clip.inspect_at == world.now() + timedelta(minutes=10)
    assert Lookup.objects.get().failure


def test_a_clip_that_came_back_is_confirmed_by_a_later_look(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    video = account.post()
    clip = submitted(account, video["url"])
    world.post(f"/control/audience/videos/youtube/{video['id']}", {"action": "delete"})
    inspected(clip, world)
    world.post(f"/control/audience/videos/youtube/{video['id']}", {"action": "restore"})
    inspect_at(world.now() + timedelta(minutes=10))

    clip.refresh_from_db()
    assert (clip.author_checked_at is not None, clip.inspections) == (True, 2)


def test_many_clips_are_asked_about_in_one_run(world):
    account, campaign = an_account(world), a_campaign()
    proved(account, ben(), at=world.now())
    links = "\n".join(account.post()["url"] for _ in range(3))
    submission.submit_clips(creator_id=ben().id, campaign_id=campaign.id, text=links, now=world.now())

    inspect_at(world.now())

    [lookup] = Lookup.objects.all()
    assert (lookup.asked, lookup.cost_microusd) == (3, 1_000 + 3 * 3_000)


def test_a_confirmed_clip_is_not_asked_about_again(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    inspected(submitted(account, account.post()["url"]), world)

    assert inspect_at(world.now() + timedelta(days=1)) == inspection.Inspected()


RULES = (ClipRule("hashtag", "shoes"), ClipRule("max_seconds", "600"), ClipRule("language", "fr"))


def submitted_under_rules(account: Account, **video: object) -> Clip:
    campaign = a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150}, clip_rules=RULES))
    [result] = submission.submit_clips(
        creator_id=ben().id, campaign_id=campaign.id, text=account.post(**video)["url"], now=account.world.now()
    )
    return Clip.objects.get(id=result.clip_id)


def test_a_clip_that_lacks_what_its_campaign_asks_for_goes_back_with_what_to_add(world):
    account = an_account(world)
    proved(account, ben(), at=world.now())
    clip = inspected(submitted_under_rules(account, caption="On the trail"), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "rule_broken")
    assert clip.decision_note == "The caption lacks #shoes: add it. Change it on the platform, then send it again."


def test_the_reviewer_sees_every_rule_and_why_it_is_broken(world):
    account = an_account(world)
    proved(account, ben(), at=world.now())
    clip = inspected(submitted_under_rules(account, caption="On the trail #Shoes"), world)
    waiting = queries.reviewed_clip(clip_id=clip.id, organisation_id=clip.campaign.organisation_id, now=world.now())

    assert clip.state == "pending"
    assert [(one.label, one.result) for one in waiting.clip.checks[3:]] == [
        ("The caption carries #shoes", "pass"),
        ("At most 600 seconds long", "pass"),
        ("In French", "fail"),
    ]


def test_a_clip_that_was_approved_is_not_taken_back_for_its_caption(world):
    account = an_account(world)
    proved(account, ben(), at=world.now())
    clip = submitted_under_rules(account, caption="On the trail")
    Clip.objects.update(state="approved", decided_at=world.now())

    assert inspected(clip, world).state == "approved"


def test_a_clip_keeps_the_rules_of_its_version(world):
    account = an_account(world)
    proved(account, ben(), at=world.now())
    clip = submitted_under_rules(account, caption="On the trail #shoes")
    versions.change_rules(
        campaign_id=clip.campaign_id,
        organisation_id=clip.campaign.organisation_id,
        clip_rules=[ClipRule("hashtag", "boots")],
        freshness_days=7,
        now=world.now(),
    )

    assert inspected(clip, world).state == "pending"
