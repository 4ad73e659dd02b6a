"""What is polled now: the clips that want it most, in full batches, by whoever comes first."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from cliphaven.tracking.models import TrackedCampaign, TrackedClip
from cliphaven.tracking.operations import choosing, lifecycle, polling
from cliphaven.tracking.operations.planning import Planner
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved
from tests.rooms.tracking.tracked import INDEX, PRICE, WEDNESDAY, a_polled_campaign, a_tracked_clip, chosen

# Its last poll: by now a poll is worth more than twice its price.
DUE_LONG_AGO = WEDNESDAY - timedelta(hours=30)


@pytest.mark.django_db
def test_clips_that_are_due_wait_for_company_while_they_may():
    campaign = a_polled_campaign()
    for _ in range(3):
        a_tracked_clip(campaign)

    assert chosen() == []


@pytest.mark.django_db
def test_a_batch_goes_when_its_clips_are_worth_it_together():
    campaign = a_polled_campaign()
    clips = [a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO).clip_id for _ in range(4)]

    assert chosen() == []  # 4 · (2.6 - ½) < 25 · ½
    clips += [a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO).clip_id for _ in range(3)]
    assert chosen() == [clips]  # 7 · (2.6 - ½) > 25 · ½


@pytest.mark.django_db
def test_a_clip_that_is_overdue_waits_for_nobody_and_takes_others_along():
    campaign = a_polled_campaign()
    late = a_tracked_clip(campaign, overdue_at=WEDNESDAY)
    riders = [
        a_tracked_clip(campaign, due_at=WEDNESDAY + timedelta(hours=1), last_polled_at=DUE_LONG_AGO).clip_id
        for _ in range(2)
    ]
    not_yet = a_tracked_clip(
        campaign, due_at=WEDNESDAY + timedelta(minutes=5), ride_at=WEDNESDAY + timedelta(minutes=1)
    )

    [call] = chosen()
    assert call == [late.clip_id, *riders]
    assert not_yet.clip_id not in call


@pytest.mark.django_db
def test_who_is_waited_for_comes_before_any_backlog():
    campaign = a_polled_campaign()
    for minute in range(12):
        a_tracked_clip(campaign, due_at=WEDNESDAY - timedelta(minutes=60 - minute), last_polled_at=DUE_LONG_AGO)
    wanted = a_tracked_clip(campaign, wanted_since=WEDNESDAY)

    # For two calls of two clips eight due ones are looked at, and the wanted one is the thirteenth.
    first, _ = chosen(size=2, calls=2)
    assert first[0] == wanted.clip_id


@pytest.mark.django_db
def test_of_a_backlog_the_best_are_taken():
    campaign = a_polled_campaign()
    clips = [
        a_tracked_clip(campaign, worth=worth, last_polled_at=DUE_LONG_AGO).clip_id for worth in (0.001, 0.004, 0.002)
    ]

    assert chosen(size=1, calls=2) == [[clips[1]], [clips[2]]]


@pytest.mark.django_db
def test_equal_clips_are_taken_in_the_order_of_their_numbers_every_time():
    campaign = a_polled_campaign()
    clips = [a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO).clip_id for _ in range(5)]

    assert chosen(size=3, calls=2) == chosen(size=3, calls=2) == [clips[:3], clips[3:]]


@pytest.mark.django_db
def test_every_platform_has_places_of_its_own():
    campaign = a_polled_campaign()
    for _ in range(6):
        a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO)
    on_instagram = a_tracked_clip(campaign, platform="instagram", overdue_at=WEDNESDAY)

    assert len(chosen(size=2, calls=1)) == 1
    assert chosen(platform="instagram", size=2, calls=1) == [[on_instagram.clip_id]]


@pytest.mark.django_db
def test_a_clip_whose_campaign_pays_no_more_is_laid_to_rest_when_it_is_due():
    left, campaign = a_polled_campaign(), a_polled_campaign()
    resting = a_tracked_clip(left, last_polled_at=DUE_LONG_AGO)
    TrackedCampaign.objects.filter(campaign_id=left.id).update(is_polled=False)
    lasting = a_tracked_clip(campaign, overdue_at=WEDNESDAY)

    assert chosen() == [[lasting.clip_id]]
    resting.refresh_from_db()
    assert resting.due_at is None


@pytest.mark.django_db
def test_those_behind_many_clips_that_nobody_pays_for_are_found_in_the_same_minute():
    left, campaign = a_polled_campaign(), a_polled_campaign()
    for _ in range(9):
        a_tracked_clip(left, last_polled_at=DUE_LONG_AGO, due_at=WEDNESDAY - timedelta(hours=1))
    TrackedCampaign.objects.filter(campaign_id=left.id).update(is_polled=False)
    lasting = [a_tracked_clip(campaign, overdue_at=WEDNESDAY).clip_id for _ in range(2)]

    assert chosen(size=2, calls=1) == [lasting]


@pytest.mark.django_db
def test_clips_that_were_due_at_a_lower_price_do_not_stand_in_the_way():
    campaign = a_polled_campaign()
    for minute in range(8):
        a_tracked_clip(campaign, worth=0.00001, due_at=WEDNESDAY - timedelta(minutes=60 - minute))
    good = a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO)

    assert chosen(size=2, calls=2)[0] == [good.clip_id]
    assert TrackedClip.objects.filter(due_at__lte=WEDNESDAY).get() == good


@pytest.mark.django_db
def test_choosing_takes_as_many_statements_for_many_clips_as_for_few():
    campaign = a_polled_campaign()

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert chosen()
        return len(asked)

    a_tracked_clip(campaign, overdue_at=WEDNESDAY)
    few = statements()
    for _ in range(30):
        a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO)
    assert statements() == few


def test_what_another_poller_has_locked_is_passed_over_without_waiting(committed):
    campaign = a_polled_campaign()
    clips = [a_tracked_clip(campaign, last_polled_at=DUE_LONG_AGO).clip_id for _ in range(10)]
    look = choosing.Look(platform="tiktok", planner=Planner(policy=INDEX, price=PRICE), size=2, calls=1, now=WEDNESDAY)
    seen: list[list[int]] = []

    def other() -> None:
        try:
            seen.extend(chosen(size=2, calls=1))
        finally:
            connections.close_all()

    with transaction.atomic():
        [ours] = choosing.choose(look=look)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    [theirs] = seen
    assert [candidate.clip_id for candidate in ours] == clips[:2]
    assert set(theirs).isdisjoint(candidate.clip_id for candidate in ours)


def test_four_pollers_at_once_never_ask_about_the_same_clip(committed, world, settings):
    settings.POLLING_POLICY = "index"
    account, campaign = an_account(world, platform="youtube"), a_polled_campaign()
    for _ in range(120):
        approved(account, campaign)
    lifecycle.start_tracking(now=world.now())
    barrier = threading.Barrier(4)
    polled: list[polling.Polled] = []

    def poll() -> None:
        try:
            barrier.wait()
            polled.append(polling.poll_due(read_clock=world.now))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=poll) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one.measured for one in polled) == 120
    assert set(TrackedClip.objects.values_list("polls", flat=True)) == {1}
