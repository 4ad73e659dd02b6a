"""What is known of campaigns, terms and wallets. Money always comes from the books."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet

from cliphaven.campaigns.models import Campaign, CampaignState, Deposit, Platform, RequiredInClip, Terms
from cliphaven.campaigns.queries.disputes import DisputeLine, disputes_of, disputes_open, disputes_to_answer_count
from cliphaven.campaigns.queries.pauses import Pause, live_pauses, pause_sentences, spend_paused
from cliphaven.campaigns.queries.reviews import ActLine, Review, in_review, in_review_count, latest_acts
from cliphaven.campaigns.rules.clip_rules import ClipRule, in_order
from cliphaven.files import queries as files
from cliphaven.files.queries import ShownFile
from cliphaven.files.rules import Purpose
from cliphaven.foundation.errors import Refused
from cliphaven.identity import queries as people
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind

__all__ = [
    "ActLine",
    "ClipRule",
    "DisputeLine",
    "Pause",
    "Review",
    "disputes_of",
    "disputes_open",
    "disputes_to_answer_count",
    "in_review",
    "in_review_count",
    "latest_acts",
    "live_pauses",
    "pause_sentences",
    "spend_paused",
]

DEPOSITS_SHOWN_MAX = 10


class CampaignNotOpen(Refused):
    """The campaign takes no clips now."""

    code = "campaign_not_open"


class NoSuchCampaign(Refused):
    """There is no such campaign, or it is not this organisation's."""

    code = "no_such_campaign"


@dataclass(frozen=True, kw_only=True)
class PlatformRate:
    """What a campaign pays on one platform for a thousand views, in minor units."""

    platform: str
    label: str
    cpm_minor: int


@dataclass(frozen=True, kw_only=True)
class TermsFacts:
    """One version of terms; amounts in minor units of the campaign's currency."""

    terms_id: int
    version: int
    rates: tuple[PlatformRate, ...]
    min_views: int
    max_payout_per_clip_minor: int | None
    cap_per_creator_minor: int | None
    clips_per_creator_daily: int | None
    fee_bp: int
    hold_days: int
    review_hours: int
    freshness_days: int
    created_at: datetime
    clip_rules: tuple[ClipRule, ...] = ()

    def cpm_minor(self, platform: str) -> int | None:
        """The rate on a platform, or None where the campaign does not pay."""
        return next((rate.cpm_minor for rate in self.rates if rate.platform == platform), None)


@dataclass(frozen=True, kw_only=True)
class CampaignFacts:
    """A campaign as pages and other rooms see it; `budget_left_minor` is its ledger balance now."""

    campaign_id: int
    organisation_id: int
    organisation_name: str
    title: str
    brief: str
    currency: str
    state: str
    starts_on: date
    ends_on: date | None
    created_at: datetime
    completed_at: datetime | None
    budget_left_minor: int
    terms: TermsFacts
    cover: ShownFile | None = None


@dataclass(frozen=True, kw_only=True)
class SubmissionTerms:
    """What a submission needs to know of an open campaign; `rates` by platform, in minor units for 1,000 views."""

    campaign_id: int
    title: str
    organisation_id: int
    terms_id: int
    currency: str
    rates: dict[str, int]
    freshness_days: int
    review_hours: int
    clips_per_creator_daily: int | None
    starts_on: date
    clip_rules: tuple[ClipRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EarningTerms:
    """The numbers of a pinned version that decide what views earn; `cpm_minor` by platform."""

    terms_id: int
    cpm_minor: dict[str, int]
    min_views: int
    max_payout_per_clip_minor: int | None
    cap_per_creator_minor: int | None
    fee_bp: int
    hold_days: int


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """A sponsor's money in one currency: what is free, what campaigns hold, and payments under way."""

    currency: str
    balance_minor: int
    in_campaigns_minor: int
    statement: Sequence[books.Posting]
    deposits: Sequence[Deposit]

    @property
    def next_before(self) -> int | None:
        """Where the next page of the statement goes on; None when this is the last one."""
        return self.statement[-1].leg_id if len(self.statement) == books.STATEMENT_LINES else None


def open_campaigns() -> list[CampaignFacts]:
    """Active campaigns that still have money, best funded first."""
    facts = [facts for facts in _facts(_with_terms().filter(state=CampaignState.ACTIVE)) if facts.budget_left_minor > 0]
    return sorted(facts, key=lambda campaign: -campaign.budget_left_minor)


def campaigns_of(*, organisation_id: int) -> list[CampaignFacts]:
    """An organisation's campaigns, newest first."""
    return _facts(_with_terms().filter(organisation_id=organisation_id).order_by("-id"))


def campaign_of(*, campaign_id: int, organisation_id: int) -> CampaignFacts:
    """One campaign of this organisation. Raises NoSuchCampaign, also when it is another's: both look alike."""
    found = _facts(_with_terms().filter(id=campaign_id, organisation_id=organisation_id))
    if not found:
        raise NoSuchCampaign("There is no such campaign")
    return found[0]


def campaign(*, campaign_id: int) -> CampaignFacts:
    """One campaign, for rooms that already know who may see it. Raises NoSuchCampaign."""
    found = _facts(_with_terms().filter(id=campaign_id))
    if not found:
        raise NoSuchCampaign("There is no such campaign")
    return found[0]


def titles(campaign_ids: Sequence[int]) -> dict[int, str]:
    """The titles of campaigns by id."""
    return dict(Campaign.objects.filter(id__in=campaign_ids).values_list("id", "title"))


def currencies(campaign_ids: Sequence[int]) -> dict[int, str]:
    """The currencies of campaigns by id."""
    return dict(Campaign.objects.filter(id__in=campaign_ids).values_list("id", "currency"))


def organisations(campaign_ids: Sequence[int]) -> dict[int, int]:
    """Whose campaigns they are: the ids of organisations by those of campaigns."""
    return dict(Campaign.objects.filter(id__in=campaign_ids).values_list("id", "organisation_id"))


def terms_for_submission(*, campaign_id: int, creator_id: int, now: datetime) -> SubmissionTerms:
    """The terms a clip of this creator is pinned to now. Raises CampaignNotOpen with what to do instead.

    Nobody is paid by the organisation for which they act.
    """
    found = _facts(_with_terms().filter(id=campaign_id))
    if not found:
        raise CampaignNotOpen("This campaign does not exist")
    facts = found[0]
    if facts.state != CampaignState.ACTIVE or (facts.ends_on is not None and now.date() > facts.ends_on):
        raise CampaignNotOpen("This campaign takes no clips now: choose another one")
    if now.date() < facts.starts_on:
        raise CampaignNotOpen(f"This campaign takes clips from {facts.starts_on:%d %B} on")
    acts_for = people.belonging(user_id=creator_id)
    if acts_for is not None and acts_for.organisation.id == facts.organisation_id:
        raise CampaignNotOpen("This campaign is your own organisation's: choose another one")
    return SubmissionTerms(
        campaign_id=facts.campaign_id,
        title=facts.title,
        organisation_id=facts.organisation_id,
        terms_id=facts.terms.terms_id,
        currency=facts.currency,
        rates={rate.platform: rate.cpm_minor for rate in facts.terms.rates},
        freshness_days=facts.terms.freshness_days,
        review_hours=facts.terms.review_hours,
        clips_per_creator_daily=facts.terms.clips_per_creator_daily,
        starts_on=facts.starts_on,
        clip_rules=facts.terms.clip_rules,
    )


def terms(*, terms_id: int) -> TermsFacts:
    """One pinned version of terms; it must exist."""
    return _terms_facts(Terms.objects.prefetch_related("rates", "required_in_clips").get(id=terms_id))


def clip_rules(terms_ids: Iterable[int]) -> dict[int, tuple[ClipRule, ...]]:
    """The typed rules of pinned versions, by id; versions without any are there too, with none."""
    found: dict[int, list[ClipRule]] = {terms_id: [] for terms_id in terms_ids}
    rows = RequiredInClip.objects.filter(terms_id__in=found).values_list("terms_id", "kind", "value")
    for terms_id, kind, value in rows:
        found[terms_id].append(ClipRule(kind, value))
    return {terms_id: in_order(rules) for terms_id, rules in found.items()}


def earning_terms(terms_ids: Sequence[int]) -> dict[int, EarningTerms]:
    """Pinned versions by id, for the accrual."""
    return {
        terms.id: EarningTerms(
            terms_id=terms.id,
            cpm_minor={rate.platform: rate.cpm_minor for rate in terms.rates.all()},
            min_views=terms.min_views,
            max_payout_per_clip_minor=terms.max_payout_per_clip_minor,
            cap_per_creator_minor=terms.cap_per_creator_minor,
            fee_bp=terms.fee_bp,
            hold_days=terms.hold_days,
        )
        for terms in Terms.objects.filter(id__in=terms_ids).prefetch_related("rates")
    }


def creator_caps() -> dict[int, int]:
    """The versions of terms with a cap for each creator, and that cap in minor units."""
    rows = Terms.objects.filter(cap_per_creator_minor__isnull=False).values_list("id", "cap_per_creator_minor")
    return {terms_id: cap for terms_id, cap in rows if cap is not None}


def ended_campaigns(campaign_ids: Sequence[int]) -> set[int]:
    """Those of the campaigns that are completed or closed."""
    over = [CampaignState.COMPLETED, CampaignState.CLOSED]
    return set(Campaign.objects.filter(id__in=campaign_ids, state__in=over).values_list("id", flat=True))


def wallet(*, organisation_id: int, currency: str, before: int | None = None) -> Wallet:
    """A sponsor's money in one currency, its latest payments, and its ledger lines (those before leg `before`)."""
    account = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency)
    ids = Campaign.objects.filter(organisation_id=organisation_id, currency=currency).values_list("id", flat=True)
    budgets = [budget_account(campaign_id=id_, currency=currency) for id_ in ids]
    balances = books.balances([account, *budgets])
    return Wallet(
        currency=currency,
        balance_minor=balances[account],
        in_campaigns_minor=sum(balances[budget] for budget in budgets),
        statement=books.statement(account, before=before),
        deposits=list(
            Deposit.objects.filter(organisation_id=organisation_id, currency=currency).order_by("-id")[
                :DEPOSITS_SHOWN_MAX
            ]
        ),
    )


def with_money(campaign_ids: Sequence[int]) -> list[int]:
    """Those of the campaigns that have money left, by id."""
    accounts = {
        budget_account(campaign_id=id_, currency=currency): id_
        for id_, currency in Campaign.objects.filter(id__in=campaign_ids).order_by("id").values_list("id", "currency")
    }
    balances = books.balances(list(accounts)) if accounts else {}
    return [id_ for account, id_ in accounts.items() if balances[account] > 0]


def budget_account(*, campaign_id: int, currency: str) -> Account:
    """The ledger account that holds a campaign's money."""
    return Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=campaign_id, currency=currency)


def _with_terms() -> QuerySet[Campaign]:
    newest_first = Terms.objects.order_by("-version").prefetch_related("rates", "required_in_clips")
    return Campaign.objects.select_related("organisation").prefetch_related(Prefetch("terms", newest_first))


def _facts(campaigns: QuerySet[Campaign]) -> list[CampaignFacts]:
    rows = list(campaigns)
    budgets = {row.id: budget_account(campaign_id=row.id, currency=row.currency) for row in rows}
    balances = books.balances(list(budgets.values())) if rows else {}
    shown = files.shown(purpose=Purpose.CAMPAIGN_COVER, subject_ids=[row.id for row in rows]) if rows else {}
    return [
        CampaignFacts(
            campaign_id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            title=row.title,
            brief=row.brief,
            currency=row.currency,
            state=row.state,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            created_at=row.created_at,
            completed_at=row.completed_at,
            budget_left_minor=balances[budgets[row.id]],
            terms=_terms_facts(row.terms.all()[0]),
            cover=shown.get(row.id),
        )
        for row in rows
    ]


def _terms_facts(terms: Terms) -> TermsFacts:
    rates = sorted(terms.rates.all(), key=lambda rate: Platform.values.index(rate.platform))
    return TermsFacts(
        terms_id=terms.id,
        version=terms.version,
        rates=tuple(
            PlatformRate(platform=rate.platform, label=Platform(rate.platform).label, cpm_minor=rate.cpm_minor)
            for rate in rates
        ),
        min_views=terms.min_views,
        max_payout_per_clip_minor=terms.max_payout_per_clip_minor,
        cap_per_creator_minor=terms.cap_per_creator_minor,
        clips_per_creator_daily=terms.clips_per_creator_daily,
        fee_bp=terms.fee_bp,
        hold_days=terms.hold_days,
        review_hours=terms.review_hours,
        freshness_days=terms.freshness_days,
        created_at=terms.created_at,
        clip_rules=in_order(ClipRule(rule.kind, rule.value) for rule in terms.required_in_clips.all()),
    )
