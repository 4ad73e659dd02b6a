"""Sponsors, creators and staff as actors: one act at a time, through the operations that the pages call."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.campaigns.operations import refunds, wallet
from cliphaven.clips import queries as clips
from cliphaven.clips.operations import decisions, submission
from cliphaven.earnings import queries as earnings
from cliphaven.earnings.operations import defunding
from cliphaven.foundation import clock
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.ledger.chart import EntryKind
from cliphaven.payouts.models import PauseReason
from cliphaven.payouts.operations import onboarding, pauses, releases
from simulator.life import Creator, Life, Sponsor
from simulator.oracle import DONE, REFUSED, Oracle
from simulator.stepping.stage import aside, stay_dead

Act = Callable[[datetime], None]
PAY_METHODS = ("card", "card", "card", "bank", "bank_bounces", "decline", "cancel")
BANK_NUMBERS = ("000123456789", "000123456789", "000123456789", "000111111116", "000222222227")
LINK = "http://127.0.0.1:8000/"


@dataclass
class Told:
    """What people were told: how often each act was done, refused, or left open by something that broke."""

    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)


class NothingThere(Exception):  # not an error
    """There is nothing that this act could be done with."""


class Person:
    """Somebody who does one thing at a time, chosen by chance."""

    def __init__(self, *, life: Life, chance: random.Random, told: Told) -> None:
        """`chance` is this person's own."""
        self.life, self.chance, self.told = life, chance, told
        self._keys = 0

    def acts(self) -> dict[str, tuple[int, Act]]:
        """What this person may do: name → weight and deed."""
        raise NotImplementedError

    def act(self) -> None:
        """Do one thing, if there is anything to do it with. What breaks on the way is the house's to put right."""
        acts = self.acts()
        [name] = self.chance.choices(list(acts), [weight for weight, _ in acts.values()])
        try:
            acts[name][1](clock.now())
        except NothingThere:
            return
        except Refused:
            _count(self.told.refused, name)
        except (ProviderFailed, DatabaseError):
            stay_dead()
            _count(self.told.open, name)
        else:
            _count(self.told.done, name)

    def key(self, what: str) -> str:
        """A request key; now and then the last one again, as from a second click."""
        if self._keys == 0 or self.chance.random() > 0.15:
            self._keys += 1
        return f"sim-{what}-{self._keys:06d}"


class SponsorPerson(Person):
    """Pays in, sets money aside, takes it back, decides clips."""

    def __init__(self, sponsor: Sponsor, *, life: Life, chance: random.Random, told: Told, oracle: Oracle) -> None:
        """Acts for one organisation; what it does with money is told to the oracle first."""
        super().__init__(life=life, chance=chance, told=told)
        self.sponsor, self.oracle = sponsor, oracle

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class."""
        return {
            "review": (12, self._review),
            "deposit": (2, self._deposit),
            "fund": (3, self._fund),
            "defund": (1, self._defund),
            "refund": (1, self._refund),
            "pause or open": (1, self._pause_or_open),
            "close": (1, self._close),
            "look at the wallet": (2, self._look),
        }

    def _one_of_its_own(self) -> campaigns.CampaignFacts:
        own = campaigns.campaigns_of(organisation_id=self.sponsor.organisation_id)
        if not own:
            raise NothingThere
        return self.chance.choice(own)

    def _review(self, now: datetime) -> None:
        for waiting in clips.review_queue(organisation_id=self.sponsor.organisation_id, now=now)[:2]:
            clip_id, organisation_id = waiting.clip.clip_id, self.sponsor.organisation_id
            if self.chance.random() < 0.1:
                decisions.reject_clip(
                    clip_id=clip_id,
                    organisation_id=organisation_id,
                    reviewer_id=self.sponsor.user_id,
                    rejection_code="off_brief",
                    note="Please show the product.",
                    now=now,
                )
            else:
                decisions.approve_clip(
                    clip_id=clip_id, organisation_id=organisation_id, reviewer_id=self.sponsor.user_id, now=now
                )

    def _deposit(self, now: datetime) -> None:
        amount_minor = self.chance.choice((2_000, 10_000, 123_457))
        started = wallet.start_deposit(
            organisation_id=self.sponsor.organisation_id,
            user_id=self.sponsor.user_id,
            amount_minor=amount_minor,
            currency="USD",
            return_url=LINK,
            now=now,
        )
        with aside():
            self.life.world.pay(started.pay_url, method=self.chance.choice(PAY_METHODS))

    def _fund(self, now: datetime) -> None:
        campaign, key = self._one_of_its_own(), self.key("fund")
        amount_minor = self.chance.choice((100, 1_000, 7_777))
        with self._told(EntryKind.FUND_CAMPAIGN, f"{campaign.campaign_id}:{key}", amount_minor):
            campaign_operations.fund_campaign(
                campaign_id=campaign.campaign_id,
                organisation_id=self.sponsor.organisation_id,
                user_id=self.sponsor.user_id,
                amount_minor=amount_minor,
                request_key=key,
                now=now,
            )

    def _defund(self, now: datetime) -> None:
        campaign, key = self._one_of_its_own(), self.key("defund")
        amount_minor = self.chance.choice((1, 500, 5_000))
        with self._told(EntryKind.DEFUND, f"{campaign.campaign_id}:{key}", amount_minor):
            defunding.defund_campaign(
                campaign_id=campaign.campaign_id,
                organisation_id=self.sponsor.organisation_id,
                user_id=self.sponsor.user_id,
                amount_minor=amount_minor,
                request_key=key,
                now=now,
            )

    @contextmanager
    def _told(self, kind: EntryKind, external_id: str, amount_minor: int) -> Iterator[None]:
        act = self.oracle.ask(kind=kind, external_id=external_id, amount_minor=amount_minor)
        try:
            yield
        except Refused:
            act.answer = REFUSED
            raise
        act.answer = DONE

    def _refund(self, now: datetime) -> None:
        refunds.request_refund(
            organisation_id=self.sponsor.organisation_id,
            user_id=self.sponsor.user_id,
            amount_minor=self.chance.choice((100, 1_000, 5_000)),
            currency="USD",
            request_key=self.key("refund"),
            now=now,
        )

    def _pause_or_open(self, now: datetime) -> None:  # noqa: ARG002
        campaign = self._one_of_its_own()
        whose = {"campaign_id": campaign.campaign_id, "organisation_id": self.sponsor.organisation_id}
        if campaign.state == "active" and self.chance.random() < 0.3:
            campaign_operations.pause_campaign(**whose)
        else:
            campaign_operations.activate_campaign(**whose)

    def _close(self, now: datetime) -> None:
        if self.chance.random() < 0.9:
            return
        campaign = self._one_of_its_own()
        campaign_operations.end_campaign(
            campaign_id=campaign.campaign_id, organisation_id=self.sponsor.organisation_id, now=now
        )

    def _look(self, now: datetime) -> None:  # noqa: ARG002
        campaigns.wallet(organisation_id=self.sponsor.organisation_id, currency="USD")


class CreatorPerson(Person):
    """Posts, hands in, looks at the money, sets payouts up."""

    def __init__(self, creator: Creator, *, life: Life, chance: random.Random, told: Told) -> None:
        """One creator."""
        super().__init__(life=life, chance=chance, told=told)
        self.creator = creator

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class."""
        return {"submit": (6, self._submit), "look": (3, self._look), "payout set-up": (1, self._set_up)}

    def _submit(self, now: datetime) -> None:
        offers = [
            (campaign, platform)
            for campaign in campaigns.open_campaigns()
            for platform in self.creator.author_ids
            if campaign.terms.cpm_minor(platform) is not None
        ]
        if not offers:
            return
        campaign, platform = self.chance.choice(offers)
        with aside():
            video = self.life.world.post_video(
                platform=platform,
                author_id=self.creator.author_ids[platform],
                caption="a cut",
                attack=self.creator.plan.attack,
            )
        link = str(video["url"])
        submission.submit_clips(creator_id=self.creator.user_id, campaign_id=campaign.campaign_id, text=link, now=now)

    def _look(self, now: datetime) -> None:
        earnings.explained_balance(creator_id=self.creator.user_id, currency="USD", now=now)

    def _set_up(self, now: datetime) -> None:
        url = onboarding.start(creator_id=self.creator.user_id, return_url=LINK, refresh_url=LINK, now=now)
        with aside():
            if "/express/" in url:
                self.life.world.add_bank(url, currency="USD", bank_number=self.chance.choice(BANK_NUMBERS))
            else:
                self.life.world.onboard(url, with_bank=self.chance.random() < 0.9)
        onboarding.refresh_creator(creator_id=self.creator.user_id, now=now)


class StaffPerson(Person):
    """Pauses and resumes, and repeats whatever can be repeated."""

    def __init__(self, *, user_id: int, life: Life, chance: random.Random, told: Told) -> None:
        """One member of the staff."""
        super().__init__(life=life, chance=chance, told=told)
        self.user_id = user_id
        self.only_helps = False

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the class."""
        helping: dict[str, tuple[int, Act]] = {"resume": (3, self._resume), "release": (2, self._release)}
        return helping if self.only_helps else {**helping, "pause": (1, self._pause)}

    def _creator(self) -> Creator:
        return self.chance.choice(self.life.creators)

    def _pause(self, now: datetime) -> None:
        pauses.pause(
            creator_id=self._creator().user_id,
            staff_id=self.user_id,
            reason=PauseReason.SECURITY,
            note="something to look at",
            now=now,
        )

    def _resume(self, now: datetime) -> None:
        pauses.resume(creator_id=self._creator().user_id, staff_id=self.user_id, now=now)

    def _release(self, now: datetime) -> None:
        year, week, _ = now.isocalendar()
        releases.release(week=f"{year}-W{week:02d}", staff_id=self.user_id, now=now)


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
