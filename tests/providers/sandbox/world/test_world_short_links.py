"""Short and share links as a careful resolver meets them."""

from typing import Any

import pytest

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140", "sec-fetch-mode": "navigate"}


def follow(world: Any, url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Any:
    path = "/links/" + url.removeprefix("https://")
    return world.http.request(method, path, headers=BROWSER if headers is None else headers, follow_redirects=False)


def bad_token(world: Any, token: str) -> str:
    return str(follow(world, f"https://vm.tiktok.com/{token}/").headers["location"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_tiktok_short_link_leads_to_the_video(world: Any, method: str) -> None:
    video = world.video(world.account("tiktok"))
    answer = follow(world, video["short_url"], method)
    assert answer.status_code == 301
    assert answer.headers["location"].startswith(video["url"] + "?")


def test_tiktok_share_links_use_all_their_hosts(world: Any) -> None:
    account = world.account("tiktok")
    links = [world.video(account)["short_url"] for _ in range(30)]
    hosts = {link.removeprefix("https://").rsplit("/", 2)[0] for link in links}
    assert hosts == {"vm.tiktok.com", "vt.tiktok.com", "www.tiktok.com/t"}


def test_an_instagram_share_link_leads_to_the_reel(world: Any) -> None:
    video = world.video(world.account("instagram"))
    answer = follow(world, video["short_url"])
    assert answer.headers["location"].startswith(f"https://www.instagram.com/reel/{video['id']}/?igsh=")


def test_tiktok_keeps_the_target_from_robots(world: Any) -> None:
    video = world.video(world.account("tiktok"))
    answer = follow(world, video["short_url"], headers={"user-agent": "python-httpx/0.28"})
    assert (answer.status_code, answer.headers.get("location")) == (200, None)


def test_instagram_wants_the_headers_of_a_browser(world: Any) -> None:
    video = world.video(world.account("instagram"))
    answer = follow(world, video["short_url"], headers={"user-agent": BROWSER["user-agent"]})
    assert answer.headers.get("location") is None


def test_an_expired_link_leads_to_the_home_page(world: Any) -> None:
    assert bad_token(world, "Zabcdefgh") == "https://www.tiktok.com/?_r=1"


def test_a_loop_leads_to_itself(world: Any) -> None:
    assert bad_token(world, "ZLOOP0000") == "https://vm.tiktok.com/ZLOOP0000/"


def test_hops_count_down_to_the_home_page(world: Any) -> None:
    url, hops = "https://vm.tiktok.com/ZHOPS0007/", 0
    while "ZHOPS" in url:
        url, hops = follow(world, url).headers["location"], hops + 1
    assert hops == 7


def test_one_token_leads_inward_and_one_to_a_foreign_host(world: Any) -> None:
    assert bad_token(world, "ZINWARD00").startswith("http://169.254.169.254/")
    assert bad_token(world, "ZFOREIGN0").startswith("https://clips.example/")


def test_a_link_may_refuse_head(world: Any) -> None:
    link = world.post(
        "/control/links",
        host="vm.tiktok.com",
        path="Zrefuse00",
        target="https://www.tiktok.com/@x/video/7106798200794926362",
        refuse_head=True,
    )
    assert [follow(world, link["url"], method).status_code for method in ("HEAD", "GET")] == [405, 301]


def test_an_unknown_host_has_no_links(world: Any) -> None:
    assert follow(world, "https://bit.ly/x").status_code == 404
