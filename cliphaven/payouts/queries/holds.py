"""Bank accounts that took another's place: until when nothing goes there, and whose change may still be disowned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.payouts import rules
from cliphaven.payouts.models import BankAccount

# The code of a payout that waits because of it.
NEW_BANK_ACCOUNT = "new_bank_account"
SAY_SO = "If it was not you, say so under Payouts: then nothing goes out until we have spoken with you"


@dataclass(frozen=True, kw_only=True)
class ChangedBank:
    """A bank account that lately took another's place; `is_held` until `held_until`, when payouts to it begin."""

    bank_id: str
    currency: str
    name: str
    changed_at: datetime
    held_until: datetime
    is_held: bool
    was_lifted: bool


def changed_banks(*, creator_id: int, now: datetime) -> Sequence[ChangedBank]:
    """The creator's bank accounts whose change they can still disown, and those to which nothing goes yet."""
    banks = BankAccount.objects.filter(account__creator_id=creator_id, works=True, changed_at__isnull=False)
    return [
        ChangedBank(
            bank_id=bank.stripe_id,
            currency=bank.currency,
            name=bank.name,
            changed_at=bank.changed_at,
            held_until=bank.held_until,
            is_held=now < bank.held_until,
            was_lifted=bank.hold_lifted_at is not None,
        )
        for bank in banks.order_by("currency")
        if bank.changed_at is not None
        and bank.held_until is not None
        and (now < bank.held_until or rules.may_be_disowned(changed_at=bank.changed_at, now=now))
    ]


def held(*, creator_id: int, currency: str, now: datetime) -> ChangedBank | None:
    """The new bank account to which this money does not go yet, if that is so."""
    changed = changed_banks(creator_id=creator_id, now=now)
    return next((bank for bank in changed if bank.currency == currency and bank.is_held), None)


def sentence(held_until: datetime) -> str:
    """What a creator reads beside a payout that waits."""
    return (
        f"Your bank account was changed. For your safety, payouts to it begin on {held_until:%-d %B at %H:%M} UTC,"
        f" 72 hours after the change. {SAY_SO}."
    )
