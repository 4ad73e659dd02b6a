"""The evidence of a clip is downloaded by whom it concerns, and verified by a command that needs no database."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip
from cliphaven.earnings.operations.accruing import accrue_all
from cliphaven.identity.models import User
from tests.people import a_campaign, a_user, ben, dot, mallory
from tests.rooms.clips.outside import Account, an_account
from tests.rooms.tracking.test_polling import act, approved, poll_at

pytestmark = pytest.mark.django_db


def downloaded(clip: Clip, user: User) -> bytes | int:
    """The file as this person gets it, or how it was refused."""
    client = Client()
    client.force_login(user)
    answer = client.get(f"/clips/{clip.id}/evidence.json", secure=True)
    return answer.content if answer.status_code == 200 else answer.status_code


def verified(content: bytes, tmp_path: Path) -> tuple[int, str]:
    """What the command says of the file, in a process of its own without any address of a database."""
    file = tmp_path / "evidence.json"
    file.write_bytes(content)
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "-m", "cliphaven.config.commands", "evidence", "verify", str(file)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


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
