"""Clips whose views come all at once, peers to measure them by, and policies under which that moves money."""

from datetime import datetime, timedelta

from cliphaven.backoffice.queries import invariants
from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip
from cliphaven.earnings import operations as earnings
from cliphaven.earnings.operations import suspecting
from cliphaven.fraud.operations import assessing, policies
from cliphaven.fraud.queries.policies import DEFAULT, PolicyDraft
from cliphaven.fraud.queries.policies import in_force as policy_in_force
from cliphaven.fraud.rules.calibration import ANY, Peers, Ratio, frozen, text_of
from cliphaven.fraud.rules.signals.found import Signal
from tests.people import MONDAY, an_approved_clip, seen
from tests.rooms.earnings.earners import a_plain_campaign

HOUR = timedelta(hours=1)
BURST_LIVE = {Signal.BURST.value: "live"}
CALM = tuple(100 * hour for hour in range(1, 11))
"""Ten hours with a hundred views each: 1,000 at the tenth."""
BOUGHT = (5_000, 5_010, 5_020, 5_030, 5_040, 5_050)
"""Four thousand in the next hour, and ten an hour after that."""
ONSET_AT = MONDAY + 10 * HOUR
NET_OF_CALM = 1_000 - 100
NET_OF_BOUGHT = 4_050 - 405


def peers(*, hold_from: float = 1.5, release_below: float = 0.5) -> str:
    """Peer tables of whom one in a hundred has a burst of 1; nothing else is known of them."""
    return text_of(
        frozen(
            source="test",
            clips=1_000,
            hold_from=hold_from,
            release_below=release_below,
            ratios={ANY: Ratio(-3.7, 1.0)},
            tables={
                (Signal.BURST, ANY, level): Peers((0.5, 1.0), (1.0, 2.0), 1.0) for level in ("1", "2", "3-4", "5+")
            },
        )
    )


def a_policy(*, modes: dict[str, str] | None = None, at: datetime = MONDAY, **changes: object) -> int:
    """Save the next policy, by these peers; bursts are live unless said otherwise, and nobody is bypassed."""
    peer_table_id = policies.keep_peer_table(text=peers(), staff_id=None, now=at)
    draft = PolicyDraft(
        **{
            "modes": BURST_LIVE if modes is None else modes,
            "review_above_minor": DEFAULT.review_above_minor,
            "clawback_max_minor": DEFAULT.clawback_max_minor,
            "bypass_basis_points": 0,
            **changes,
        }
    )
    number = policy_in_force().version.number
    return policies.save_policy(
        draft=draft,
        peer_table_id=peer_table_id,
        expected_number=number,
        preview={},
        reason="A test.",
        staff_id=None,
        request_key=f"policy-{number}",
        despite_bar=[signal.value for signal in Signal],
        now=at,
    )


def live(clip: Clip, counts: tuple[int, ...], *, begins_at: datetime = MONDAY) -> datetime:
    """One reading an hour, each earned and judged at once, as the schedule does; answers the last moment."""
    at = begins_at
    for views in counts:
        at += HOUR
        seen(clip, views, at=at)
        earnings.accrue_campaign(campaign_id=clip.campaign_id, now=at)
        judged(at=at)
    return at


def judged(*, at: datetime) -> None:
    """What the schedule does about doubt, once."""
    assessing.assess_all(now=at)
    suspecting.settle_cases(now=at)
    suspecting.hold_suspect(now=at)


def a_clip(campaign: Campaign | None = None) -> Clip:
    return an_approved_clip(campaign or a_plain_campaign())


def a_bought_clip() -> tuple[Clip, datetime]:
    """A clip that was calm for ten hours and bought then, under a policy that holds it; and now."""
    a_policy()
    clip = a_clip()
    return clip, live(clip, CALM + BOUGHT)


def broken() -> list[str]:
    """What the house complains about; of the first Monday, on which nobody had to ask Stripe yet."""
    return [failure for check in invariants.ask(now=MONDAY) for failure in check.failures]
