"""The picture of a clip is looked at once, when its platform says who made it, and nothing waits for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cliphaven.clips.models import Clip, Lookup, Thumbnail
from cliphaven.clips.operations import inspection, submission
from cliphaven.clips.queries.thumbnails import earlier_alike
from cliphaven.clips.rules.thumbnails import row_pairs, signed
from cliphaven.identity.models import User
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, ben, mallory
from tests.rooms.clips.outside import an_account, proved
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db
PLATFORMS = ("tiktok", "instagram", "youtube")
PICTURE = 0x5A3C660F5A3C660F


def handed_in(
    world: SandboxWorld, creator: User, *, platform: str = "tiktok", reupload_of: Clip | None = None, looks: bool = True
) -> Clip:
    """A clip that the creator posted on a fresh channel of theirs and submitted; inspected, unless said otherwise."""
    account = an_account(world, platform=platform)
    proved(account, creator, at=world.now())
    again = {} if reupload_of is None else {"reupload_of": f"{reupload_of.platform}:{reupload_of.video_id}"}
    url = account.post(**again)["url"]
    [result] = submission.submit_clips(creator_id=creator.id, campaign_id=a_campaign().id, text=url, now=world.now())
    if looks:
        inspected(world)
    return Clip.objects.get(id=result.clip_id)


def inspected(world: SandboxWorld) -> None:
    """Whatever waits for it, at once."""
    inspection.inspect_due(read_clock=world.now)


def with_picture(creator: User, picture: int) -> Clip:
    clip = an_approved_clip(a_campaign(), creator=creator)
    Thumbnail.objects.create(clip=clip, hash=signed(picture), row_pairs=row_pairs(picture), read_at=MONDAY)
    return clip


@pytest.mark.parametrize("platform", PLATFORMS)
def test_of_the_picture_a_hash_is_kept_and_no_question_more_is_paid_for(world, platform):
    clip = handed_in(world, ben(), platform=platform)

    assert clip.author_checked_at == world.now()
    assert (clip.thumbnail.read_at, len(clip.thumbnail.row_pairs) > 20) == (world.now(), True)
    assert Lookup.objects.count() == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_picture_at_another_size_on_any_platform_is_found(world, platform):
    first = handed_in(world, ben())
    again = handed_in(world, mallory(), platform=platform, reupload_of=first)
    other = handed_in(world, a_user("Gus"))

    found = earlier_alike([first.id, again.id, other.id])

    assert list(found) == [again.id]
    assert found[again.id].clip_id == first.id
    assert found[again.id].bits <= 6


def test_ones_own_clip_posted_twice_is_nobody_elses(world):
    first = handed_in(world, ben())
    again = handed_in(world, ben(), platform="youtube", reupload_of=first)

    assert again.thumbnail
    assert earlier_alike([first.id, again.id]) == {}


@pytest.mark.parametrize("fault", ["error_500", "forbidden_403", "moved_302", "drop_after_effect"])
def test_a_picture_that_cannot_be_had_keeps_no_clip_from_coming_in(world, fault):
    world.fault("thumbnails", fault, method="GET", times=5)
    clip = handed_in(world, ben())

    assert (clip.state, clip.author_checked_at, clip.inspect_at) == ("pending", world.now(), None)
    assert not Thumbnail.objects.exists()


def test_hosts_that_hang_are_waited_for_side_by_side_and_not_for_ever(world, monkeypatch):
    monkeypatch.setattr("cliphaven.providers.thumbnails.MAX_SECONDS", 0.3)
    clips = [handed_in(world, ben(), looks=False) for _ in range(3)]
    world.post("/control/faults", {"vendor": "thumbnails", "kind": "slow", "method": "GET", "seconds": 2.0, "times": 3})
    inspected(world)

    assert {Clip.objects.get(id=clip.id).author_checked_at for clip in clips} == {world.now()}
    assert not Thumbnail.objects.exists()


def test_of_a_clip_that_is_somebody_elses_no_picture_is_kept(world):
    theirs = an_account(world, platform="youtube")
    proved(an_account(world, platform="youtube"), ben(), at=world.now())
    submission.submit_clips(
        creator_id=ben().id, campaign_id=a_campaign().id, text=theirs.post()["url"], now=world.now()
    )
    inspected(world)

    assert Clip.objects.get().decision_code == "not_your_channel"
    assert not Thumbnail.objects.exists()


def test_many_pictures_are_kept_in_as_many_statements_as_one(world):
    asked = []
    for number in (1, 4):
        for _ in range(number):
            handed_in(world, ben(), looks=False)
        with CaptureQueriesContext(connection) as questions:
            inspected(world)
        asked.append(sum("clips_thumbnail" in one["sql"] for one in questions))

    assert Thumbnail.objects.count() == 5
    assert asked == [2, 2]


@pytest.mark.parametrize(("bits", "is_found"), [(0, True), (6, True), (7, False)])
def test_pictures_that_differ_in_six_bits_are_alike(bits, is_found):
    first = with_picture(ben(), PICTURE)
    other = with_picture(mallory(), PICTURE ^ sum(1 << place * 9 for place in range(bits)))

    assert (other.id in earlier_alike([first.id, other.id])) is is_found
    assert first.id not in earlier_alike([first.id, other.id])


def test_of_several_the_closest_is_named_and_of_those_the_earliest():
    with_picture(ben(), PICTURE ^ 1)
    first, _ = with_picture(ben(), PICTURE), with_picture(a_user("Gus"), PICTURE)
    copy = with_picture(mallory(), PICTURE)

    found = earlier_alike([copy.id])[copy.id]
    assert (found.clip_id, found.bits) == (first.id, 0)


@pytest.mark.parametrize("picture", [0, 2**64 - 1, 0x5A5A5A5A5A000000], ids=hex)
def test_pictures_that_say_too_little_are_compared_with_none(picture):
    with_picture(ben(), picture)
    clip = with_picture(mallory(), picture)

    assert earlier_alike([clip.id]) == {}


def test_those_alike_are_found_by_one_question_and_an_index(django_assert_num_queries):
    crowd = [with_picture(ben(), PICTURE ^ (number * 0x9E3779B97F4A7C15 % 2**64)) for number in range(1, 40)]
    with django_assert_num_queries(1):
        earlier_alike([clip.id for clip in crowd])
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select clip_id from clips_thumbnail where row_pairs && %s::integer[]", [row_pairs(PICTURE)]
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "thumbnails_by_row_pair" in plan
