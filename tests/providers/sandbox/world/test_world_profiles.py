"""A pretend profile as its owner meets it in a browser: opened, given a bio, posted on."""

from typing import Any

import pytest


def sent(world: Any, path: str, **form: str) -> str:
    """The page that the form leads to."""
    answer = world.http.post(path, data=form, follow_redirects=True)
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_a_new_profile_is_opened_given_a_bio_and_posted_on(world: Any, platform: str) -> None:
    path = f"/audience/{platform}/nova.cuts"

    assert "Nobody has this name" in world.http.get(path).text
    assert "It is yours to play with" in sent(world, path, act="open")
    assert ">my code ABC</textarea>" in sent(world, path, act="bio", bio="my code ABC")
    page = sent(world, path, act="post", caption="first one", views="60000")

    assert "first one" in page
    assert "0 views" in page
    assert f"{platform}.com/" in page


def test_a_page_that_is_loaded_again_posts_nothing_again(world: Any) -> None:
    path = "/audience/tiktok/nova.cuts"
    sent(world, path, act="open")
    sent(world, path, act="post", caption="only once", views="60000")

    assert [world.http.get(path).text.count("only once") for _ in range(2)] == [1, 1]


def test_the_product_reads_what_was_written_on_the_page(world: Any) -> None:
    account = world.account("tiktok", handle="nova.cuts")

    sent(world, "/audience/tiktok/nova.cuts", act="bio", bio="code")

    assert world.http.get(f"/control/audience/accounts/tiktok/{account['author_id']}").json()["bio"] == "code"


def test_what_people_write_is_shown_as_text(world: Any) -> None:
    path = "/audience/youtube/nova.cuts"
    sent(world, path, act="open")

    page = sent(world, path, act="bio", bio="</textarea><script>alert(1)</script>")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in sent(world, path, act="post", caption="<script>", views="5000")


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/audience/vimeo/nova", {}, 404),
        ("/audience/tiktok/a%20b", {}, 404),
        ("/audience/tiktok/" + "a" * 61, {}, 404),
        ("/audience/tiktok/nobody", {"act": "bio", "bio": "x"}, 200),
        ("/audience/tiktok/nobody", {"act": "post", "views": "7"}, 200),
        ("/audience/tiktok/nobody", {"act": "away"}, 200),
    ],
)
def test_what_makes_no_sense_does_nothing(world: Any, path: str, form: dict[str, str], status: int) -> None:
    answer = world.http.post(path, data=form, follow_redirects=True)

    assert answer.status_code == status
    assert "yours to play with" not in answer.text
