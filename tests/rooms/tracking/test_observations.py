"""Observations are kept as they were made: the database refuses changes, and the chain shows tampering."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cliphaven.foundation.transactions import sqlstate
from cliphaven.tracking import queries
from cliphaven.tracking.models import Observation
from cliphaven.tracking.rules import evidence
from tests.people import MONDAY, a_campaign, an_approved_clip, seen
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved, poll_at


@pytest.mark.parametrize(
    "change",
    [
        "update tracking_observation set views = views + 1",
        "delete from tracking_observation",
        "truncate tracking_observation cascade",
    ],
)
def test_the_database_refuses_to_change_an_observation(committed, change):
    seen(an_approved_clip(a_campaign()), 100)

    with pytest.raises(DatabaseError, match="is refused") as refusal, transaction.atomic():
        connection.cursor().execute(change)
    assert sqlstate(refusal.value) == "TR001"


@pytest.mark.django_db
def test_a_chain_cannot_fork():
    clip = an_approved_clip(a_campaign())
    first = seen(clip, 100)
    other_call = seen(an_approved_clip(a_campaign()), 1).call

    with pytest.raises(IntegrityError, match="the_chain_does_not_fork"), transaction.atomic():
        Observation.objects.create(
            clip=clip,
            call=other_call,
            views=200,
            observed_at=MONDAY,
            source="test",
            believed=True,
            previous_sha256=first.previous_sha256,
            sha256=bytes(32),
        )


@pytest.mark.django_db
def test_each_observation_hashes_the_one_before(world):
    clip = approved(an_account(world), a_campaign())
    for hours in range(3):
        poll_at(world.now() + timedelta(hours=hours))

    rows = list(Observation.objects.filter(clip=clip).order_by("id"))
    assert bytes(rows[0].previous_sha256) == evidence.GENESIS
    assert [bytes(row.previous_sha256) for row in rows[1:]] == [bytes(row.sha256) for row in rows[:-1]]
    assert queries.broken_link(clip.id) is None


def test_an_observation_that_was_tampered_with_breaks_the_chain(committed, world):
    clip = approved(an_account(world), a_campaign())
    for hours in range(2):
        poll_at(world.now() + timedelta(hours=hours))
    with connection.cursor() as cursor:
        cursor.execute("alter table tracking_observation disable trigger observations_stay")
        cursor.execute("update tracking_observation set views = views + 1 where clip_id = %s", [clip.id])
        cursor.execute("alter table tracking_observation enable trigger observations_stay")

    assert queries.broken_link(clip.id) == 0
