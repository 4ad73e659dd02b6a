"""A clip that was measured and paid for, and then asked about while its vendor misbehaves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from cliphaven.clips.models import Clip
from cliphaven.earnings import operations as earnings
from cliphaven.earnings.models import Accrual
from cliphaven.tracking.models import Observation, TrackedClip, VendorCall
from cliphaven.tracking.operations import polling
from tests.people import a_campaign
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import act, approved, poll_at, tracked
from tests.world import SandboxWorld

VENDOR = {"tiktok": "apify", "instagram": "apify", "youtube": "youtube"}
ACTOR = {"tiktok": "clockworks/tiktok-scraper", "instagram": "apify/instagram-scraper"}
BEFORE, SINCE = 9_300, 9_500
"""What a clip showed when it was last measured, and what it shows since."""
LONGEST_WAIT = timedelta(hours=72)


@dataclass(frozen=True)
class Known:
    """All that could be overwritten, and all that could be paid."""

    seen: list[tuple[Any, ...]]
    observations: int
    accruals: int
    paid_minor: int


@dataclass
class Scene:
    """Some clips of one platform, measured once with `BEFORE` views each, and showing `SINCE` ever since."""

    world: SandboxWorld
    platform: str
    clips: list[Clip]
    at: datetime
    call: VendorCall | None = field(default=None)

    def fault(self, kind: str, *, method: str = "GET", times: int = 1, path: str = "") -> None:
        """Let the vendor misbehave when it is asked next."""
        self.world.fault(VENDOR[self.platform], kind, method=method, times=times, path_prefix=path)

    def ask(self, *, after: timedelta = timedelta(hours=2)) -> polling.Polled:
        """Have every clip asked about in one call, some time later; what became of that call is in `call`."""
        self.at += after
        TrackedClip.objects.filter(clip__in=self.clips).update(wanted_since=self.at, due_at=self.at)
        polled = poll_at(self.at)
        self.fetch_call()
        return polled

    def fetch_call(self) -> None:
        """Look at the latest call as it stands now."""
        self.call = VendorCall.objects.order_by("-id").first()

    def outcomes(self) -> dict[str, int]:
        """What the last call's clips and items came to."""
        assert self.call is not None
        outcomes: dict[str, int] = self.call.outcomes
        return outcomes

    def known(self) -> Known:
        """What is known and owed after earnings were counted."""
        earnings.accrue_all(now=self.at)
        paid = Accrual.objects.aggregate(sum=Sum("gross_minor", default=0))
        return Known(
            seen=list(
                TrackedClip.objects.filter(clip__in=self.clips)
                .order_by("clip_id")
                .values_list("clip_id", "views_seen", "seen_at", "views_settled", "measured_at", "seen_observation_id")
            ),
            observations=Observation.objects.count(),
            accruals=Accrual.objects.count(),
            paid_minor=paid["sum"],
        )

    def waits(self) -> list[timedelta]:
        """How long after the last question each clip is asked about again."""
        return [state.due_at - self.at for clip in self.clips if (state := tracked(clip)).due_at is not None]

    def views(self) -> list[int]:
        """The believed views of each clip; each was measured once."""
        return [tracked(clip).views_seen or 0 for clip in self.clips]


def a_scene(world: SandboxWorld, platform: str, *, clips: int = 1) -> Scene:
    """Clips that were measured and paid for at the world's moment."""
    account, campaign = an_account(world, platform=platform), a_campaign()
    made = [approved(account, campaign) for _ in range(clips)]
    for clip in made:
        act(clip, world, "set_views", views=BEFORE)
    poll_at(world.now())
    scene = Scene(world=world, platform=platform, clips=made, at=world.now())
    assert scene.views() == [BEFORE] * clips
    assert scene.known().paid_minor > 0
    for clip in made:
        act(clip, world, "set_views", views=SINCE)
    return scene
