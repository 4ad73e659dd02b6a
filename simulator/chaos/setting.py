"""Who lives in the house before anything goes wrong: the demonstration's people, with money, campaigns and clips."""

import os
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips.operations import submission
from cliphaven.foundation import clock
from simulator.cast import CREATORS, SPONSORS, CampaignPlan
from simulator.chaos.clients import Company
from simulator.life import Life, Sponsor, enter_people
from simulator.outside import OutsideWorld

SETTLES_S = 60.0
PAID_IN_MINOR = 2_000_000
BUDGET_MINOR = 1_000_000
CLIPS_EACH = 2
PLAN = CampaignPlan(
    title="Through the dark",
    brief="Whatever happens, keep filming.",
    day=0,
    budget_minor=BUDGET_MINOR,
    cpm_minor={"tiktok": 2_000, "instagram": 2_000, "youtube": 2_000},
    hold_days=0,
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The people, their passwords, and what each sponsor has."""

    life: Life
    passwords: dict[str, str]
    companies: list[Company]


def settle(*, world: OutsideWorld, chance: random.Random, keep_going: Callable[[], None]) -> Setting:
    """Let them move in, pay in and open their campaigns. The house must run; `keep_going` is called while we wait."""
    passwords = {person.email: f"chaos-{secrets.token_urlsafe(9)}" for person in (*SPONSORS, *CREATORS)}
    sponsors, creators = enter_people(passwords=passwords, now=clock.now())
    life = Life(
        world=world,
        site_url=os.environ["CLIPHAVEN_SITE_URL"],
        chance=chance,
        sponsors=sponsors,
        creators=creators,
    )
    life.move_in(now=clock.now())
    life.set_up_payouts(now=clock.now())
    for sponsor in sponsors:
        life.deposit(sponsor, amount_minor=PAID_IN_MINOR, currency=PLAN.currency, now=clock.now())
    companies = [_company(life, sponsor, keep_going) for sponsor in sponsors]
    _hand_in_clips(life, companies)
    return Setting(life=life, passwords=passwords, companies=companies)


def _company(life: Life, sponsor: Sponsor, keep_going: Callable[[], None]) -> Company:
    """Its campaign, as soon as the books know of its money."""
    deadline = time.monotonic() + SETTLES_S
    while _balance(sponsor) < PAID_IN_MINOR:
        if time.monotonic() > deadline:
            raise RuntimeError("The first payments do not arrive")
        keep_going()
        time.sleep(0.1)
    life.launch(sponsor, PLAN, now=clock.now())
    return Company(organisation_id=sponsor.organisation_id, campaign_id=sponsor.campaign_ids[PLAN.title])


def _balance(sponsor: Sponsor) -> int:
    return campaigns.wallet(organisation_id=sponsor.organisation_id, currency=PLAN.currency).balance_minor


def _hand_in_clips(life: Life, companies: list[Company]) -> None:
    for creator in life.creators:
        for number in range(CLIPS_EACH):
            platform = sorted(creator.author_ids)[number % len(creator.author_ids)]
            video = life.world.post_video(platform=platform, author_id=creator.author_ids[platform], caption="at dusk")
            company = companies[number % len(companies)]
            submission.submit_clips(
                creator_id=creator.user_id, campaign_id=company.campaign_id, text=str(video["url"]), now=clock.now()
            )
