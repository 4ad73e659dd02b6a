"""What binds clips and people together: found by exact keys, and never among those who only share a crowd."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.clips.rules.thumbnails import difference_hash
from cliphaven.fraud.rules.across.duplicates import Likeness, Submitted, duplicates
from cliphaven.fraud.rules.across.keys import mailbox_of, network_of
from cliphaven.fraud.rules.across.links import Bond, Shared, linked, payout_rings
from cliphaven.fraud.rules.across.lockstep import hard_rings, in_step, lockstep
from cliphaven.fraud.rules.across.rings import ring
from cliphaven.fraud.rules.across.self_dealing import own_money, self_dealing
from cliphaven.fraud.rules.reasons import sentence
from cliphaven.fraud.rules.series import Series, Snapshot

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
END = NOON + timedelta(hours=60)


def having(digest: str, *people: str, kind: str = Bond.PAYOUT_ACCOUNT) -> list[Shared]:
    return [Shared(person, kind, digest) for person in people]


def a_clip(name: str, *, pattern: int, creator: str | None = None, scale: float = 1.0) -> Series:
    """Sixty hours whose hourly views follow a pattern, times a scale."""
    chance = Random(pattern)
    count, snapshots = 20_000.0, []
    for hour in range(60):
        snapshots.append(Snapshot(NOON + timedelta(hours=hour), int(count)))
        count += scale * chance.choice((50, 190))
    return Series(clip=name, platform="tiktok", snapshots=tuple(snapshots), creator=creator or name)


def test_people_who_share_a_bank_account_or_a_device_belong_together():
    groups = linked(
        [*having("bank", "ann", "bob"), *having("phone", "bob", "cid", kind=Bond.DEVICE), Shared("dan", "ip", "x")]
    )

    assert [group.people for group in groups] == [("ann", "bob", "cid")]
    assert groups[0].traits == ((Bond.DEVICE, "phone"), (Bond.PAYOUT_ACCOUNT, "bank"))


def test_an_address_that_a_whole_school_shares_binds_nobody():
    school = having("school", *(f"pupil-{number}" for number in range(5)), kind=Bond.IP)

    assert linked(school) == []
    assert len(linked(school[:4])) == 1


@given(
    st.lists(
        st.builds(Shared, st.sampled_from("abcdef"), st.sampled_from(list(Bond)), st.sampled_from("xyz")), max_size=30
    ),
    st.randoms(use_true_random=False),
)
def test_groups_do_not_hang_on_the_order_of_traits(traits, chance):
    shuffled = list(traits)
    chance.shuffle(shuffled)

    assert linked(traits) == linked(shuffled)


def test_a_ring_is_three_people_who_are_paid_to_one_account():
    assert payout_rings(having("bank", "ann", "bob")) == []
    assert [ring.people for ring in payout_rings(having("bank", "ann", "bob", "cid"))] == [("ann", "bob", "cid")]


def submitted(clip: str, minute: int, *, video: str = "1", creator: str | None = None, **known: object) -> Submitted:
    return Submitted(
        clip=clip,
        creator=creator or clip,
        platform="tiktok",
        video_id=video,
        submitted_at=NOON + timedelta(minutes=minute),
        **known,  # type: ignore[arg-type]
    )


def test_whoever_submitted_a_video_first_keeps_it():
    (found,) = duplicates([submitted("later", 5), submitted("first", 1)])

    assert (found.clip, found.of, found.likeness, found.is_certain) == ("later", "first", Likeness.SAME_VIDEO, True)


def test_the_same_file_of_another_creator_is_a_duplicate_and_of_oneself_is_not():
    own = [
        submitted("a", 1, video="1", creator="ann", content="f"),
        submitted("b", 2, video="2", creator="ann", content="f"),
    ]
    stolen = submitted("c", 3, video="3", creator="bob", content="f")

    assert duplicates(own) == []
    assert [one.of for one in duplicates([*own, stolen])] == ["a"]


@pytest.mark.parametrize(("bits", "alike"), [(0, True), (6, True), (7, False)])
def test_pictures_that_differ_in_six_bits_look_alike(bits: int, alike: bool):
    picture = 0x0123456789ABCDEF
    spread = sum(1 << (place * 9) for place in range(bits))
    found = duplicates(
        [submitted("a", 1, video="1", picture=picture), submitted("b", 2, video="2", picture=picture ^ spread)]
    )

    assert [one.likeness for one in found] == ([Likeness.LOOKS_ALIKE] if alike else [])
    assert not any(one.is_certain for one in found)


def test_a_picture_that_is_brighter_all_over_has_the_same_hash():
    picture = [[(row * 37 + place * 61) % 200 for place in range(9)] for row in range(8)]

    assert difference_hash(picture) == difference_hash([[value + 50 for value in row] for row in picture])
    with pytest.raises(ValueError, match="8 rows"):
        difference_hash(picture[:7])


def test_views_that_follow_one_order_move_in_step_whatever_their_size():
    ring = [a_clip(name, pattern=1, scale=scale) for name, scale in (("a", 1.0), ("b", 1.7), ("d", 0.8))]
    pairs = lockstep([*ring, a_clip("c", pattern=2)], now=END)

    assert sorted((pair.first, pair.second) for pair in pairs) == [("a", "b"), ("a", "d"), ("b", "d")]
    assert pairs[0].correlation > 0.98
    told = in_step("b", pairs, among=4)
    assert told is not None
    assert (told.strength, told.evidence["clips"]) == (4.0, 2)
    assert in_step("c", pairs, among=4) is None


def test_one_other_clip_in_step_is_no_proof_however_close_the_two_are():
    pairs = lockstep([a_clip("a", pattern=1), a_clip("b", pattern=1)], now=END)
    told = in_step("a", pairs, among=2)

    assert pairs[0].correlation > 0.98
    assert told is not None
    assert told.strength == 2.0


def test_the_more_clips_were_compared_the_less_it_means_to_be_in_step_with_some():
    pairs = [replace(pair, rarity=3.0) for pair in lockstep([a_clip(name, pattern=1) for name in "abc"], now=END)]
    few, many = in_step("a", pairs, among=3), in_step("a", pairs, among=60)

    assert few is not None
    assert many is not None
    # Two of two others are one way, two of 59 are 59·58/2 = 1,711; 75 looks are off each.
    assert few.strength == pytest.approx(min(4.0, 2 * 3.0 - math.log10(75)))
    assert many.strength == pytest.approx(2 * 3.0 - math.log10(1_711) - math.log10(75), abs=1e-4)


def test_clips_that_only_fade_alike_by_day_and_night_are_not_in_step():
    def fading(name: str, seed: int) -> Series:
        chance, count, snapshots = Random(seed), 1_000.0, []
        for hour in range(60):
            snapshots.append(Snapshot(NOON + timedelta(hours=hour), int(count)))
            lively = 1 + 0.35 * math.cos((hour - 7) / 24 * 2 * math.pi)
            count += chance.gauss(1, 0.05) * 60_000 * lively / (hour + 4)
        return Series(clip=name, platform="tiktok", snapshots=tuple(snapshots), creator=name)

    assert lockstep([fading("a", 1), fading("b", 2), fading("c", 3)], now=END) == []


def test_what_all_clips_of_a_platform_do_in_an_hour_binds_none_of_them():
    clips = [a_clip(f"{number}", pattern=1) for number in range(9)]

    assert lockstep(clips, now=END) == []


def test_clips_of_one_creator_are_not_held_against_each_other():
    assert lockstep([a_clip("a", pattern=1, creator="ann"), a_clip("b", pattern=1, creator="ann")], now=END) == []


def test_fewer_than_24_hours_with_four_on_both_sides_say_nothing():
    assert lockstep([a_clip("a", pattern=1), a_clip("b", pattern=1)], now=NOON + timedelta(hours=31)) == []


def test_three_creators_in_step_are_hard_evidence_and_two_are_not():
    clips = [a_clip(name, pattern=1, scale=9) for name in ("a", "b", "c")]
    creators = {clip.clip: str(clip.creator) for clip in clips}

    assert hard_rings(lockstep(clips, now=END), creators=creators) == [("a", "b", "c")]
    assert hard_rings(lockstep(clips[:2], now=END), creators=creators) == []
    assert hard_rings(lockstep(clips, now=END), creators={"a": "ann", "b": "ann", "c": "bob"}) == []


def test_a_sponsor_s_member_who_earns_from_the_own_campaign_is_found():
    (found,) = self_dealing(members=["ann", "bob"], creator="ann", traits=[])

    assert found.is_hard


def test_a_creator_with_a_member_s_bank_account_is_found_and_a_shared_network_is_a_hint():
    traits = [*having("bank", "bob", "zoe"), *having("home", "bob", "zoe", kind=Bond.IP)]
    found = self_dealing(members=["ann", "bob"], creator="zoe", traits=traits)

    assert [(one.bond, one.is_hard) for one in found] == [(Bond.IP, False), (Bond.PAYOUT_ACCOUNT, True)]


def test_what_a_crowd_shares_is_no_self_dealing():
    traits = having("cafe", "bob", "zoe", kind=Bond.IP)

    assert self_dealing(members=["bob"], creator="zoe", traits=traits, crowd={(Bond.IP, "cafe"): 40}) == []


def test_of_all_that_binds_to_the_sponsor_the_surest_is_told():
    traits = [
        *having("home", "bob", "zoe", kind=Bond.IP),
        *having("phone", "ann", "zoe", kind=Bond.DEVICE),
        *having("bank", "bob", "zoe"),
    ]
    told = own_money(self_dealing(members=["ann", "bob"], creator="zoe", traits=traits))
    hint = own_money(self_dealing(members=["ann", "bob"], creator="zoe", traits=traits[:2]))

    assert told is not None
    assert (told.strength, told.evidence) == (4.0, {"bond": "payout_account", "members": 2})
    assert sentence(told.signal, told.evidence, None) == (
        "The creator is paid to the same bank account as a member of the sponsor who pays for this clip."
    )
    assert hint is not None
    assert hint.strength == 1.5
    assert own_money([]) is None


@pytest.mark.parametrize(
    ("kind", "people", "strength"),
    [
        (Bond.PAYOUT_ACCOUNT, 3, 4.0),
        (Bond.PAYOUT_ACCOUNT, 2, None),
        (Bond.PAYOUT_ACCOUNT, 50, None),
        (Bond.MAILBOX, 3, 4.0),
        (Bond.DEVICE, 3, 2.5),
        (Bond.DEVICE, 8, None),
        (Bond.IP, 4, 1.0),
        (Bond.IP, 5, None),
    ],
)
def test_three_accounts_with_one_trait_are_a_ring_unless_a_crowd_has_it(kind, people, strength):
    told = ring(creator="p1", traits=having("x", *(f"p{number}" for number in range(people)), kind=kind))

    assert (told and told.strength) == strength


def test_a_ring_is_told_with_how_many_and_by_what():
    told = ring(creator="ann", traits=[*having("bank", "ann", "bob", "cid"), *having("x", "ann", kind=Bond.IP)])

    assert told is not None
    assert sentence(told.signal, told.evidence, None) == (
        "3 accounts, this one among them, are paid to one bank account."
    )
    assert ring(creator="dan", traits=having("bank", "ann", "bob", "cid")) is None


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("Ben@Example.test", "ben@example.test"),
        ("ben+two@example.test", "ben@example.test"),
        ("b.e.n+3@googlemail.com", "ben@gmail.com"),
        ("b.en@example.test", "b.en@example.test"),
        ("+ben@example.test", "+ben@example.test"),
    ],
)
def test_a_mailbox_is_known_behind_all_its_addresses(email, mailbox):
    assert mailbox_of(email) == mailbox


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.4.4", "8.8.4.4"),
        ("::ffff:8.8.4.4", "8.8.4.4"),
        ("2a00:1450:4001:810::200e", "2a00:1450:4001:810::/64"),
        ("2a00:1450:4001:810:1:2:3:4", "2a00:1450:4001:810::/64"),
        ("127.0.0.1", ""),
        ("10.0.0.7", ""),
        ("fe80::1", ""),
        ("unknown", ""),
        ("8.8.4.4:4711", ""),
        ("", ""),
    ],
)
def test_an_address_is_that_of_a_subscriber_and_none_that_is_not_public(address, network):
    assert network_of(address) == network


def test_clips_of_a_hard_ring_are_as_strange_as_can_be_and_say_of_how_many_creators():
    clips = [a_clip(name, pattern=1, scale=9) for name in ("a", "b", "c")]
    told = in_step("a", lockstep(clips, now=END), among=500, ring=3)

    assert told is not None
    assert (told.strength, told.evidence["ring"]) == (4.0, 3)
    assert sentence(told.signal, told.evidence, told.since_at).endswith("Those of 3 creators all agree this closely.")


def test_two_clips_that_are_only_somewhat_alike_are_not_in_step():
    plain = a_clip("n", pattern=1)
    chance = Random(5)
    count, blurred = 20_000.0, []
    for before, after in zip(plain.snapshots, plain.snapshots[1:], strict=False):
        blurred.append(Snapshot(before.at, int(count)))
        count += (after.views - before.views) * math.exp(chance.gauss(0, 1))

    assert lockstep([plain, Series(clip="m", platform="tiktok", snapshots=tuple(blurred))], now=END) == []
