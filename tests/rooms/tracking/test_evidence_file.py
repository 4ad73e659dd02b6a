"""The evidence of a clip is downloaded by whom it concerns, and verified by a command that needs no database."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip
from cliphaven.config.commands import evidence
from cliphaven.earnings.operations.accruing import accrue_all
from cliphaven.identity.models import Membership, Organisation, Role, User
from cliphaven.tracking.models import VendorCall
from cliphaven.tracking.operations import lifecycle
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, ben, dot, mallory
from tests.rooms.clips.outside import Account, an_account
from tests.rooms.tracking.answers import record
from tests.rooms.tracking.test_canaries import a_canary, answered
from tests.rooms.tracking.test_polling import act, approved, poll_at

pytestmark = pytest.mark.django_db


def downloaded(clip: Clip, user: User | None) -> bytes | int:
    """The file as this person gets it, or how it was refused; None is nobody who signed in."""
    client = Client()
    if user is not None:
        client.force_login(user)
    answer = client.get(f"/clips/{clip.id}/evidence.json", secure=True)
    return answer.content if answer.status_code == 200 else answer.status_code


def verified(content: bytes, tmp_path: Path, *options: str) -> tuple[int, str]:
    """What the command says of the file, in a process of its own without any address of a database."""
    file = tmp_path / "evidence.json"
    file.write_bytes(content)
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "-m", "cliphaven.config.commands", "evidence", "verify", str(file), *options],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def a_clip() -> Clip:
    """A clip that counts, at an address that names its video, as all real ones do."""
    clip = an_approved_clip(a_campaign())
    clip.canonical_url = f"https://www.tiktok.com/@ben/video/{clip.video_id}"
    clip.save()
    return clip


def read_three_times(campaign: Campaign, account: Account) -> Clip:
    clip = approved(account, campaign)
    for hours, views in enumerate((20_000, 30_000, 40_000)):
        act(clip, account.world, "set_views", views=views)
        poll_at(account.world.now() + timedelta(hours=2 * hours))
    return clip


def test_the_file_goes_to_the_creator_the_sponsor_and_the_staff_and_holds(world, tmp_path):
    campaign = a_campaign()
    clip = read_three_times(campaign, an_account(world))
    accrue_all(now=world.now())

    contents = [downloaded(clip, user) for user in (ben(), a_user("Ada"), a_user("Cleo"), dot())]
    assert [downloaded(clip, mallory())] == [404]
    assert all(isinstance(content, bytes) for content in contents)
    code, said = verified(bytes(contents[0]), tmp_path)
    assert (code, "each of the 3 observations follows from the one before it" in said) == (0, True)
    assert "3 of them were compared with the vendor's answer" in said
    assert "1 steps of earnings" in said


def test_nobody_else_is_told_whether_there_is_such_a_file():
    clip = an_approved_clip(a_campaign())
    record({clip: 1_000}, at=MONDAY)
    rival = a_user("Rita")
    organisation = Organisation.objects.create(name="Rival Ltd", created_at=MONDAY)
    Membership.objects.create(organisation=organisation, user=rival, role=Role.OWNER)

    assert [downloaded(clip, user) for user in (rival, mallory())] == [404, 404]
    assert downloaded(clip, None) == 302  # to sign in
    assert Client().get("/clips/999999/evidence.json", secure=True).status_code == 302
    assert downloaded(Clip(id=999_999), dot()) == 404


def test_a_clip_read_in_two_months_has_one_chain(tmp_path):
    clip = a_clip()
    for days, views in enumerate((1_000, 1_100, 1_200)):
        record({clip: views}, at=MONDAY + timedelta(days=27 + days))  # 29 and 30 November, 1 December

    code, said = verified(bytes(downloaded(clip, ben())), tmp_path)
    assert (code, "each of the 3 observations follows from the one before it" in said) == (0, True)


def test_answers_that_are_forgotten_are_named_and_everything_else_holds(tmp_path):
    clip = a_clip()
    for days, views in ((0, 1_000), (50, 1_100), (100, 1_200)):
        record({clip: views}, at=MONDAY + timedelta(days=days))
    lifecycle.forget_raw_answers(now=MONDAY + timedelta(days=145))
    first, second, _ = VendorCall.objects.order_by("id").values_list("id", flat=True)

    code, said = verified(bytes(downloaded(clip, ben())), tmp_path)
    assert (code, "each of the 3 observations follows" in said) == (0, True)
    assert f"The answers of 2 calls are forgotten, as all are after their time: {first}, {second}." in said
    assert "1 of them were compared" in said
    said = json.loads(verified(bytes(downloaded(clip, ben())), tmp_path, "--json")[1])
    assert (said["holds"], said["answers"], said["forgotten"]) == (True, 1, [first, second])


def test_what_was_read_in_quarantine_is_in_the_chain_and_not_believed(tmp_path):
    clip, canary = a_clip(), a_canary()
    answered(clip, 9_000, canary=canary, canary_said=30_000, at=MONDAY)
    answered(clip, 4_000, canary=canary, canary_said=50_000, at=MONDAY + timedelta(hours=1))
    content = bytes(downloaded(clip, ben()))

    file = json.loads(content)
    assert [(row["views"], row["believed"]) for row in file["observations"]] == [(9_000, False), (4_000, True)]
    assert [call["quarantined_at"] is not None for call in file["calls"]] == [True, False]
    assert file["calls"][0]["cleared_at"] == file["calls"][1]["ended_at"]
    assert verified(content, tmp_path)[0] == 0


def test_a_file_that_is_too_large_or_cut_off_is_said_to_be_so(tmp_path):
    clip = a_clip()
    record({clip: 1_000}, at=MONDAY)
    content = bytes(downloaded(clip, ben()))

    code, said = verified(content[: len(content) // 2], tmp_path)
    assert (code, "no whole JSON document" in said, "Traceback" in said) == (1, True, False)
    code, said = verified(content + b" " * evidence.FILE_MAX_BYTES, tmp_path)
    assert (code, said) == (1, "This file is too large to be the evidence of one clip.\n")


def test_a_program_is_told_as_json_that_a_file_is_none(tmp_path):
    code, said = verified(b"<!doctype html>", tmp_path, "--json")

    told = json.loads(said.splitlines()[0])
    assert (code, told["holds"], "no whole JSON document" in told["problems"][0]) == (1, False, True)


def test_a_file_that_was_meddled_with_does_not_hold(world, tmp_path):
    clip = read_three_times(a_campaign(), an_account(world))
    content = downloaded(clip, ben())
    assert isinstance(content, bytes)

    code, said = verified(content.replace(b'"views": 30000', b'"views": 31000'), tmp_path)
    assert (code, "observation 2 of 3 does not follow" in said) == (1, True)
    code, said = verified(b"{}", tmp_path)
    assert (code, "no file of the format" in said) == (1, True)


def test_the_file_names_no_other_clip(world):
    account, campaign = an_account(world), a_campaign()
    other = approved(account, campaign)
    clip = read_three_times(campaign, account)
    content = downloaded(clip, ben())

    assert isinstance(content, bytes)
    assert other.video_id.encode() not in content
