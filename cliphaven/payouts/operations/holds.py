"""The wait before a new bank account is paid: lifted by the staff with a reason, or turned into a pause by its creator.

Whoever takes over an account changes where the money goes. The wait gives its owner the time to say that it was not
they.
"""

from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity import queries as people
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.payouts.models import Act, BankAccount, BankPayout, ConnectedAccount, PauseReason, PayoutPause
from cliphaven.payouts.operations import acts, pauses, settlement
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.queries import holds
from cliphaven.payouts.queries.pauses import live
from cliphaven.payouts.rules import BankPayoutState

DISOWNED = "The creator says that a change of the bank account was not theirs."


class NotHeld(Refused):
    """Nothing waits for this bank account, or it was changed once more."""

    code = "not_held"


class NothingChanged(Refused):
    """No bank account was changed lately."""

    code = "nothing_changed"


@own_transaction
def lift(*, creator_id: int, bank_id: str, staff_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    """Let payouts to a creator's new bank account begin now; the creator is told, with the reason.

    `bank_id` is Stripe's, of the bank account that was looked at: another one waits its own time. Raises
    NoSuchCreator, NotHeld, ReasonMissing, NotStaff or KeyUsedBefore.
    """
    pauses.lock_creator(creator_id=creator_id)
    if refusal := people.staff_refusal(staff_id, people.StaffRole.FINANCE):
        raise acts.NotStaff(refusal)
    # Whoever reads the account at Stripe, and finds another bank account there, takes turns with us.
    account = ConnectedAccount.objects.select_for_update(no_key=True).filter(creator_id=creator_id).first()
    bank = BankAccount.objects.filter(account=account, stripe_id=bank_id, works=True).first() if account else None
    is_new = done.done_before(staff_id=staff_id, request_key=request_key) is None
    if is_new and (bank is None or bank.held_until is None or bank.held_until <= now):
        raise NotHeld("Nothing waits for this bank account, or it was changed once more: look again.")
    is_new = acts.record(
        act=Act.HOLD_LIFTED,
        staff_id=staff_id,
        creator_id=creator_id,
        reason=reason,
        needs_reason=True,
        request_key=request_key,
        now=now,
    )
    if not is_new or bank is None:
        return
    BankAccount.objects.filter(id=bank.id).update(hold_lifted_at=now)
    _let_go(creator_id=creator_id, currency=bank.currency, now=now)
    notifications.queue_message(
        user_id=creator_id,
        key=f"bank-account:{bank.stripe_id}:lifted:{now.isoformat()}",
        kind=Kind.SECURITY,
        subject="Payouts to your new bank account begin now",
        text=f"One of our staff let payouts to {bank.name} begin before the 72 hours are over: "
        f"{' '.join(reason.split())}\n\n{holds.SAY_SO}.",
        link="/creator/payouts/",
        now=now,
    )


@own_transaction
def disown(*, creator_id: int, now: datetime) -> None:
    """A creator says that a change of their bank account was not theirs: nothing goes out until the staff has looked.

    Their payouts are paused at once, what is with Stripe and not on its way to a bank as well. Said twice, it is done
    once. Raises NoSuchCreator or NothingChanged.
    """
    pauses.lock_creator(creator_id=creator_id)
    before = live(creator_id=creator_id)
    if before is not None and before.reason == PauseReason.SECURITY:
        # Somebody of the staff sees to it already; that the owner says so, too, is news to them.
        PayoutPause.objects.filter(id=before.id).update(by_creator=True)
        return
    if not holds.changed_banks(creator_id=creator_id, now=now):
        raise NothingChanged("Your bank account was not changed lately. If something else is wrong, write to us.")
    note = DISOWNED
    if before is not None:
        # A pause for another reason would let what is with Stripe go on to the bank.
        PayoutPause.objects.filter(id=before.id).update(resumed_at=now)
        note = f"{DISOWNED} Before that: {PauseReason(before.reason).label}. {before.note}"[:300]
    pauses.begin(creator_id=creator_id, reason=PauseReason.SECURITY, note=note, by_creator=True, now=now)


def _let_go(*, creator_id: int, currency: str, now: datetime) -> None:
    waiting = BankPayout.objects.filter(
        creator_id=creator_id,
        currency=currency,
        state=BankPayoutState.WAITING_FOR_FUNDS,
        failure_code=holds.NEW_BANK_ACCOUNT,
    )
    ids = list(waiting.order_by("id").values_list("id", flat=True))
    waiting.filter(id__in=ids).update(due_at=now, failure_code="", failure_sentence="")
    for bank_payout_id in ids:
        settlement.defer(task=settlement.SEND, bank_payout_id=bank_payout_id)
