"""Creators: they post, hand in, answer refusals, delete, look at their money, change banks, leave and come back."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips import queries as clips
from cliphaven.clips.operations import decisions, submission
from cliphaven.earnings import queries as earnings
from cliphaven.identity import operations as identity
from cliphaven.payouts.operations import holds, onboarding
from simulator.judge import Finding
from simulator.life import Creator
from simulator.oracle import Found
from simulator.outside import PageIsGone
from simulator.people.base import LINK, Act, NothingThere, Person, Surroundings
from simulator.stepping.stage import aside

BAD_NUMBERS = ("000111111116", "000111111113", "000222222227", "000333333335", "000444444440")
OWN = None  # the account's own, which works
BANK_NUMBERS = (OWN, OWN, OWN, *BAD_NUMBERS)
MISHAPS = ("delete", "restore", "purge", "hide_count", "show_count")


class CreatorPerson(Person):
    """One creator."""

    def __init__(self, creator: Creator, around: Surroundings, *, chance: random.Random) -> None:
        """Their accounts outside are known from when they moved in."""
        super().__init__(around, chance=chance)
        self.creator = creator

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class."""
        return {
            "submit": (6, self._submit),
            "submit anew": (1, self._submit_anew),
            "answer a refusal": (2, self._answer),
            "something befalls a video": (2, self._mishap),
            "look": (3, self._look),
            "payout set-up": (1, self._set_up),
            "disown a bank account": (1, self._disown),
            "leave": (1, self._leave),
            "ask for a way in": (2, self._ask_for_a_way_in),
        }

    def always(self) -> frozenset[str]:
        """Clips are handed in in every seed."""
        return frozenset({"submit"})

    def _offer(self) -> tuple[int, str]:
        offers = [
            (campaign.campaign_id, platform)
            for campaign in campaigns.open_campaigns()
            for platform in self.creator.author_ids
            if campaign.terms.cpm_minor(platform) is not None
        ]
        if not offers:
            raise NothingThere
        return self.chance.choice(offers)

    def _submit(self, now: datetime) -> None:
        campaign_id, platform = self._offer()
        with aside():
            video = self.life.world.post_video(
                platform=platform,
                author_id=self.creator.author_ids[platform],
                caption="a cut",
                attack=self.creator.plan.attack,
            )
        self._hand_in(campaign_id, str(video["url"]), now=now)

    def _submit_anew(self, now: datetime) -> None:
        """What was handed in before, perhaps to another campaign, and twice in one form."""
        url = self._own_clip(lambda _: True).url
        campaign_id, _ = self._offer()
        self._hand_in(campaign_id, f"{url}\n{url}", now=now)

    def _hand_in(self, campaign_id: int, text: str, *, now: datetime) -> None:
        self.ask(
            submission.submit_clips,
            creator_id=self.creator.user_id,
            campaign_id=campaign_id,
            text=text,
            now=now,
        )

    def _own_clip(self, fits: Callable[[clips.ClipFacts], bool]) -> clips.ClipFacts:
        own = [clip for clip in clips.creator_clips(creator_id=self.creator.user_id) if fits(clip)]
        if not own:
            raise NothingThere
        return self.chance.choice(own)

    def _answer(self, now: datetime) -> None:
        clip = self._own_clip(lambda one: one.state in ("rejected", "needs_fix"))
        self.ask(
            decisions.resubmit_clip,
            clip_id=clip.clip_id,
            creator_id=self.creator.user_id,
            note="It is in frame now.",
            now=now,
        )

    def _mishap(self, now: datetime) -> None:  # noqa: ARG002
        clip = self._own_clip(lambda _: True)
        with aside():
            self.life.world.happen_to_video(
                platform=clip.platform, video_id=clip.video_id, action=self.chance.choice(MISHAPS)
            )

    def _look(self, now: datetime) -> None:
        """Every cent that is owed is payable or explained, whatever goes on meanwhile."""
        for currency in earnings.creator_currencies(creator_id=self.creator.user_id):
            found = earnings.explained_balance(creator_id=self.creator.user_id, currency=currency, now=now)
            explained = found.payable_minor + sum(blocker.amount_minor for blocker in found.blockers)
            if explained != found.owed_minor:
                who = f"creator {self.creator.user_id} is owed {found.owed_minor} {currency}"
                raise Found(Finding("I24", f"{who}, of which {explained} is payable or explained"))

    def _set_up(self, now: datetime) -> None:
        url = onboarding.start(creator_id=self.creator.user_id, return_url=LINK, refresh_url=LINK, now=now)
        with suppress(PageIsGone), aside():
            if "/express/" in url:
                self.life.world.add_bank(
                    url,
                    currency=self.chance.choice(("USD", *self.creator.plan.more_banks)),
                    bank_number=self.chance.choice(BANK_NUMBERS),
                )
            else:
                self.life.world.onboard(url, with_bank=self.chance.random() < 0.9)
        onboarding.refresh_creator(creator_id=self.creator.user_id, now=now)

    def _disown(self, now: datetime) -> None:
        """Say that a change of the bank account was somebody else's; refused where there was none."""
        if self.chance.random() < 0.8:
            raise NothingThere
        self.ask(holds.disown, creator_id=self.creator.user_id, now=now)

    def _ask_for_a_way_in(self, now: datetime) -> None:
        """A link is mailed, and nobody uses it."""
        identity.ask_for_link(email=self.creator.plan.email, now=now)

    def _leave(self, now: datetime) -> None:  # noqa: ARG002
        """Disconnect the account at Stripe; setting payouts up later makes another one."""
        if self.chance.random() < 0.9:
            raise NothingThere
        with aside():
            self.life.world.leave_stripe(self.creator.plan.email)
