"""Observations lie in a table of months: ids tell the month, order holds across its turn, and nothing forks there."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from cliphaven.foundation.transactions import sqlstate
from cliphaven.tracking import queries
from cliphaven.tracking.models import Observation, VendorCall
from cliphaven.tracking.operations import partitions
from cliphaven.tracking.queries.history import observations_of
from cliphaven.tracking.rules.months import IDS_OF_A_MONTH, month_number
from tests.people import MONDAY, a_campaign, an_approved_clip
from tests.rooms.tracking.answers import record

BEFORE = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
AFTER = datetime(2026, 12, 1, 0, 1, tzinfo=UTC)
NOVEMBER, DECEMBER = month_number(BEFORE), month_number(AFTER)


def months_of(clip_id: int) -> list[int]:
    ids = Observation.objects.filter(clip_id=clip_id).order_by("id").values_list("id", flat=True)
    return [number // IDS_OF_A_MONTH for number in ids]


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'tracking_observation'::regclass"
            " order by 1"
        )
        return [name for (name,) in cursor.fetchall()]


def at_once(*doings: Callable[[], object]) -> list[BaseException]:
    """Do these in threads and connections of their own, and answer what went wrong."""
    barrier, wrong = threading.Barrier(len(doings)), list[BaseException]()

    def run(doing: Callable[[], object]) -> None:
        try:
            barrier.wait()
            doing()
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[doing]) for doing in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_an_id_tells_the_month_of_its_observation():
    assert (month_number(datetime(2000, 1, 31, tzinfo=UTC)), NOVEMBER) == (0, 26 * 12 + 10)


def test_the_chain_goes_on_across_the_turn_of_the_month(committed):
    clip = an_approved_clip(a_campaign())
    record({clip: 1_000}, at=BEFORE)
    record({clip: 1_100}, at=AFTER)
    record({clip: 1_200}, at=AFTER + timedelta(hours=1))

    assert months_of(clip.id) == [NOVEMBER, DECEMBER, DECEMBER]
    assert tables() == ["tracking_observation_2026_11", "tracking_observation_2026_12"]
    assert queries.broken_link(clip.id) is None
    assert [point.views for point in queries.clip_history(clip.id)] == [1_000, 1_100, 1_200]


def test_a_clock_that_is_set_back_goes_on_in_the_later_month(committed):
    campaign = a_campaign()
    clip, other = an_approved_clip(campaign), an_approved_clip(campaign)
    record({clip: 1_000}, at=AFTER)
    record({clip: 1_100, other: 5}, at=BEFORE)

    assert (months_of(clip.id), months_of(other.id)) == ([DECEMBER, DECEMBER], [DECEMBER])
    assert queries.broken_link(clip.id) is None


def test_what_is_recorded_before_its_clip_was_submitted_is_still_found(committed):
    """The clock was a month ahead when the clip was submitted."""
    clip = an_approved_clip(a_campaign())
    clip.submitted_at = AFTER
    clip.save()
    record({clip: 1_000}, at=BEFORE)

    assert [point.views for point in queries.clip_history(clip.id)] == [1_000]


def test_workers_who_meet_at_the_turn_of_the_month_all_record(committed):
    campaign = a_campaign()
    clips = [an_approved_clip(campaign) for _ in range(6)]
    for clip in clips:
        record({clip: 1_000}, at=BEFORE)

    wrong = at_once(*(lambda clip=clip: record({clip: 1_100}, at=AFTER) for clip in clips))

    assert wrong == []
    assert [months_of(clip.id) for clip in clips] == [[NOVEMBER, DECEMBER]] * 6
    assert [queries.broken_link(clip.id) for clip in clips] == [None] * 6


def test_a_month_whose_recording_failed_is_opened_by_the_next_one(committed):
    clip = an_approved_clip(a_campaign())
    with transaction.atomic():
        partitions.open_month(month=DECEMBER)
        transaction.set_rollback(True)
    record({clip: 1_000}, at=BEFORE)

    assert months_of(clip.id) == [NOVEMBER]


def test_months_are_made_ahead_and_not_used_before_their_time(committed):
    clip = an_approved_clip(a_campaign())

    assert partitions.make_partitions(now=BEFORE) == 4
    assert partitions.make_partitions(now=BEFORE) == 0
    record({clip: 1_000}, at=BEFORE)
    assert (len(tables()), months_of(clip.id)) == (4, [NOVEMBER])


def a_second_successor(first: Observation, *, month: int) -> Observation:
    """Another observation that claims to follow from this one, in that month."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('tracking_observation_number')")
        number = cursor.fetchone()[0]
    return Observation(
        id=month * IDS_OF_A_MONTH + number,
        clip=first.clip,
        call=VendorCall.objects.create(platform="tiktok", source="test", asked=1, started_at=AFTER),
        views=9,
        observed_at=AFTER,
        source="test",
        believed=True,
        previous_id=first.id,
        previous_sha256=bytes(first.sha256),
        sha256=bytes(32),
    )


@pytest.mark.parametrize(
    ("place", "month"),
    [(1, DECEMBER), (0, DECEMBER), (0, NOVEMBER)],
    ids=["within a month", "across months", "back in the month before"],
)
def test_a_chain_does_not_fork(committed, place, month):
    clip = an_approved_clip(a_campaign())
    record({clip: 1_000}, at=BEFORE)
    record({clip: 1_100}, at=AFTER)
    record({clip: 1_200}, at=AFTER + timedelta(hours=1))
    fork = a_second_successor(Observation.objects.order_by("id")[place], month=month)

    with pytest.raises(IntegrityError, match="the_chain_does_not_fork"), transaction.atomic():
        fork.save(force_insert=True)


def test_an_observation_that_follows_from_nothing_is_refused(committed):
    campaign = a_campaign()
    clip, other = an_approved_clip(campaign), an_approved_clip(campaign)
    record({clip: 1_000, other: 2_000}, at=BEFORE)
    first = Observation.objects.get(clip=clip)
    lie = a_second_successor(first, month=NOVEMBER)
    lie.clip = other

    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        lie.save(force_insert=True)
    assert sqlstate(refusal.value) == "TR003"


def test_an_observation_that_goes_around_the_whole_has_to_follow_too(committed):
    record({an_approved_clip(a_campaign()): 1_000}, at=BEFORE)

    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into tracking_observation_2026_11 (id, clip_id, call_id, views, observed_at, source, believed,"
            " dropped, previous_id, previous_sha256, sha256) select id + 1, clip_id, call_id + 1, 5, observed_at, 'me',"
            " true, false, id, previous_sha256, sha256 from tracking_observation"
        )
    assert sqlstate(refusal.value) == "TR003"


@pytest.mark.parametrize(
    "statement",
    [
        "update tracking_observation_2026_11 set views = 1",
        "delete from tracking_observation_2026_11",
        "truncate tracking_observation_2026_11 cascade",
        "delete from tracking_vendorcall",
        "delete from tracking_trackedclip",
    ],
)
def test_no_months_table_can_be_changed_around_the_whole(committed, statement):
    record({an_approved_clip(a_campaign()): 1_000}, at=BEFORE)

    with pytest.raises(DatabaseError, match="is refused") as refusal, transaction.atomic():
        connection.cursor().execute(statement)
    assert sqlstate(refusal.value) == "TR001"


def test_a_clips_history_is_looked_for_in_its_own_months_alone(committed):
    campaign = a_campaign()
    early, late = an_approved_clip(campaign), an_approved_clip(campaign)
    late.submitted_at = MONDAY + timedelta(days=62)
    late.save()
    for month in range(4):
        record({early if month < 2 else late: 1_000}, at=MONDAY + timedelta(days=31 * month))

    def months(clip_id: int) -> list[str]:
        return sorted(set(re.findall(r"tracking_observation_(\d{4}_\d\d)\b", observations_of(clip_id).explain())))

    assert months(early.id) == ["2026_11", "2026_12"]
    assert months(late.id) == ["2027_01", "2027_02"]
