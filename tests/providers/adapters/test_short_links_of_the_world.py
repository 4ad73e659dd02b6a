"""Short links of the pretend platforms, through the product's own grammar of addresses."""

import pytest

from cliphaven.clips.rules.urls import UnreadableUrl, parse_clip_url
from cliphaven.providers import short_links
from cliphaven.providers.readings import Platform
from tests.world import SandboxWorld


def is_clip(address: str) -> bool:
    try:
        return not parse_clip_url(address).needs_redirect
    except UnreadableUrl:
        return False


@pytest.mark.parametrize("platform", ["tiktok", "instagram"])
def test_the_short_link_of_a_clip_leads_to_it(world: SandboxWorld, platform: Platform) -> None:
    handle = f"links{world.port}{platform}"
    author_id = world.post("/control/audience/accounts", {"platform": platform, "handle": handle})["author_id"]
    video = world.post("/control/audience/videos", {"platform": platform, "author_id": author_id})
    follow = parse_clip_url(video["short_url"]).follow
    assert follow is not None
    found = parse_clip_url(short_links.from_settings().resolve(follow, arrived=is_clip))
    assert (found.platform, found.id) == (platform, video["id"])


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        ("ZLOOP0000", short_links.LinkTakesTooManyTurns),
        ("ZHOPS0007", short_links.LinkTakesTooManyTurns),
        ("ZINWARD00", short_links.LinkLeadsElsewhere),
        ("ZFOREIGN0", short_links.LinkLeadsElsewhere),
        ("ZEXPIRED0", short_links.LinkIsDead),
    ],
)
def test_a_bad_link_is_refused(token: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        short_links.from_settings().resolve(f"https://vm.tiktok.com/{token}/", arrived=is_clip)
