"""A database full of readings moves to months: nothing is renumbered, chains go on, accruals keep their keys."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from pytest_django.plugin import DjangoDbBlocker

from cliphaven.clips.models import Clip
from cliphaven.earnings.models import Accrual
from cliphaven.tracking import queries
from cliphaven.tracking.models import Observation, TrackedClip
from cliphaven.tracking.rules.evidence import GENESIS, ObservedFacts, link_digest
from tests.people import MONDAY, a_campaign, an_approved_clip
from tests.rooms.tracking.answers import record

BEFORE = "0006_polled_by_value"
"""The last migration with one table."""
MONTHS = "0007_observations_by_month"
ROLES = "0002_roles"
EARNINGS_BEFORE = "0006_acts_stay"
"""The last migration of the earnings that needs nothing newer of the tracking."""
NAME = "test_months_of_a_full_house"


@pytest.fixture
def old_house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database as it was before there were months, entered by Django for this test."""
    template = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        connections.close_all()
        server.execute(f'create database "{NAME}"')
        connection.settings_dict["NAME"] = NAME
        try:
            call_command("migrate", "tracking", BEFORE, verbosity=0)
            for room in (
                "procrastinate",
                "identity",
                "ledger",
                "notifications",
                "deliveries",
                "files",
                "campaigns",
                "clips",
            ):
                call_command("migrate", room, verbosity=0)
            call_command("migrate", "earnings", EARNINGS_BEFORE, verbosity=0)
            yield
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = template
            server.execute(f'drop database "{NAME}" with (force)')


def test_the_role_that_makes_months_is_there_before_they_are():
    before = MigrationLoader(None).graph.forwards_plan(("tracking", MONTHS))

    assert ("ledger", ROLES) in before


def run(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def a_call() -> int:
    """One call, with the columns that it had then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into tracking_vendorcall (platform, source, asked, started_at, run_id, measured, outcomes,"
            " cost_microusd, failure, asked_of, unmeasured, clip_ids)"
            " values ('tiktok', 'test', 1, %s, '', 0, '{}', 0, '', '{}', '{}', '{}') returning id",
            [MONDAY],
        )
        return int(cursor.fetchone()[0])


def read_before_there_were_months(clip: Clip, views: list[int]) -> None:
    """An hourly reading each, as they were written down then; the clip's tracking names the last one."""
    run(
        "insert into tracking_trackedclip (clip_id, platform, posted_at, due_at, availability, views_seen,"
        " chain_sha256, failures, polls, last_outcome, worth, hazard, cost_microusd)"
        " values (%s, 'tiktok', %s, %s, 'alive', %s, %s, 0, 1, '', 0, 1, 0)",
        *(clip.id, MONDAY, MONDAY, views[-1], GENESIS),
    )
    previous = GENESIS
    for hour, count in enumerate(views):
        call_id = a_call()
        facts = replace(_FACTS, video_id=clip.video_id, views=count, observed_at=MONDAY + timedelta(hours=hour))
        sha256 = link_digest(facts, previous_sha256=previous)
        run(
            "insert into tracking_observation (clip_id, call_id, views, observed_at, source, believed, dropped,"
            " previous_sha256, sha256) values (%s, %s, %s, %s, 'test', true, false, %s, %s)",
            *(clip.id, call_id, count, facts.observed_at, previous, sha256),
        )
        previous = sha256
    run(
        "update tracking_trackedclip set chain_sha256 = %s, views_settled = views_seen, measured_at = %s,"
        " seen_observation_id = (select max(id) from tracking_observation where clip_id = %s) where clip_id = %s",
        *(previous, MONDAY, clip.id, clip.id),
    )


_FACTS = ObservedFacts(
    platform="tiktok",
    video_id="",
    views=0,
    likes=None,
    comments=None,
    shares=None,
    saves=None,
    observed_at=MONDAY,
    source="test",
    run_id="",
    raw_digest=b"",
    believed=True,
    dropped=False,
)


def earned_from(first: Observation, last: Observation) -> Accrual:
    clip = last.clip
    return Accrual.objects.create(
        clip=clip,
        number=1,
        campaign=clip.campaign,
        creator=clip.creator,
        terms=clip.terms,
        from_observation=first,
        to_observation=last,
        views_from=first.views,
        views_to=last.views,
        gross_minor=10,
        fee_minor=1,
        gross_total_minor=10,
        unfunded_minor=0,
        currency="USD",
        accrued_at=MONDAY,
        clears_at=MONDAY,
    )


def test_a_full_house_moves_to_months(old_house):
    campaign = a_campaign()
    clip, other = an_approved_clip(campaign), an_approved_clip(campaign)
    read_before_there_were_months(clip, [1_000, 1_100, 1_200])
    read_before_there_were_months(other, [5])
    first, *_, last = Observation.objects.filter(clip=clip).only("id", "clip", "views").order_by("id")
    earned_from(first, last)
    before = list(Observation.objects.order_by("id").values_list("id", "clip_id", "views"))

    call_command("migrate", verbosity=0)
    record({clip: 1_300}, at=MONDAY + timedelta(days=1))

    rows = list(Observation.objects.order_by("id").values_list("id", "clip_id", "views"))
    assert (rows[:-1], rows[-1][1:]) == (before, (clip.id, 1_300))
    assert [point.views for point in queries.clip_history(clip.id)] == [1_000, 1_100, 1_200, 1_300]
    assert (queries.broken_link(clip.id), queries.broken_link(other.id)) == (None, None)
    assert TrackedClip.objects.get(clip=other).last_observation_id == Observation.objects.get(clip=other).id


def test_accruals_keep_their_keys_when_a_full_house_moves_to_months(old_house):
    clip = an_approved_clip(a_campaign())
    read_before_there_were_months(clip, [1_000])
    call_command("migrate", verbosity=0)

    missing = Observation(id=7, clip=clip, views=1)
    with pytest.raises(IntegrityError, match="to_observation"), transaction.atomic():
        earned_from(missing, missing)
    with pytest.raises(DatabaseError, match="is refused"):
        run("delete from tracking_observation_before")
