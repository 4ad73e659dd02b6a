"""Entries by hand, by two people: one proposes, another books or declines. Nobody else writes such entries."""

from datetime import datetime

from cliphaven.backoffice.models import Correction, CorrectionState
from cliphaven.backoffice.queries import corrections as queries
from cliphaven.backoffice.queries import reconciliations
from cliphaven.backoffice.rules import corrections as rules
from cliphaven.campaigns.operations import receivables
from cliphaven.earnings.operations import crediting
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, EXPONENTS
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity import queries as people
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind, account_named, reversal_of
from cliphaven.payouts.operations import acts

EXPIRED_AT_ONCE_MAX = 500
REFERENCE_LENGTH_MAX = 120
# Whoever an account belongs to must be somebody.
_OF_ORGANISATIONS = frozenset({AccountKind.SPONSOR_WALLET, AccountKind.SPONSOR_RECEIVABLE})


class CorrectionRefused(Refused):
    """This correction cannot be proposed, or not be decided in this way."""

    code = "correction_refused"


@own_transaction
def propose(
    *,
    movement: str,
    owner_id: int | None,
    amount_minor: int,
    currency: str,
    reason: str,
    refers_to: str,
    proposed_by_id: int,
    now: datetime,
) -> int:
    """Propose a movement, named as in `rules.movements`, for another person to book; answers the correction's id.

    `owner_id` is the creator or organisation whose account it is, where it is somebody's. The rest of the staff is
    told by mail. Raises CorrectionRefused with a sentence about what is wrong.
    """
    _check_staff(proposed_by_id)
    if movement not in rules.movements():
        raise CorrectionRefused("Choose one of the movements shown")
    kind, pair = rules.movements()[movement]
    if currency not in EXPONENTS:
        raise CorrectionRefused("Choose one of the currencies shown")
    if not 1 <= amount_minor <= AMOUNT_MINOR_MAX:
        raise CorrectionRefused("The amount must be more than nothing, and no larger than the books can hold")
    accounts = [_account(side, owner_id=owner_id, currency=currency) for side in (pair.debit, pair.credit)]
    if kind is EntryKind.INVALID_VIEW_CREDIT:
        crediting.check(campaign_id=_campaign(refers_to), organisation_id=owner_id, currency=currency)
    correction = Correction.objects.create(
        kind=int(kind),
        debit=accounts[0].code,
        credit=accounts[1].code,
        amount_minor=amount_minor,
        currency=currency,
        refers_to=_reference(refers_to),
        reason=_reason(reason),
        proposed_by_id=proposed_by_id,
        proposed_at=now,
    )
    _tell(correction, now=now)
    return correction.id


@own_transaction
def propose_reversal(*, correction_id: int, reason: str, proposed_by_id: int, now: datetime) -> int:
    """Propose to undo a correction that was booked; answers the new correction's id. Raises CorrectionRefused."""
    _check_staff(proposed_by_id)
    undone = Correction.objects.select_for_update(no_key=True).filter(id=correction_id).first()
    if undone is None or undone.state != CorrectionState.BOOKED or undone.kind not in rules.REVERSIBLE:
        raise CorrectionRefused("Only a correction that was booked can be reversed, and a reversal cannot")
    name = rules.correction_name(undone.id)
    same = Correction.objects.filter(reversed_kind=undone.kind, reversed_external_id=name)
    if same.filter(state__in=[CorrectionState.PROPOSED, CorrectionState.BOOKED]).exists():
        raise CorrectionRefused("Its reversal was proposed already: see the list")
    correction = Correction.objects.create(
        kind=int(EntryKind.REVERSAL),
        currency=undone.currency,
        reversed_kind=undone.kind,
        reversed_external_id=name,
        refers_to=undone.refers_to,
        reason=_reason(reason),
        proposed_by_id=proposed_by_id,
        proposed_at=now,
    )
    _tell(correction, now=now)
    return correction.id


@own_transaction
def propose_entry_reversal(
    *, kind: EntryKind, external_id: str, reason: str, proposed_by_id: int, now: datetime
) -> int:
    """Propose to undo an entry that, by the last reconciliation, did not happen so; answers the correction's id.

    Raises CorrectionRefused: for any other entry, one that a correction wrote (that is reversed by its own page), or
    one whose reversal was proposed already.
    """
    _check_staff(proposed_by_id)
    if int(kind) in rules.REVERSIBLE:
        raise CorrectionRefused("This entry is a correction: propose its reversal on the correction's page")
    same = Correction.objects.filter(reversed_kind=int(kind), reversed_external_id=external_id)
    if same.filter(state__in=[CorrectionState.PROPOSED, CorrectionState.BOOKED]).exists():
        raise CorrectionRefused("Its reversal was proposed already: see the list")
    _check_did_not_happen(kind=kind, external_id=external_id)
    entry = books.entry(kind, external_id)
    assert entry is not None  # it stands in a line of the reconciliation
    correction = Correction.objects.create(
        kind=int(EntryKind.REVERSAL),
        currency=entry.legs[0].currency,
        reversed_kind=int(kind),
        reversed_external_id=external_id,
        reason=_reason(reason),
        proposed_by_id=proposed_by_id,
        proposed_at=now,
    )
    _tell(correction, now=now)
    return correction.id


@own_transaction
def book(*, correction_id: int, decided_by_id: int, now: datetime) -> None:
    """Book a proposal, as the second person. Two at once book it once; whoever is second is told.

    Raises CorrectionRefused: one's own proposal, one that is decided or too old, or one that the books refuse, for
    example because an account would fall below zero. Then the proposal stays as it is.
    """
    correction = _to_decide(correction_id, decided_by_id=decided_by_id, now=now)
    if correction.reversed_kind is not None and correction.reversed_kind not in rules.REVERSIBLE:
        _check_did_not_happen(kind=EntryKind(correction.reversed_kind), external_id=correction.reversed_external_id)
    try:
        _write(correction, decided_by_id=decided_by_id, now=now)
    except ledger.BalanceWouldBeNegative as refused:
        raise CorrectionRefused(
            "There is not enough on the account that pays: it would fall below zero. The proposal stays; book it when "
            "there is enough, or decline it."
        ) from refused
    except ledger.EntryRefused as refused:
        raise CorrectionRefused(f"The books refuse it: {refused.sentence}. The proposal stays.") from refused
    _decide(correction, state=CorrectionState.BOOKED, decided_by_id=decided_by_id, reason="", now=now)


@own_transaction
def decline(*, correction_id: int, decided_by_id: int, reason: str, now: datetime) -> None:
    """Decline a proposal, as the second person, and say why. Raises CorrectionRefused."""
    correction = _to_decide(correction_id, decided_by_id=decided_by_id, now=now)
    _decide(correction, state=CorrectionState.DECLINED, decided_by_id=decided_by_id, reason=_reason(reason), now=now)


@own_transaction
def expire(*, now: datetime) -> int:
    """Let go of proposals that nobody decided in seven days: what they were about may have changed."""
    old = Correction.objects.select_for_update(no_key=True, skip_locked=True).filter(
        state=CorrectionState.PROPOSED, proposed_at__lte=now - rules.EXPIRES_AFTER
    )
    ids = list(old.order_by("id").values_list("id", flat=True)[:EXPIRED_AT_ONCE_MAX])
    return Correction.objects.filter(id__in=ids).update(state=CorrectionState.EXPIRED, decided_at=now)


def _check_staff(user_id: int) -> None:
    if refusal := people.staff_refusal(user_id, people.StaffRole.FINANCE):
        raise CorrectionRefused(refusal)


def _check_did_not_happen(*, kind: EntryKind, external_id: str) -> None:
    if not reconciliations.may_be_reversed(kind=kind, external_id=external_id):
        raise CorrectionRefused(
            "Only an entry that the last reconciliation did not find at Stripe as it stands in the books is reversed. "
            "What did happen there is put right by a correction that names its balance transaction"
        )


def _account(kind: AccountKind, *, owner_id: int | None, currency: str) -> Account:
    if kind not in rules.OWNED:
        return Account(kind=kind, currency=currency)
    if owner_id is None:
        raise CorrectionRefused("Say whose account it is, by the number of the creator or organisation")
    is_known = people.members(organisation_id=owner_id) if kind in _OF_ORGANISATIONS else people.names([owner_id])
    if not is_known:
        raise CorrectionRefused(f"There is nobody with the number {owner_id}: look it up in the ledger")
    return Account(kind=kind, owner_id=owner_id, currency=currency)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not rules.REASON_LENGTH_MIN <= len(reason) <= rules.REASON_LENGTH_MAX:
        raise CorrectionRefused(
            f"Give a reason of {rules.REASON_LENGTH_MIN} to {rules.REASON_LENGTH_MAX} letters: it stays with the entry"
        )
    return reason


def _reference(text: str) -> str:
    reference = " ".join(text.split())
    if len(reference) > REFERENCE_LENGTH_MAX:
        raise CorrectionRefused(f"What it refers to has at most {REFERENCE_LENGTH_MAX} letters")
    return reference


def _campaign(reference: str) -> int:
    """The campaign whose sponsor is credited for views that are gone."""
    campaign_id = rules.campaign_named(reference)
    if campaign_id is None:
        raise CorrectionRefused("Say for which campaign: write its number as what it refers to, like “campaign 42”")
    return campaign_id


def _to_decide(correction_id: int, *, decided_by_id: int, now: datetime) -> Correction:
    """The proposal, locked, if this person may decide it now."""
    _check_staff(decided_by_id)
    correction = Correction.objects.select_for_update(no_key=True).filter(id=correction_id).first()
    if correction is None:
        raise CorrectionRefused("There is no such correction")
    if correction.state != CorrectionState.PROPOSED:
        raise CorrectionRefused(f"This correction is {correction.state} already")
    if correction.proposed_by_id == decided_by_id:
        raise CorrectionRefused("Somebody else must decide what you proposed")
    if rules.is_expired(proposed_at=correction.proposed_at, now=now):
        raise CorrectionRefused("This proposal is older than seven days: propose it again if it still holds")
    return correction


def _write(correction: Correction, *, decided_by_id: int, now: datetime) -> None:
    about = f"correction {correction.id}" + (f", {correction.refers_to}" if correction.refers_to else "")
    actor = f"user:{correction.proposed_by_id} and user:{decided_by_id}"
    if correction.reversed_kind is not None:
        ledger.reverse(
            kind=EntryKind(correction.reversed_kind),
            external_id=correction.reversed_external_id,
            cause=about,
            actor=actor,
            reason=correction.reason,
            now=now,
        )
    elif correction.kind == EntryKind.INVALID_VIEW_CREDIT:
        crediting.credit_invalid_views(
            correction_id=correction.id,
            campaign_id=_campaign(correction.refers_to),
            clip_id=rules.clip_named(correction.refers_to),
            amount_minor=correction.amount_minor or 0,
            reason=correction.reason,
            actor=actor,
            now=now,
        )
    else:
        ledger.record([_entry(correction, cause=about, actor=actor, now=now)])
    _pay_debts(correction, now=now)


def _entry(correction: Correction, *, cause: str, actor: str, now: datetime) -> ledger.Entry:
    debit = account_named(correction.debit, currency=correction.currency)
    credit = account_named(correction.credit, currency=correction.currency)
    assert debit is not None  # both were made of the chart's own patterns
    assert credit is not None
    return ledger.Entry(
        kind=EntryKind(correction.kind),
        external_id=rules.correction_name(correction.id),
        legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=correction.amount_minor or 0),),
        occurred_at=now,
        cause=cause,
        actor=actor,
        reason=correction.reason,
    )


def _pay_debts(correction: Correction, *, now: datetime) -> None:
    """What reaches a wallet by hand pays what its sponsor owes first, like everything else that does."""
    name = rules.correction_name(correction.id)
    if correction.reversed_kind is None:
        entry = books.entry(EntryKind(correction.kind), name)
    else:
        undone = reversal_of(EntryKind(correction.reversed_kind), correction.reversed_external_id)
        entry = books.entry(EntryKind.REVERSAL, undone)
    assert entry is not None  # it was written just now
    for account in {leg.credit_account for leg in entry.legs}:
        if account.kind is AccountKind.SPONSOR_WALLET and account.owner_id is not None:
            receivables.recover(organisation_id=account.owner_id, currency=account.currency, because=name, now=now)


def _decide(correction: Correction, *, state: CorrectionState, decided_by_id: int, reason: str, now: datetime) -> None:
    Correction.objects.filter(id=correction.id).update(
        state=state, decided_by_id=decided_by_id, decided_at=now, decision_reason=reason
    )


def _tell(correction: Correction, *, now: datetime) -> None:
    facts = queries.correction(correction_id=correction.id)
    assert facts is not None
    acts.tell_staff(
        key=f"correction:{correction.id}",
        subject=f"A correction waits for a second person: {facts.amount}",
        text=f"{facts.proposer} proposed: {facts.title}. Reason: {facts.reason}\n\nIt waits seven days for one of you.",
        link=f"/staff/ledger/corrections/{correction.id}/",
        now=now,
    )
