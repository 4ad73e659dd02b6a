"""One clip and one strange answer: nothing is overwritten, nothing is paid, its kind is counted, and it is asked again.

Each case goes the whole way: the pretend vendor over HTTP, the poll, the tables, the accrual. Clauses are those of
docs/vendors.md.
"""

import json
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from cliphaven.providers import vendor_calls
from cliphaven.tracking.models import Observation, VendorCall
from cliphaven.tracking.operations import polling
from sandbox import spoiling
from tests.rooms.tracking.test_polling import poll_at, tracked
from tests.rooms.tracking.vendors.scene import LONGEST_WAIT, SINCE, a_scene
from tests.world import SandboxWorld

pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db]

SCRAPED = ("tiktok", "instagram")
ALL = (*SCRAPED, "youtube")

# M-2, I-6, P-8: a count is a whole number from 0 to 10^11, in the vendor's own type. All else is no count.
NO_COUNTS = (
    *("views_null", "views_missing", "views_text", "views_spaced", "views_signed", "views_true", "views_false"),
    *("views_fraction", "views_float", "views_listed", "views_nested", "views_negative", "views_hidden", "views_huge"),
    "views_endless",
)
# YouTube's counts are text, those of the actors are numbers.
WRONG_TYPE = {"tiktok": "views_as_text", "instagram": "views_as_text", "youtube": "views_as_number"}


@pytest.mark.parametrize("platform", ALL)
def test_what_is_no_count_is_no_measurement_whatever_it_is(world: SandboxWorld, platform: str) -> None:
    scene = a_scene(world, platform)
    before, kinds, counted = scene.known(), [*NO_COUNTS, WRONG_TYPE[platform]], {}
    for kind in kinds:
        scene.fault(kind)
        scene.ask()
        counted[kind] = scene.outcomes()

    assert counted == {kind: {"no_metric": 1} for kind in kinds}
    assert scene.known() == before
    scene.ask()
    assert scene.views() == [SINCE]


# What the vendor does, with whom, what is counted.
CASES: list[tuple[str, tuple[str, ...], dict[str, int]]] = [
    # I-4: the old counter is several times smaller; a change of field would look like a jump.
    ("old_counter_only", ("instagram",), {"no_metric": 1}),
    # I-6, I-7: pictures have no such number, whatever stands there.
    ("post_picture", ("instagram",), {"no_metric": 1}),
    ("post_carousel", ("instagram",), {"no_metric": 1}),
    # T-4, I-3, M-4: the id decides; an item that is one clip by its id and answers another is believed for neither.
    ("items_of_another", SCRAPED, {"mismatch": 1}),
    ("items_unreadable_ids", SCRAPED, {"mismatch": 1}),
    ("items_of_another", ("youtube",), {"missing": 1, "unreadable_items": 1}),
    ("items_unreadable_ids", ("youtube",), {"missing": 1, "unreadable_items": 1}),
    ("items_without_names", ALL, {"missing": 1, "unreadable_items": 1}),
    # T-6: another shape of the same data.
    ("items_flat", SCRAPED, {"provider_error": 1}),
    # T-5, I-9: error items.
    ("not_found", SCRAPED, {"gone_hint": 1}),
    ("restricted_page", ("instagram",), {"restricted": 1}),
    ("no_items", ("instagram",), {"provider_error": 1}),
    ("not_found_profile", ("instagram",), {"missing": 1, "unreadable_items": 1}),
    ("error_unknown", SCRAPED, {"provider_error": 1}),
    ("error_with_counts", SCRAPED, {"provider_error": 1}),
    # M-1: no item at all, or nothing that is one.
    ("item_missing", ALL, {"missing": 1}),
    ("items_empty", ALL, {"missing": 1}),
    ("noise_instead", ALL, {"missing": 1, "unreadable_items": 1}),
    # M-4: what belongs elsewhere. Instagram's own numbers look like TikTok's ids.
    ("items_of_another_platform", ("tiktok",), {"missing": 1, "unrequested_items": 1}),
    ("items_of_another_platform", ("instagram", "youtube"), {"missing": 1, "unreadable_items": 1}),
    # Y-3, Y-4.
    ("statistics_missing", ("youtube",), {"no_metric": 1}),
    ("stream_upcoming", ("youtube",), {"no_metric": 1}),
    ("status_private", ("youtube",), {"restricted": 1}),
    ("status_deleted", ("youtube",), {"gone_hint": 1}),
    ("status_rejected", ("youtube",), {"gone_hint": 1}),
    ("status_failed", ("youtube",), {"gone_hint": 1}),
]


@pytest.mark.parametrize(
    ("kind", "platform", "counted"),
    [
        pytest.param(kind, platform, counted, id=f"{kind}-{platform}")
        for kind, platforms, counted in CASES
        for platform in platforms
    ],
)
def test_what_is_no_measurement_changes_nothing_and_is_counted_by_its_kind(
    world: SandboxWorld, kind: str, platform: str, counted: dict[str, int]
) -> None:
    scene = a_scene(world, platform)
    before = scene.known()
    scene.fault(kind)

    scene.ask()

    assert (scene.known(), scene.outcomes()) == (before, counted)
    assert all(timedelta(minutes=1) <= wait <= LONGEST_WAIT for wait in scene.waits())
    scene.ask(after=LONGEST_WAIT)
    assert scene.views() == [SINCE]


# What no reading can be taken from at all.
UNREADABLE = (
    *("answer_truncated", "answer_html", "answer_error", "answer_empty", "answer_null", "answer_object", "answer_text"),
    *("answer_twice", "answer_not_utf8", "answer_utf16", "answer_half_characters", "answer_deep", "items_nested"),
    *("answer_too_long", "answer_packed_twice", "answer_packed_badly", "answer_cut_off", "answer_dripping"),
)


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is asked for again at once, or waited for while it drips."""
    monkeypatch.setattr(vendor_calls, "_PAUSES_BEFORE_READING_AGAIN", ())
    monkeypatch.setattr(vendor_calls, "ANSWER_SECONDS", 1)


@pytest.mark.usefixtures("read_once")
def test_an_answer_that_is_no_list_of_items_is_the_vendors_fault(world: SandboxWorld) -> None:
    scene = a_scene(world, "youtube")
    before, failed = scene.known(), {}
    for kind in UNREADABLE:
        scene.fault(kind)
        polled = scene.ask(after=timedelta(hours=8))
        failed[kind] = (polled.failed_calls, scene.outcomes())

    assert failed == {kind: (1, {"provider_error": 1}) for kind in UNREADABLE}
    assert (scene.known(), tracked(scene.clips[0]).availability) == (before, "alive")


@pytest.mark.usefixtures("read_once")
def test_a_run_whose_dataset_is_nonsense_is_read_later_instead_of_paid_twice(world: SandboxWorld) -> None:
    scene, became = a_scene(world, "tiktok"), {}
    for kind in UNREADABLE:
        # Of a run that is over the dataset is read once more before it is left for later.
        scene.fault(kind, times=2)
        before = scene.known()
        polled = scene.ask(after=timedelta(hours=8))
        unchanged = scene.known() == before
        poll_at(scene.at + polling.LEASE)
        scene.fetch_call()
        became[kind] = (polled.failed_calls, unchanged, scene.outcomes())

    assert became == {kind: (1, True, {"measured": 1}) for kind in UNREADABLE}
    assert VendorCall.objects.count() == 1 + len(UNREADABLE)


@pytest.mark.usefixtures("read_once")
def test_a_vendor_that_answered_nonsense_is_asked_again_after_ten_minutes(world: SandboxWorld) -> None:
    scene = a_scene(world, "youtube")
    scene.fault("answer_html")
    scene.ask()

    assert scene.waits() == [timedelta(minutes=10)]


def test_an_answer_with_numbers_that_json_does_not_know_is_read_without_them(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok")
    before = scene.known()
    scene.fault("answer_not_a_number")

    scene.ask()

    assert (scene.known(), scene.outcomes()) == (before, {"missing": 1, "unreadable_items": 1})


# Numbers that are counts, and that nobody may believe: they are kept, and move nothing.
@pytest.mark.parametrize("platform", ALL)
@pytest.mark.parametrize("kind", ["views_zero", "views_dropped", "views_older"])
def test_a_count_that_falls_is_kept_as_it_was_read_and_pays_and_overwrites_nothing(
    world: SandboxWorld, kind: str, platform: str
) -> None:
    scene = a_scene(world, platform)
    before = scene.known()
    scene.fault(kind)

    scene.ask()

    after = scene.known()
    assert (after.accruals, after.paid_minor, scene.outcomes()) == (before.accruals, before.paid_minor, {"measured": 1})
    assert [row[:3] for row in after.seen] == [row[:3] for row in before.seen]
    fallen = [row.believed for row in Observation.objects.filter(clip=scene.clips[0]).order_by("id")]
    assert fallen == [True, False]


# What is strange about the rest of an answer does not hurt the clip that was asked for.
@pytest.mark.parametrize(
    ("kind", "platform", "counted"),
    [
        *(("items_twice", platform, {"duplicate_items": 1}) for platform in ALL),
        *(("items_twice_higher", platform, {"duplicate_items": 1}) for platform in ALL),
        *(("item_of_a_stranger", platform, {"unrequested_items": 1}) for platform in SCRAPED),
        *(("noise_beside", platform, {"unreadable_items": 7}) for platform in ALL),
        *(("markup_in_texts", platform, {}) for platform in SCRAPED),
        *(("headers_missing", platform, {}) for platform in SCRAPED),
        *(("type_missing", platform, {}) for platform in ALL),
        *(("type_wrong", platform, {}) for platform in ALL),
        *(("nul_in_names", platform, {}) for platform in ALL),
        *(("moments_impossible", platform, {}) for platform in ALL),
        *(("moments_ahead", platform, {}) for platform in ALL),
        *(("likes_absurd", platform, {}) for platform in ALL),
        ("status_unlisted", "youtube", {}),
        ("stream_live", "youtube", {}),
    ],
)
def test_a_good_item_among_strange_ones_is_measured_at_its_own_count(
    world: SandboxWorld, kind: str, platform: str, counted: dict[str, int]
) -> None:
    scene = a_scene(world, platform)
    scene.fault(kind)

    scene.ask()

    assert (scene.views(), scene.outcomes()) == ([SINCE], {"measured": 1} | counted)


@pytest.mark.parametrize("platform", ALL)
def test_of_what_else_is_no_count_nothing_is_kept(world: SandboxWorld, platform: str) -> None:
    scene = a_scene(world, platform)
    scene.fault("likes_absurd")

    scene.ask()

    reading = Observation.objects.filter(clip=scene.clips[0]).latest("id")
    assert (reading.views, reading.likes, reading.comments) == (SINCE, None, None)
    if platform == "tiktok":
        assert (reading.shares, reading.saves) == (None, None)


def test_a_dataset_without_end_is_read_to_a_limit(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok")
    scene.fault("items_without_end", times=20)

    scene.ask()

    assert scene.views() == [SINCE]
    assert scene.outcomes()["duplicate_items"] < 6_000


def test_a_spike_is_kept_with_its_source_and_its_answer(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok")
    scene.fault("views_tripled")

    scene.ask()

    # A count rises at once: a clip may well triple. Who wants to know reads the vendor's own words.
    assert scene.call is not None
    reading = Observation.objects.get(call=scene.call)
    assert (reading.views, reading.believed, scene.outcomes()) == (3 * SINCE, True, {"measured": 1})
    assert reading.source.startswith("clockworks/tiktok-scraper ")
    assert reading.source.endswith(" playCount")
    kept = json.loads(zlib.decompress(bytes(scene.call.raw_json or b"")))
    assert [item["playCount"] for item in kept] == [3 * SINCE]


def test_every_way_to_spoil_an_answer_is_tried() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))

    assert sorted(kind for kind in spoiling.KINDS if f'"{kind}"' not in tests) == []
