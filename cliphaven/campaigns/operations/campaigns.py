"""The lives of campaigns: drafted, funded, active, paused, completed, closed."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from cliphaven.campaigns import queries, rules
from cliphaven.campaigns.models import Campaign, CampaignState
from cliphaven.campaigns.operations import announcing, receivables, spending, versions
from cliphaven.campaigns.operations.versions import TermsRefused
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, EXPONENTS
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind


class FundingRefused(Refused):
    """The amount cannot be set aside for the campaign."""

    code = "funding_refused"


class DefundingRefused(Refused):
    """The amount cannot be taken out of the campaign."""

    code = "defunding_refused"


class StateChangeRefused(Refused):
    """The campaign cannot go where it was sent."""

    code = "state_change_refused"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a locked campaign has, in minor units of its currency, and the state it is in."""

    amount_minor: int
    currency: str
    state: str
    organisation_id: int


@own_transaction
def create_campaign(
    *,
    organisation_id: int,
    title: str,
    brief: str,
    currency: str,
    starts_on: date,
    ends_on: date | None,
    terms: rules.TermsDraft,
    now: datetime,
) -> int:
    """Draft a campaign with the first version of its terms; answers its id. Raises TermsRefused with every problem.

    No money moves: see `fund_campaign`.
    """
    problems = rules.problems_of_terms(terms)
    if currency not in EXPONENTS:
        problems.append("Choose one of the currencies shown")
    if not title.strip():
        problems.append("Give the campaign a title")
    if ends_on is not None and (ends_on < starts_on or ends_on < now.date()):
        problems.append("The last day cannot be before the first one, nor in the past")
    if problems:
        raise TermsRefused(". ".join(problems))
    campaign = Campaign.objects.create(
        organisation_id=organisation_id,
        title=title.strip(),
        brief=brief.strip(),
        currency=currency,
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
    )
    versions.write(campaign_id=campaign.id, version=1, terms=terms, fee_bp=settings.PLATFORM_FEE_BP, now=now)
    return campaign.id


@own_transaction
def fund_campaign(
    *, campaign_id: int, organisation_id: int, user_id: int, amount_minor: int, request_key: str, now: datetime
) -> None:
    """Set money of the wallet aside for a campaign. The same `request_key` again moves nothing.

    A campaign that was completed because its money was used up goes on. Raises FundingRefused, NoSuchCampaign, and
    SpendingPaused while the organisation owes money or a part of its wallet waits.
    """
    campaign = _locked(campaign_id=campaign_id, organisation_id=organisation_id)
    if not 1 <= amount_minor <= AMOUNT_MINOR_MAX:
        raise FundingRefused("Set aside more than nothing")
    # Who asks again hears what was done, whatever has become of the campaign and the wallet since.
    if books.entry(EntryKind.FUND_CAMPAIGN, f"{campaign_id}:{request_key}") is None:
        if campaign.state == CampaignState.CLOSED or rules.has_ended(ends_on=campaign.ends_on, today=now.date()):
            raise FundingRefused("This campaign is over: its clips are paid from what it still has")
        spending.check_may_set_aside(
            organisation_id=organisation_id, currency=campaign.currency, amount_minor=amount_minor, now=now
        )
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=campaign.currency)
    budget = queries.budget_account(campaign_id=campaign_id, currency=campaign.currency)
    entry = ledger.Entry(
        kind=EntryKind.FUND_CAMPAIGN,
        external_id=f"{campaign_id}:{request_key}",
        legs=(ledger.Leg(debit=wallet, credit=budget, amount_minor=amount_minor),),
        occurred_at=now,
        cause=f"campaign {campaign_id}",
        actor=f"user:{user_id}",
    )
    try:
        is_new = ledger.record([entry]) > 0
    except ledger.BalanceWouldBeNegative as refusal:
        raise FundingRefused("The wallet does not hold that much: top it up first") from refusal
    except ledger.EntryAlreadyRecorded as refusal:
        raise FundingRefused(
            "This form was sent before, with another amount or by somebody else: open the page anew"
        ) from refusal
    if is_new:
        announcing.funded(campaign=campaign, amount_minor=amount_minor, entry=entry.external_id, now=now)
    if is_new and campaign.state == CampaignState.COMPLETED:
        announcing.activated(campaign=campaign, now=now)
        Campaign.objects.filter(id=campaign_id).update(state=CampaignState.ACTIVE, completed_at=None)


@own_transaction
def activate_campaign(*, campaign_id: int, organisation_id: int, now: datetime) -> None:
    """Open a campaign for clips. Raises StateChangeRefused when it has no money or cannot be opened, as one that ended
    cannot, and SpendingPaused while its organisation owes money."""
    campaign = _locked(campaign_id=campaign_id, organisation_id=organisation_id)
    _check_can_become(campaign, CampaignState.ACTIVE)
    if rules.has_run_out_of_days(ends_on=campaign.ends_on, completed_at=campaign.completed_at):
        raise StateChangeRefused("This campaign is over: draft another one for new clips")
    spending.check_may_activate(organisation_id=organisation_id, currency=campaign.currency)
    if books.balance(queries.budget_account(campaign_id=campaign_id, currency=campaign.currency)) == 0:
        raise StateChangeRefused("Set money aside for the campaign first: clips are only paid from what is there")
    Campaign.objects.filter(id=campaign_id).update(state=CampaignState.ACTIVE)
    announcing.activated(campaign=campaign, now=now)


@own_transaction
def pause_campaign(*, campaign_id: int, organisation_id: int, now: datetime) -> None:
    """Take no new clips for now. Clips that are in it go on earning: their terms are pinned."""
    campaign = _locked(campaign_id=campaign_id, organisation_id=organisation_id)
    _check_can_become(campaign, CampaignState.PAUSED)
    Campaign.objects.filter(id=campaign_id).update(state=CampaignState.PAUSED)
    announcing.paused(campaign=campaign, now=now)


@own_transaction
def end_campaign(*, campaign_id: int, organisation_id: int, now: datetime) -> None:
    """End a running campaign today, before its last day: no more clips, and its last views are read and paid.

    It is over from this moment on, like one whose last day is past. Closing it, which returns the remainder, is
    possible 30 days later. Raises StateChangeRefused, NoSuchCampaign.
    """
    campaign = _locked(campaign_id=campaign_id, organisation_id=organisation_id)
    _check_can_become(campaign, CampaignState.COMPLETED)
    Campaign.objects.filter(id=campaign_id).update(
        state=CampaignState.COMPLETED,
        completed_at=now,
        ends_on=rules.last_day_when_ended(ends_on=campaign.ends_on, on=now.date()),
    )
    announcing.completed(campaign, because=announcing.ENDED, now=now)


@own_transaction
def close_campaign(*, campaign_id: int, organisation_id: int, user_id: int, now: datetime) -> int:
    """Close a campaign and return what nobody earned to the wallet; answers how much, in minor units.

    Raises StateChangeRefused while its clips' last views may still be unread, NoSuchCampaign.
    """
    campaign = _locked(campaign_id=campaign_id, organisation_id=organisation_id)
    closable_from = rules.closable_from(state=campaign.state, completed_at=campaign.completed_at)
    if closable_from is None:
        raise StateChangeRefused(f"A campaign that is {campaign.state} cannot be closed")
    if now < closable_from:
        raise StateChangeRefused(f"The last clips are being decided and read: close it from {closable_from:%d %B} on")
    budget = queries.budget_account(campaign_id=campaign_id, currency=campaign.currency)
    remainder = books.balance(budget)
    if remainder:
        wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=campaign.currency)
        entry = ledger.Entry(
            kind=EntryKind.COMPLETE,
            external_id=str(campaign_id),
            legs=(ledger.Leg(debit=budget, credit=wallet, amount_minor=remainder),),
            occurred_at=now,
            cause=f"campaign {campaign_id} closed",
            actor=f"user:{user_id}",
        )
        ledger.record([entry])
        receivables.recover(
            organisation_id=organisation_id, currency=campaign.currency, because=f"campaign:{campaign_id}", now=now
        )
    Campaign.objects.filter(id=campaign_id).update(state=CampaignState.CLOSED)
    announcing.closed(campaign=campaign, returned_minor=remainder, now=now)
    return remainder


@joined_transaction
def locked_budget(*, campaign_id: int) -> Budget:
    """Lock a campaign against everybody else who would spend from it, and answer what it has.

    This is the first lock of the house's order: campaign, then clip, then ledger accounts.
    """
    campaign = Campaign.objects.select_for_update(no_key=True).get(id=campaign_id)
    account = queries.budget_account(campaign_id=campaign_id, currency=campaign.currency)
    return Budget(
        amount_minor=books.balance(account),
        currency=campaign.currency,
        state=campaign.state,
        organisation_id=campaign.organisation_id,
    )


@joined_transaction
def defund_campaign(
    *,
    campaign_id: int,
    organisation_id: int,
    user_id: int,
    amount_minor: int,
    spoken_for_minor: int,
    request_key: str,
    now: datetime,
) -> bool:
    """Take unspent money of a draft or paused campaign back to the wallet; answers whether it was new.

    The same `request_key` again moves nothing. `spoken_for_minor` stays in any case: it is what views are worth that
    were seen and not counted yet. The caller has the campaign locked (`locked_budget`) since before it found that out.
    Raises DefundingRefused, NoSuchCampaign.
    """
    campaign = _locked(campaign_id=campaign_id, organisation_id=organisation_id)
    budget = queries.budget_account(campaign_id=campaign_id, currency=campaign.currency)
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=campaign.currency)
    if not 1 <= amount_minor <= AMOUNT_MINOR_MAX:
        raise DefundingRefused("Take out more than nothing")
    entry = ledger.Entry(
        kind=EntryKind.DEFUND,
        external_id=f"{campaign_id}:{request_key}",
        legs=(ledger.Leg(debit=budget, credit=wallet, amount_minor=amount_minor),),
        occurred_at=now,
        cause=f"campaign {campaign_id}",
        actor=f"user:{user_id}",
    )
    if books.unlike(EntryKind.DEFUND, [_claimed(entry)]):
        problem = rules.problem_of_defunding(
            state=campaign.state,
            amount_minor=amount_minor,
            unspent_minor=books.balance(budget),
            spoken_for_minor=spoken_for_minor,
            currency=campaign.currency,
        )
        if problem:
            raise DefundingRefused(problem)
    try:
        is_new = ledger.record([entry]) > 0
    except ledger.EntryAlreadyRecorded as refusal:
        raise DefundingRefused(
            "This form was sent before, with another amount or by somebody else: open the page anew"
        ) from refusal
    if is_new:
        announcing.defunded(campaign=campaign, amount_minor=amount_minor, entry=entry.external_id, now=now)
        receivables.recover(
            organisation_id=organisation_id, currency=campaign.currency, because=entry.external_id, now=now
        )
    return is_new


@joined_transaction
def complete_campaign(*, campaign_id: int, now: datetime) -> None:
    """The budget is used up: no more clips are taken. Nothing happens to a campaign that is not running."""
    running = Campaign.objects.filter(id=campaign_id, state__in=[CampaignState.ACTIVE, CampaignState.PAUSED])
    for campaign in running:
        running.update(state=CampaignState.COMPLETED, completed_at=now)
        announcing.completed(campaign, because=announcing.BUDGET_USED, now=now)


@own_transaction
def complete_ended_campaigns(*, now: datetime) -> int:
    """Complete campaigns whose last day is over; answers how many. Until closed, their clips are read and paid."""
    running = Campaign.objects.filter(state__in=[CampaignState.ACTIVE, CampaignState.PAUSED])
    ended = list(running.select_for_update(no_key=True).filter(ends_on__lt=now.date()).order_by("id"))
    Campaign.objects.filter(id__in=[one.id for one in ended]).update(state=CampaignState.COMPLETED, completed_at=now)
    announcing.completed(*ended, because=announcing.LAST_DAY, now=now)
    return len(ended)


def _locked(*, campaign_id: int, organisation_id: int) -> Campaign:
    campaign = (
        Campaign.objects.select_for_update(no_key=True).filter(id=campaign_id, organisation_id=organisation_id).first()
    )
    if campaign is None:
        raise queries.NoSuchCampaign("There is no such campaign")
    return campaign


def _claimed(entry: ledger.Entry) -> books.ClaimedLeg:
    [leg] = entry.legs
    return books.ClaimedLeg(
        external_id=entry.external_id, debit=leg.debit, credit=leg.credit, amount_minor=leg.amount_minor
    )


def _check_can_become(campaign: Campaign, state: CampaignState) -> None:
    if not rules.can_become(campaign.state, state):
        raise StateChangeRefused(f"A campaign that is {campaign.state} cannot become {state}")
