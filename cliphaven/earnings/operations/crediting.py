"""Crediting sponsors for views that were paid and do not count: from the reserve, each time with a credit note.

A purge is credited once, by the house. Two people may credit what no purge says, for a campaign that is closed: one
that is not has the money back itself, by reversals.
"""

from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import documents, receivables
from cliphaven.clips import queries as clips
from cliphaven.earnings.models import CreditedEntry, CreditNote, PurgeFollowUp
from cliphaven.earnings.operations import announcing
from cliphaven.earnings.rules.purging import Credit
from cliphaven.foundation import money
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.identity import queries as people
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

BY_THE_HOUSE = "system"
_NOTE_MAX = 2_000


class CreditRefused(Refused):
    """The sponsor cannot be credited so."""

    code = "credit_refused"


class ReserveTooLow(CreditRefused):
    """The reserve for invalid views does not hold that much."""

    code = "reserve_too_low"


@joined_transaction
def check(*, campaign_id: int, organisation_id: int | None, currency: str) -> None:
    """Look whether this sponsor can be credited for views of this campaign, in this currency. Raises CreditRefused."""
    campaign = _closed(campaign_id)
    if campaign.organisation_id != organisation_id or campaign.currency != currency:
        raise CreditRefused(
            f"Campaign {campaign_id} is one of organisation {campaign.organisation_id}, in {campaign.currency}: credit"
            " that one, in that currency"
        )


@joined_transaction
def credit_invalid_views(
    *,
    correction_id: int,
    campaign_id: int,
    clip_id: int | None = None,
    amount_minor: int,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Pay a sponsor's wallet from the reserve for invalid views, for a closed campaign, and issue the credit note.

    `correction_id` names the decision of two people that stands behind it; the same one again moves nothing. With
    `clip_id`, if the campaign has that clip, it counts as credited for it. Raises CreditRefused while the campaign can
    still have its money back itself, and ReserveTooLow.
    """
    if not reason.strip() or len(reason) > _NOTE_MAX:
        raise CreditRefused(f"Say for which views the sponsor is credited, in {_NOTE_MAX:,} characters at most")
    campaign = _closed(campaign_id)
    if CreditNote.objects.filter(correction_id=correction_id).exists():
        return
    _pay(
        CreditNote(
            campaign_id=campaign_id,
            organisation_id=campaign.organisation_id,
            clip_id=_of_campaign(clip_id, campaign_id=campaign_id),
            correction_id=correction_id,
            amount_minor=amount_minor,
            currency=campaign.currency,
            cause=reason.strip(),
            issued_at=now,
        ),
        actor=actor,
        title=campaign.title,
        now=now,
    )


@joined_transaction
def issue_for_purge(
    *, follow_up: PurgeFollowUp, campaign_id: int, credit: Credit, capped_minor: int, stands: int, now: datetime
) -> None:
    """Credit what a purge took of paid views, from the reserve, with a credit note; whoever calls has locked it.

    Raises ReserveTooLow.
    """
    campaign = campaigns.campaign(campaign_id=campaign_id)
    purge = follow_up.purge
    note = _pay(
        CreditNote(
            campaign_id=campaign_id,
            organisation_id=campaign.organisation_id,
            clip_id=follow_up.clip_id,
            follow_up=follow_up,
            views_from=min(part.views_from for part in credit.parts),
            views_to=max(part.views_to for part in credit.parts),
            views=sum(part.views_to - part.views_from for part in credit.parts),
            amount_minor=credit.amount_minor,
            capped_minor=capped_minor,
            currency=campaign.currency,
            cause=(
                f"The platform took back {purge.views_before - purge.views_after:,} of {purge.views_before:,} views,"
                f" confirmed on {purge.confirmed_at:%-d %B %Y}; {stands:,} stood on {now:%-d %B %Y}."
            ),
            issued_at=now,
        ),
        actor=BY_THE_HOUSE,
        title=campaign.title,
        now=now,
    )
    CreditedEntry.objects.bulk_create(
        CreditedEntry(
            note=note,
            accrual_id=part.accrual_id,
            views_from=part.views_from,
            views_to=part.views_to,
            amount_minor=part.amount_minor,
        )
        for part in credit.parts
    )


@own_transaction
def tell_that_it_waits(*, sentence: str, now: datetime) -> None:
    """Mail the staff, once a day, that sponsors wait for a provision."""
    for staff_id in people.staff_ids():
        notifications.queue_message(
            user_id=staff_id,
            key=f"credit_waits:{now:%Y-%m-%d}",
            kind=Kind.STAFF,
            subject="A sponsor's credit waits for a provision",
            text=f"{sentence}. It is issued by itself once the reserve holds enough.",
            link="/staff/ledger/corrections/",
            now=now,
        )


def _pay(note: CreditNote, *, actor: str, title: str, now: datetime) -> CreditNote:
    """Book a note's entry, let the sponsor's debts be paid from it, and issue its paper, which is the last lock."""
    reserve = Account(kind=AccountKind.INVALID_VIEW_RESERVE, currency=note.currency)
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=note.organisation_id, currency=note.currency)
    held = money.formatted(books.balance(reserve), currency=note.currency)
    about = f", clip {note.clip_id}" if note.clip_id else ""
    entry = ledger.Entry(
        kind=EntryKind.INVALID_VIEW_CREDIT,
        external_id=note.entry_name,
        legs=(ledger.Leg(debit=reserve, credit=wallet, amount_minor=note.amount_minor),),
        occurred_at=now,
        cause=f"campaign {note.campaign_id}{about}, invalid views",
        actor=actor,
        reason=note.cause.rstrip("."),
    )
    try:
        ledger.record([entry])
    except ledger.BalanceWouldBeNegative as refusal:
        raise ReserveTooLow(f"The reserve for invalid views holds {held}: make a provision first") from refusal
    receivables.recover(
        organisation_id=note.organisation_id, currency=note.currency, because=entry.external_id, now=now
    )
    note.document_id = documents.issue_credit_note(
        organisation_id=note.organisation_id,
        currency=note.currency,
        facts={
            "amount_minor": note.amount_minor,
            "capped_minor": note.capped_minor,
            "campaign": title,
            "clip": note.clip_id,
            "views": note.views,
            "cause": note.cause,
            "entry": note.entry_name,
        },
        now=now,
    )
    note.save()
    announcing.credited(note=note, now=now)
    return note


def _of_campaign(clip_id: int | None, *, campaign_id: int) -> int | None:
    """The clip, if it is one of the campaign: people name it in their own words."""
    named = clips.clips_named([clip_id]) if clip_id is not None else {}
    return next((one.clip_id for one in named.values() if one.campaign_id == campaign_id), None)


def _closed(campaign_id: int) -> campaigns.CampaignFacts:
    """The campaign, which cannot have money back itself any more."""
    try:
        campaign = campaigns.campaign(campaign_id=campaign_id)
    except campaigns.NoSuchCampaign as missing:
        raise CreditRefused(f"There is no campaign {campaign_id}") from missing
    if campaign.state != "closed":
        raise CreditRefused(
            "This campaign is not closed: reverse the earnings of these views, and it has the money back itself"
        )
    return campaign
