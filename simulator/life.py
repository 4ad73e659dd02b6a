"""How the demonstration's people act: everything goes through the house's own operations, as if they had clicked."""

import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.campaigns.operations import wallet
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.campaigns.rules.clip_rules import ClipRule, RuleKind
from cliphaven.clips import queries as clips
from cliphaven.clips.operations import channels, decisions, submission
from cliphaven.foundation.errors import Refused
from cliphaven.fraud.operations import appeals
from cliphaven.fraud.queries import own_cases
from cliphaven.identity import operations as identity
from cliphaven.payouts.operations import onboarding
from simulator.cast import CAPTIONS, CREATORS, SPONSORS, CampaignPlan, CreatorPlan, Order, SponsorPlan
from simulator.outside import OutsideWorld

REJECTED_SHARE = 0.12
SUBMIT_BY_SHORT_LINK_SHARE = 0.5
TOP_UP_BELOW_MINOR = 20_000
QUEUE_LENGTH = 3
# What is written into a caption for a rule, and how often the last of it is not.
SIGNS = {RuleKind.MENTION.value: "@", RuleKind.HASHTAG.value: "#", RuleKind.PHRASE.value: ""}
FORGETFUL_SHARE = 0.08
TOP_UP_MINOR = 150_000


@dataclass(kw_only=True)
class Sponsor:
    """A sponsor in the house."""

    plan: SponsorPlan
    user_id: int
    organisation_id: int
    campaign_ids: dict[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class Creator:
    """A creator in the house, with the author ids of their accounts outside it."""

    plan: CreatorPlan
    user_id: int
    author_ids: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Life:
    """The demonstration's people, the world outside, and the chance that moves them; `ordered` are clips of orders."""

    world: OutsideWorld
    site_url: str
    chance: random.Random
    sponsors: list[Sponsor]
    creators: list[Creator]
    ordered: set[int] = field(default_factory=set)

    def move_in(self, *, now: datetime) -> None:
        """Creators register outside, add their channels and write the codes into their bios."""
        for creator in self.creators:
            for platform, handle in creator.plan.handles.items():
                author_id = self.world.open_account(platform=platform, handle=handle)
                # A profile without any public video shows no bio to a scraper, so everybody has posted before.
                self.world.post_video(platform=platform, author_id=author_id, caption="hello")
                channel_id = channels.add_channel(
                    creator_id=creator.user_id, platform=platform, profile=f"@{handle}", now=now
                )
                [channel] = [
                    channel
                    for channel in clips.channels_of(creator_id=creator.user_id, now=now)
                    if channel.channel_id == channel_id
                ]
                self.world.write_bio(
                    platform=platform, author_id=author_id, bio=f"short cuts, long days. {channel.code}"
                )
                channels.request_check(creator_id=creator.user_id, channel_id=channel_id, now=now)
                creator.author_ids[platform] = author_id

    def set_up_payouts(self, *, now: datetime) -> None:
        """Creators visit the onboarding page; some leave the bank account out, some never go."""
        for creator in self.creators:
            if creator.plan.onboarding == "none":
                continue
            page = f"{self.site_url}/creator/payouts/"
            url = onboarding.start(creator_id=creator.user_id, return_url=page, refresh_url=page, now=now)
            with_bank = creator.plan.onboarding == "complete"
            self.world.onboard(url, with_bank=with_bank, bank_number=creator.plan.bank_number)
            for currency in creator.plan.more_banks:
                # Set up as they are, they get to their own pages at Stripe.
                url = onboarding.start(creator_id=creator.user_id, return_url=page, refresh_url=page, now=now)
                self.world.add_bank(url, currency=currency)
            onboarding.refresh_creator(creator_id=creator.user_id, now=now)

    def deposit(self, sponsor: Sponsor, *, amount_minor: int, currency: str, now: datetime) -> None:
        """Pay into the wallet by card."""
        started = wallet.start_deposit(
            organisation_id=sponsor.organisation_id,
            user_id=sponsor.user_id,
            amount_minor=amount_minor,
            currency=currency,
            return_url=f"{self.site_url}/sponsor/wallet/",
            now=now,
        )
        self.world.pay(started.pay_url)

    def launch(self, sponsor: Sponsor, plan: CampaignPlan, *, now: datetime) -> None:
        """Draft, fund and open a campaign. The wallet must hold its budget."""
        campaign_id = campaign_operations.create_campaign(
            organisation_id=sponsor.organisation_id,
            title=plan.title,
            brief=plan.brief,
            currency=plan.currency,
            starts_on=now.date(),
            ends_on=None,
            terms=TermsDraft(
                cpm_minor=plan.cpm_minor,
                min_views=plan.min_views,
                max_payout_per_clip_minor=plan.max_payout_per_clip_minor,
                hold_days=plan.hold_days,
                clip_rules=plan.asks_for,
            ),
            now=now,
        )
        self.fund(sponsor, campaign_id, amount_minor=plan.budget_minor, now=now)
        campaign_operations.activate_campaign(campaign_id=campaign_id, organisation_id=sponsor.organisation_id, now=now)
        sponsor.campaign_ids[plan.title] = campaign_id

    def fund(self, sponsor: Sponsor, campaign_id: int, *, amount_minor: int, now: datetime) -> None:
        """Set money of the wallet aside."""
        campaign_operations.fund_campaign(
            campaign_id=campaign_id,
            organisation_id=sponsor.organisation_id,
            user_id=sponsor.user_id,
            amount_minor=amount_minor,
            request_key=f"demo-{secrets.token_hex(8)}",
            now=now,
        )

    def act(self, *, now: datetime, since: timedelta) -> None:
        """Let everybody do what they would have done in the time since their last act."""
        for creator in self.creators:
            if self.chance.random() < creator.plan.clips_per_week * (since / timedelta(weeks=1)):
                self.post_and_submit(creator, now=now)
        for sponsor in self.sponsors:
            self.review(sponsor, now=now)

    def buy(self, order: Order, *, now: datetime) -> None:
        """Post a video whose views are ordered, and hand it in: its sponsor likes it at once."""
        [creator] = [one for one in self.creators if one.plan.email == order.email]
        offer = next((one for one in campaigns.open_campaigns() if one.title == order.campaign), None)
        platform = next(iter(creator.plan.handles))
        if offer is None or offer.terms.cpm_minor(platform) is None:
            return
        video = self.world.post_video(
            platform=platform,
            author_id=creator.author_ids[platform],
            caption=self._caption(offer.terms.clip_rules, may_forget=False),
            attack=order.attack,
            final_views=order.final_views,
        )
        [taken] = submission.submit_clips(
            creator_id=creator.user_id, campaign_id=offer.campaign_id, text=str(video["url"]), now=now
        )
        if taken.clip_id is not None:
            self.ordered.add(taken.clip_id)

    def appeal(self, *, now: datetime) -> None:
        """A creator whose earnings are held says something against it: the first one who can."""
        for creator in self.creators:
            for clip in clips.creator_clips(creator_id=creator.user_id):
                for doubt in own_cases.own_doubts(clip_id=clip.clip_id, creator_id=creator.user_id, now=now):
                    if doubt.can_appeal:
                        appeals.appeal(
                            case_id=doubt.case_id,
                            creator_id=creator.user_id,
                            text="A big account shared it that evening: see my own analytics.",
                            request_key=f"demo-{secrets.token_hex(8)}",
                            now=now,
                        )
                        return

    def fill_queue(self, sponsor: Sponsor, *, now: datetime) -> None:
        """Hand a sponsor some clips to decide, so that whoever looks in has something to do."""
        for creator in self.creators[:QUEUE_LENGTH]:
            self.post_and_submit(creator, sponsor=sponsor, now=now)

    def post_and_submit(self, creator: Creator, *, sponsor: Sponsor | None = None, now: datetime) -> None:
        """Post a video somewhere and hand its link in, to a campaign (of this sponsor) that pays there."""
        offers = [
            (campaign, platform)
            for campaign in campaigns.open_campaigns()
            for platform in creator.plan.handles
            if campaign.terms.cpm_minor(platform) is not None
            and (sponsor is None or campaign.organisation_id == sponsor.organisation_id)
        ]
        if not offers:
            return
        campaign, platform = self.chance.choice(offers)
        video = self.world.post_video(
            platform=platform,
            author_id=creator.author_ids[platform],
            caption=self._caption(campaign.terms.clip_rules),
            attack=creator.plan.attack,
        )
        by_short_link = bool(video.get("short_url")) and self.chance.random() < SUBMIT_BY_SHORT_LINK_SHARE
        link = str(video["short_url"] if by_short_link else video["url"])
        submission.submit_clips(creator_id=creator.user_id, campaign_id=campaign.campaign_id, text=link, now=now)

    def _caption(self, asked_for: Sequence[ClipRule], *, may_forget: bool = True) -> str:
        """A caption with what the campaign asks for; now and then one of it is forgotten."""
        words = [SIGNS[rule.kind] + rule.value for rule in asked_for if rule.kind in SIGNS]
        if may_forget and words and self.chance.random() < FORGETFUL_SHARE:
            words.pop()
        return " ".join([self.chance.choice(CAPTIONS), *words])

    def review(self, sponsor: Sponsor, *, now: datetime) -> None:
        """Decide waiting clips after some hours: most are approved, some refused, some forgotten."""
        for waiting in clips.review_queue(organisation_id=sponsor.organisation_id, now=now):
            clip = waiting.clip
            mood = random.Random(clip.clip_id).random()  # one mood per clip, the same at every look
            is_ordered = clip.clip_id in self.ordered
            too_early = now - clip.submitted_at < timedelta(hours=4 + 20 * mood)
            if not is_ordered and (mood < sponsor.plan.undecided_share or too_early):
                continue
            try:
                self._decide(sponsor, clip.clip_id, refuse=mood > 1 - REJECTED_SHARE and not is_ordered, now=now)
            except Refused:
                continue  # somebody else decided it, or its author is not confirmed yet

    def top_up(self, *, now: datetime) -> None:
        """Sponsors whose campaigns run low pay in again and set the money aside."""
        for sponsor in self.sponsors:
            own = campaigns.campaigns_of(organisation_id=sponsor.organisation_id)
            small = {plan.title for plan in sponsor.plan.campaigns if plan.budget_minor < TOP_UP_BELOW_MINOR}
            low = [
                campaign
                for campaign in own
                if campaign.state == "active"
                and campaign.budget_left_minor < TOP_UP_BELOW_MINOR
                and campaign.title not in small
            ]
            for campaign in low:
                currency = campaign.currency
                wallet_now = campaigns.wallet(organisation_id=sponsor.organisation_id, currency=currency)
                if wallet_now.balance_minor < TOP_UP_MINOR:
                    self.deposit(sponsor, amount_minor=2 * TOP_UP_MINOR, currency=currency, now=now)
                    break
                self.fund(sponsor, campaign.campaign_id, amount_minor=TOP_UP_MINOR, now=now)

    def _decide(self, sponsor: Sponsor, clip_id: int, *, refuse: bool, now: datetime) -> None:
        if refuse:
            decisions.reject_clip(
                clip_id=clip_id,
                organisation_id=sponsor.organisation_id,
                reviewer_id=sponsor.user_id,
                rejection_code="off_brief",
                note="The brief asks for the product in frame for two seconds. Add it and send the clip again.",
                now=now,
            )
        else:
            decisions.approve_clip(
                clip_id=clip_id, organisation_id=sponsor.organisation_id, reviewer_id=sponsor.user_id, now=now
            )


def enter_people(*, passwords: dict[str, str], now: datetime) -> tuple[list[Sponsor], list[Creator]]:
    """Enter the cast into the house; addresses that are there already keep their people."""
    sponsors = []
    for plan in SPONSORS:
        user_id = identity.enter_person(
            email=plan.email, name=f"{plan.name} owner", password=passwords[plan.email], now=now
        )
        organisation_id = identity.found_organisation(name=plan.name, owner_id=user_id, now=now)
        sponsors.append(Sponsor(plan=plan, user_id=user_id, organisation_id=organisation_id))
    creators = [
        Creator(
            plan=creator,
            user_id=identity.enter_person(
                email=creator.email, name=creator.name, password=passwords[creator.email], now=now
            ),
        )
        for creator in CREATORS
    ]
    return sponsors, creators


def remember(life: Life, path: Path) -> None:
    """Write down who is who in the house, for `recalled`."""
    path.write_text(
        json.dumps(
            {
                "sponsors": [[sponsor.user_id, sponsor.organisation_id] for sponsor in life.sponsors],
                "creators": [[creator.user_id, creator.author_ids] for creator in life.creators],
            }
        )
    )


def recalled(path: Path, *, world_url: str, site_url: str, chance: random.Random) -> Life:
    """The people of an earlier history, ready to go on."""
    known = json.loads(path.read_text())
    return Life(
        world=OutsideWorld(world_url),
        site_url=site_url,
        chance=chance,
        sponsors=[
            Sponsor(plan=plan, user_id=user_id, organisation_id=organisation_id)
            for plan, (user_id, organisation_id) in zip(SPONSORS, known["sponsors"], strict=True)
        ],
        creators=[
            Creator(plan=plan, user_id=user_id, author_ids=author_ids)
            for plan, (user_id, author_ids) in zip(CREATORS, known["creators"], strict=True)
        ],
    )
