"""A clip's evidence is verified from its file alone: every single change of what it says is found."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliphaven.tracking.rules.bundles import (
    AccrualFacts,
    AnswerIs,
    CallFacts,
    KeptLink,
    bundle,
    digest,
    items_about,
)
from cliphaven.tracking.rules.evidence import GENESIS, Link, ObservedFacts, link_digest
from cliphaven.tracking.rules.verifying import NotABundle, verify

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
VIDEO = "7000000000000000001"
Change = Callable[[dict[str, Any]], object]


def an_item(views: int) -> dict[str, Any]:
    """What TikTok's actor says of the clip."""
    return {"id": VIDEO, "playCount": views, "diggCount": 10, "commentCount": -1, "text": "a clip"}


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
            source="actor playCount",
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
            ended_at=MONDAY + timedelta(hours=number),
            quarantined_at=None,
            cleared_at=None,
            answer=AnswerIs.FORGOTTEN if number == 0 else AnswerIs.HERE,
            items=None if number == 0 else [an_item(links[number].link.facts.views)],
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
        url=f"https://www.tiktok.com/@ben/video/{VIDEO}",
        links=links,
        calls=calls,
        accruals=accruals,
        made_at=MONDAY,
    )


def test_what_nobody_touched_holds():
    found = verify(json.dumps(a_file()))

    assert found.holds
    assert (found.observations, found.answers, found.accruals, found.first_break) == (3, 2, 2, None)
    assert (found.forgotten, found.left_out) == ([0], [])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each single thing that a file says."""
    within = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [place for name, inner in within for place in places(inner, (*path, name))]
    yield from found or [path]


SOMETHING_ELSE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([]), st.just({}), st.just("0" * 64)
)


@pytest.mark.parametrize("place", list(places(a_file())), ids=lambda place: "-".join(map(str, place)))
def test_whatever_single_thing_is_changed_is_found_and_its_part_is_named(place: tuple[Any, ...]):
    for instead in (
        "changed",
        "2026-11-02T06:00:00.000001+00:00",
        "00" * 32,
        None,
        True,
        False,
        0,
        1,
        -1,
        2**63,
        1e300,
    ):
        file = a_file()
        inner: Any = file
        for name in place[:-1]:
            inner = inner[name]
        if (type(instead), instead) == (type(inner[place[-1]]), inner[place[-1]]):
            continue
        inner[place[-1]] = instead
        try:
            found = verify(json.dumps(file))
        except NotABundle:
            continue
        part = place[1] if place[0] == "digests" else place[0]
        assert f"the part “{part}” was changed" in " ".join(found.problems)


@settings(deadline=None)
@given(st.data())
def test_what_a_stranger_puts_in_its_place_never_holds_and_never_breaks_the_verifier(data: st.DataObject):
    file = a_file()
    place = data.draw(st.sampled_from(list(places(file))))
    inner: Any = file
    for name in place[:-1]:
        inner = inner[name]
    instead = data.draw(SOMETHING_ELSE)
    if json.dumps(instead) == json.dumps(inner[place[-1]]):
        return
    inner[place[-1]] = instead
    with suppress(NotABundle):
        assert not verify(json.dumps(file)).holds


def sealed_anew(file: dict[str, Any]) -> str:
    """The file as somebody leaves it who knows how its digests are made."""
    file["digests"] = {name: digest(part) for name, part in file.items() if name not in ("format", "digests")}
    return json.dumps(file)


def changed(change: Change) -> str:
    """The text of a file in which somebody changed this."""
    file = a_file()
    change(file)
    return json.dumps(file)


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

    assert verify(sealed_anew(file)).first_break == first_break


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda file: file["calls"][1]["items"][0].update(playCount=7), "the answer that it was taken from does not"),
        (lambda file: file["calls"][1].update(items=[]), "the answer that it was taken from does not"),
        (lambda file: file["accruals"][1].update(views_to=1_600), "its observation does not"),
        (lambda file: file["accruals"][1].update(to_observation=7), "names an observation that is not in the file"),
        (lambda file: file["accruals"].pop(0), "0 were counted"),
        (lambda file: file["calls"][1]["items"][0].update(diggCount=11), "does not say the same of them and of likes"),
        (lambda file: file["calls"][1].update(source="another actor"), "another source than its call 1"),
        (lambda file: file["calls"][2].update(ended_at=MONDAY.isoformat()), "later than the ended_at of its call 2"),
        (lambda file: file["calls"][2].update(quarantined_at=MONDAY.isoformat()), "has a quarantined_at"),
        (lambda file: file["calls"][0].update(answer="here"), "says that its answer is here"),
        (lambda file: file["calls"][1].update(answer="forgotten"), "says that its answer is forgotten"),
        (lambda file: file["calls"].append(dict(file["calls"][1])), "a call is in the file twice"),
        (lambda file: file["calls"].append({**file["calls"][1], "id": 9}), "call 9 has no observation"),
        (lambda file: file["observations"][0].update(id=103), "the ids of the observations do not rise"),
        (lambda file: file["accruals"][1].update(from_observation=101), "goes on from another observation"),
        (lambda file: file["accruals"][1].update(name="1:3"), "has the name of another one than number 2"),
        (lambda file: file["clip"].update(url="https://www.tiktok.com/@ben/video/1"), "the clip's url is that of"),
    ],
)
def test_answers_and_earnings_that_say_something_else_are_named(change: Change, problem: str):
    file = a_file()
    change(file)

    found = verify(sealed_anew(file))
    assert (found.holds, found.first_break) == (False, None)
    assert problem in " ".join(found.problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no whole JSON document"),
        (json.dumps(a_file())[:-200], "no whole JSON document"),
        (b"\xff\xfe{", "no whole JSON document"),
        ("[" * 100_000, "no whole JSON document"),
        ('{"format": "cliphaven evidence 2", "format": "cliphaven evidence 2"}', "two fields of one name"),
        ("[]", "no file of the format"),
        ("null", "no file of the format"),
        ("{}", "no file of the format"),
        ('{"format": "cliphaven evidence 1"}', "It says that it is “cliphaven evidence 1”"),
        ('{"format": "cliphaven evidence 3"}', "It says that it is “cliphaven evidence 3”"),
        ('{"format": ' + "9" * 5_000 + "}", "a number in it is too long"),
        ('{"format": "cliphaven evidence 2"}', "cannot be read as evidence: something in it lacks “clip”"),
        (changed(lambda file: file["calls"].pop(0)), "it lacks call 0, which an observation names"),
        (changed(lambda file: file.pop("digests")), "something in it lacks “digests”"),
        (changed(lambda file: file["observations"][0].update(observed_at="then")), "written in another way"),
        (changed(lambda file: file["observations"][0].update(sha256="no digest")), "written in another way"),
        (changed(lambda file: file.update(clip="a clip")), "of another kind than it should be"),
    ],
    ids=range(17),
)
def test_what_is_no_evidence_is_said_to_be_none(text: str | bytes, said: str):
    with pytest.raises(NotABundle, match=said):
        verify(text)


def test_a_stranger_can_verify_the_chain_with_what_the_documentation_says():
    file, previous = json.loads(json.dumps(a_file())), "00" * 32
    calls = {call["id"]: call for call in file["calls"]}
    for row in file["observations"]:
        counts = [row[name] for name in ("views", "likes", "comments", "shares", "saves")]
        call = calls[row["call"]]
        line = ["cliphaven observation 1", previous, "tiktok", VIDEO, *counts, row["observed_at"], row["source"]]
        line += [call["run_id"], call["raw_sha256"], row["believed"], row["dropped"]]
        previous = hashlib.sha256(json.dumps(line, separators=(",", ":")).encode()).hexdigest()
        assert row["sha256"] == previous


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
