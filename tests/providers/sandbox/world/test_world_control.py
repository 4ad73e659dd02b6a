"""The switches: clock, faults, accounts and videos; and that a killed world comes back as it was."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe

RESEND_KEY = "re_of_this_test"


def start_sandbox(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """`python -m sandbox` as a process of its own, answering."""
    environment = {
        **os.environ,
        "SANDBOX_PORT": str(port),
        "SANDBOX_STATE_DIR": str(folder / "state"),
        "SANDBOX_CLOCK_FILE": "",
        "RESEND_API_KEY": RESEND_KEY,
    }
    process = subprocess.Popen([sys.executable, "-m", "sandbox"], env=environment, cwd=Path.cwd())
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/control/health")
        except httpx2.TransportError:
            assert process.poll() is None, "The sandbox ended at once"
            time.sleep(0.05)
        else:
            return process
    raise AssertionError("The sandbox did not answer in time")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_killed_sandbox_comes_back_with_the_same_world(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = start_sandbox(tmp_path, port)
    try:
        given = {"platform": "tiktok", "handle": "clip.maker", "bio": "hello"}
        account = httpx2.post(f"{url}/control/audience/accounts", json=given).json()
        clip = {"platform": "tiktok", "author_id": account["author_id"], "final_views": 5_000}
        video = httpx2.post(f"{url}/control/audience/videos", json=clip).json()
        mail = {"from": "a@example.com", "to": "b@example.com", "subject": "s", "text": "t"}
        headers = {"authorization": f"Bearer {RESEND_KEY}"}
        sent = httpx2.post(f"{url}/resend/emails", json=mail, headers=headers).json()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = start_sandbox(tmp_path, port)
        path = f"{url}/control/audience/videos/tiktok/{video['id']}"
        assert httpx2.get(path).json()["final_views"] == 5_000
        assert httpx2.get(f"{url}/resend/emails/{sent['id']}", headers=headers).status_code == 200
    finally:
        process.kill()
        process.wait()


def test_the_clock_is_advanced_set_and_given_a_speed(world: Any) -> None:
    before = datetime.fromisoformat(world.http.get("/control/clock").json()["now"])
    after = datetime.fromisoformat(world.post("/control/clock", advance_seconds=3_600)["now"])
    assert timedelta(hours=1) <= after - before < timedelta(hours=1, seconds=5)
    answer = world.post("/control/clock", set="2027-01-01T00:00:00Z", speed=60)
    assert answer["now"].startswith("2027-01-01T00:0")
    assert answer["speed"] == 60


def test_an_unknown_fault_is_refused_with_the_words_that_exist(world: Any) -> None:
    answer = world.http.post("/control/faults", json={"vendor": "apify", "kind": "meteor"})
    assert answer.status_code == 400
    assert "drop_after_effect" in answer.json()["error"]


def test_a_fault_happens_as_often_as_asked_and_only_to_what_it_means(world: Any) -> None:
    world.fault("youtube", "rate_limit_429", method="GET", path_prefix="/youtube/v3/videos", times=2)
    key = world.config.youtube_api_key
    paths = ["channels?part=id&id=x", "videos?part=id&id=x", "videos?part=id&id=x", "videos?part=id&id=x"]
    answers = [world.http.get(f"/youtube/youtube/v3/{path}&key={key}").status_code for path in paths]
    assert answers == [200, 429, 429, 200]


def test_forgotten_faults_do_not_happen(world: Any) -> None:
    world.fault("resend", "error_500", times=5)
    world.http.delete("/control/faults")
    assert world.http.get("/resend/outbox").status_code == 200


def test_a_500_with_effect_has_its_effect(world: Any) -> None:
    world.fault("resend", "error_500_with_effect")
    mail = {"from": "a@example.com", "to": "b@example.com", "subject": "s", "text": "t"}
    headers = {"authorization": f"Bearer {world.config.resend_api_key}"}
    assert world.http.post("/resend/emails", json=mail, headers=headers).status_code == 500
    assert len(world.http.get("/resend/outbox.json").json()["data"]) == 1


def test_a_500_has_no_effect(world: Any) -> None:
    world.fault("resend", "error_500")
    mail = {"from": "a@example.com", "to": "b@example.com", "subject": "s", "text": "t"}
    headers = {"authorization": f"Bearer {world.config.resend_api_key}"}
    assert world.http.post("/resend/emails", json=mail, headers=headers).status_code == 500
    assert world.http.get("/resend/outbox.json").json()["data"] == []


def test_a_dropped_answer_breaks_the_transport(world: Any) -> None:
    world.fault("resend", "drop_after_effect")
    with pytest.raises(httpx2.RemoteProtocolError):
        world.http.get("/resend/outbox")


def test_a_slow_answer_takes_its_time(world: Any) -> None:
    world.fault("resend", "slow", seconds=0.3)
    started = time.monotonic()
    assert world.http.get("/resend/outbox").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_a_handle_is_taken_once_on_a_platform(world: Any) -> None:
    world.account("tiktok", "clip.maker")
    given = {"platform": "tiktok", "handle": "Clip.Maker"}
    assert world.http.post("/control/audience/accounts", json=given).status_code == 400
    world.account("instagram", "clip.maker")


def test_a_new_bio_is_shown_and_the_id_stays_when_the_handle_changes(world: Any) -> None:
    account = world.account("instagram", bio="before")
    path = f"/control/audience/accounts/instagram/{account['author_id']}"
    changed = world.http.patch(path, json={"bio": "after", "handle": "new.name"}).json()
    assert (changed["bio"], changed["handle"], changed["author_id"]) == ("after", "new.name", account["author_id"])


def test_a_video_can_be_deleted_and_restored(world: Any) -> None:
    video = world.video(world.account("youtube"))
    assert [world.act(video, action)["visible"] for action in ("delete", "restore")] == [False, True]


def test_a_video_shows_the_views_it_is_told_to(world: Any) -> None:
    video = world.video(world.account("youtube"))
    assert world.act(video, "set_views", views=12_345)["views"] == 12_345
    assert world.act(video, "purge", share=0.4)["views"] == 12_345 - round(12_345 * 0.4)


def test_a_purge_lowers_an_honest_count_by_its_share(world: Any) -> None:
    video = world.video(world.account("youtube"), final_views=100_000)
    before = video["views"]
    after = world.act(video, "purge", share=0.3)["views"]
    assert after == pytest.approx(0.7 * before, rel=0.001)


@pytest.mark.parametrize(
    "given", [{"attack": "meteor"}, {"fate": "meteor"}, {"kind": "image"}, {"color": "red"}], ids=str
)
def test_a_video_of_an_unknown_sort_is_refused(world: Any, given: dict[str, str]) -> None:
    account = world.account("youtube")
    answer = world.http.post(
        "/control/audience/videos", json={"platform": "youtube", "author_id": account["author_id"], **given}
    )
    assert answer.status_code == 400


def test_a_coauthor_may_be_named_by_handle(world: Any) -> None:
    author, friend = world.account("instagram"), world.account("instagram", "friend")
    assert world.video(author, coauthors=["friend", friend["author_id"]])["platform"] == "instagram"
    given = {"platform": "instagram", "author_id": author["author_id"], "coauthors": ["nobody"]}
    assert world.http.post("/control/audience/videos", json=given).status_code == 400


def test_the_truth_of_any_moment_can_be_asked(world: Any) -> None:
    video = world.video(world.account("tiktok"), final_views=8_000, posted_at="2026-10-01T00:00:00Z")
    path = f"/control/audience/videos/tiktok/{video['id']}"
    assert world.http.get(path, params={"at": "2026-10-31T00:00:00+00:00"}).json()["views"] == 8_000


def test_settling_without_webhooks_delivers_nothing(world: Any) -> None:
    assert world.post("/control/settle") == {"delivered": 0, "failed": 0}


def test_a_dispute_over_an_unknown_charge_is_refused(world: Any) -> None:
    assert world.http.post("/control/stripe/disputes", json={"charge": "ch_nothing"}).status_code == 400


def test_a_payment_is_disputed_by_hand_and_the_dispute_lost(world: Any) -> None:
    sdk = stripe.StripeClient(world.config.stripe_api_key, base_addresses={"api": f"{world.url}/stripe"})
    payment = sdk.v1.payment_intents.create(
        {"amount": 20_000, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
    )
    dispute = world.post("/control/stripe/disputes", charge=str(payment.latest_charge))
    assert dispute["status"] == "needs_response"
    assert world.post(f"/control/stripe/disputes/{dispute['id']}/close", won=False)["status"] == "lost"


def test_the_same_world_grows_the_same_way_twice(tmp_path: Path, start_world: Callable[..., Any]) -> None:
    seen = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with start_world(tmp_path / name) as world:
            video = world.video(world.account("tiktok"), final_views=None)
            seen.append((video["id"], video["final_views"], video["short_url"]))
    assert seen[0] == seen[1]
