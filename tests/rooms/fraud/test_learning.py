"""Peer tables are made from the installation's own clips, and judged by only once a policy names them."""

import random
from datetime import timedelta

import pytest

from cliphaven.fraud.models import PeerTable, RiskCase
from cliphaven.fraud.operations import cases, learning
from cliphaven.fraud.queries import calibrations
from cliphaven.fraud.queries.policies import in_force
from cliphaven.fraud.rules.calibration import parsed, shipped, text_of
from cliphaven.tracking.models import Purge, TrackedClip
from tests.people import MONDAY, an_approved_clip, dot, seen
from tests.rooms.earnings.earners import a_plain_campaign
from tests.rooms.fraud.doubts import HOUR, a_bought_clip

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(days=2)


def read_clips(number: int) -> None:
    """So many clips, six readings each."""
    campaign = a_plain_campaign()
    for place in range(number):
        chance = random.Random(place)
        clip, views = an_approved_clip(campaign), 0
        for hour in range(6):
            views += chance.randint(100, 900)
            seen(clip, views, at=MONDAY + hour * HOUR)
    TrackedClip.objects.update(polls=6)


def test_tables_are_kept_with_their_id_and_nobody_is_judged_by_them_yet():
    read_clips(4)
    before = in_force().calibration.id

    number = learning.learn_from_history(staff_id=dot().id, now=NOW, least=4)

    table = PeerTable.objects.get(id=number)
    assert (table.clips, table.built_by) == (4, dot())
    assert parsed(table.text).id == table.calibration_id
    assert in_force().calibration.id == before


def test_the_same_history_makes_the_same_tables_and_they_are_kept_once():
    read_clips(4)

    first = learning.learn_from_history(staff_id=None, now=NOW, least=4)

    assert learning.learn_from_history(staff_id=None, now=NOW, least=4) == first


def test_clips_that_were_decided_against_or_fell_are_no_peers():
    read_clips(4)
    _, now = a_bought_clip()
    case = RiskCase.objects.get()
    cases.decide_against(case_id=case.id, staff_id=dot().id, note="Bought.", request_key="k", now=now)
    TrackedClip.objects.update(polls=6)
    fallen = TrackedClip.objects.order_by("clip_id")[0]
    Purge.objects.create(
        clip_id=fallen.clip_id,
        observation_id=fallen.last_observation_id,
        views_before=100,
        views_after=10,
        fell_at=MONDAY,
        confirmed_at=MONDAY,
    )

    with pytest.raises(learning.TooFewPeers):
        learning.learn_from_history(staff_id=None, now=NOW, least=4)


def test_too_few_clips_make_no_tables():
    with pytest.raises(learning.TooFewPeers):
        learning.learn_from_history(staff_id=None, now=NOW)
    assert not PeerTable.objects.exists()


def test_tables_of_earlier_signals_give_way_to_those_of_the_house():
    text = text_of(shipped()).replace('"signals": "2"', '"signals": "1"')
    old = PeerTable.objects.create(calibration_id="old", text=text, source="history", clips=900, built_at=MONDAY)

    assert calibrations.calibration(old.pk).id == shipped().id
