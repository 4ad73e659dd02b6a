"""A clip's evidence is verified from its file alone: every single change of what it says is found."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cliphaven.tracking.rules.bundles import (
    AccrualFacts,
    CallFacts,
    KeptLink,
    NotABundle,
    bundle,
    items_about,
    verify,
)
from cliphaven.tracking.rules.evidence import GENESIS, Link, ObservedFacts, link_digest

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
VIDEO = "7000000000000000001"
Change = Callable[[dict[str, Any]], object]


def a_file() -> dict[str, Any]:
    """Three observations of one clip, of two calls whose answers are kept and one whose is forgotten."""
    links, previous = [], GENESIS
    for number, views in enumerate((1_000, 1_200, 1_500)):
        facts = ObservedFacts(
            platform="tiktok",
            video_id=VIDEO,
            views=views,
            likes=10,
            comments=None,
            shares=None,
            saves=None,
            observed_at=MONDAY + timedelta(hours=number),
            source="actor:playCount",
            run_id=f"run-{number}",
            raw_digest=bytes([number]) * 32,
            believed=True,
            dropped=False,
        )
        sha256 = link_digest(facts, previous_sha256=previous)
        link = Link(facts=facts, previous_sha256=previous, sha256=sha256)
        links.append(KeptLink(observation_id=100 + number, call_id=number, link=link))
        previous = sha256
    calls = [
        CallFacts(
            call_id=number,
            run_id=f"run-{number}",
            source="actor",
            raw_sha256=(bytes([number]) * 32).hex(),
            started_at=MONDAY,
            ended_at=None,
            in_quarantine=False,
            items=None if number == 0 else [{"id": VIDEO, "playCount": links[number].link.facts.views}],
        )
        for number in range(3)
    ]
    accruals = [
        AccrualFacts(name="1:1", from_observation_id=None, to_observation_id=100, views_from=0, views_to=1_000),
        AccrualFacts(name="1:2", from_observation_id=100, to_observation_id=102, views_from=1_000, views_to=1_500),
    ]
    return bundle(
        platform="tiktok",
        video_id=VIDEO,
        url="https://www.tiktok.com/@ben/video/1",
        links=links,
        calls=calls,
        accruals=accruals,
        made_at=MONDAY,
    )


def test_what_nobody_touched_holds():
    found = verify(json.dumps(a_file()))

    assert found.holds
    assert (found.observations, found.answers, found.accruals, found.first_break) == (3, 2, 2, None)


@pytest.mark.parametrize(
    ("change", "first_break"),
    [
        (lambda file: file["observations"][1].update(views=9_999), 2),
        (lambda file: file["observations"][0].update(likes=None), 1),
        (lambda file: file["observations"][2].update(believed=False), 3),
        (lambda file: file["observations"][2].update(observed_at=MONDAY.isoformat()), 3),
        (lambda file: file["observations"].pop(0), 1),
        (lambda file: file["observations"].pop(1), 2),
        (lambda file: file["observations"].reverse(), 1),
        (lambda file: file["clip"].update(video_id="7000000000000000002"), 1),
        (lambda file: file["calls"][1].update(run_id="another"), 2),
        (lambda file: file["calls"][2].update(raw_sha256="00" * 32), 3),
    ],
)
def test_every_change_breaks_the_chain_where_it_was_made(change: Change, first_break: int):
    file = a_file()
    change(file)

    assert verify(json.dumps(file)).first_break == first_break


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda file: file["calls"][1]["items"][0].update(playCount=7), "the answer that it was taken from does not"),
        (lambda file: file["calls"][1].update(items=[]), "the answer that it was taken from does not"),
        (lambda file: file["accruals"][1].update(views_to=1_600), "its observation does not"),
        (lambda file: file["accruals"][1].update(to_observation=7), "names an observation that is not in the file"),
        (lambda file: file["accruals"].pop(0), "0 were counted"),
    ],
)
def test_answers_and_earnings_that_say_something_else_are_named(change: Change, problem: str):
    file = a_file()
    change(file)

    found = verify(json.dumps(file))
    assert (found.holds, found.first_break) == (False, None)
    assert problem in found.problems[0]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"format": "cliphaven evidence 2"}', '{"format": "cliphaven evidence 1"}', "\xff"]
)
def test_what_is_no_evidence_is_said_to_be_none(text: str):
    with pytest.raises(NotABundle):
        verify(text)


@pytest.mark.parametrize("part", ["clip", "observations", "calls", "accruals"])
@pytest.mark.parametrize("nonsense", [None, 1, "x", [1], [{}], {"x": []}])
def test_nonsense_is_refused_and_never_holds(part: str, nonsense: object):
    file = copy.deepcopy(a_file())
    file[part] = nonsense
    try:
        found = verify(json.dumps(file))
    except NotABundle:
        return
    assert not found.holds


def test_of_an_answer_only_the_items_about_the_clip_are_taken():
    raw = json.dumps([{"id": VIDEO, "playCount": 1}, {"id": "another"}, {"error": "x", "url": f"…/{VIDEO}"}]).encode()

    assert items_about(raw, video_id=VIDEO) == [{"id": VIDEO, "playCount": 1}, {"error": "x", "url": f"…/{VIDEO}"}]
    assert items_about(b'{"items": [{"id": "abc"}], "etag": "x"}', video_id="abc") == [{"id": "abc"}]
    assert items_about(b"nonsense", video_id=VIDEO) == []
