"""Connected accounts: opened once, set up at Stripe, and read again whenever it matters.

One that left the platform is followed by another as soon as its creator wants to be paid again; it stays known.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.fraud.models import TraitKind
from cliphaven.fraud.operations import traits
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankAccount, ConnectedAccount, FormerAccount
from cliphaven.providers import stripe


@dataclass(frozen=True, kw_only=True)
class _Row:
    stripe_id: str | None
    email: str
    number: int  # of the account, among all that the creator has had


@no_transaction
def start(*, creator_id: int, return_url: str, refresh_url: str, now: datetime) -> str:
    """Where to send a creator who wants to be paid: to the set-up while Stripe misses something, else to their pages.

    Whose account has left the platform gets another one. The address is good once and for minutes. Raises
    ProviderFailed when Stripe cannot be asked.
    """
    row = _open_row(creator_id=creator_id, now=now)
    facts = None if row.stripe_id is None else _facts(row.stripe_id)
    if facts is None:
        if row.stripe_id is not None:
            _check_that_others_are_there(but=row.stripe_id)
            _retire(creator_id=creator_id, stripe_id=row.stripe_id, now=now)
            row = _open_row(creator_id=creator_id, now=now)
        stripe_id = row.stripe_id or stripe.create_connected_account(
            creator_id=creator_id, email=row.email, idempotency_key=_key(row, creator_id=creator_id)
        )
        _remember(creator_id=creator_id, stripe_id=stripe_id)
        facts = stripe.connected_account(stripe_id)
    _record(facts=facts, now=now)
    if facts.details_submitted and not facts.missing:
        return stripe.dashboard_link(stripe_id=facts.stripe_id)
    return stripe.onboarding_link(stripe_id=facts.stripe_id, return_url=return_url, refresh_url=refresh_url)


def _key(row: _Row, *, creator_id: int) -> str:
    """The key under which an account is opened: another one for another account, and for another address."""
    address = hashlib.sha256(row.email.encode()).hexdigest()[:12]
    return f"{settings.KEY_PREFIX}:account:{creator_id}:{row.number}:{address}"


@no_transaction
def refresh(*, stripe_id: str, now: datetime) -> None:
    """Read a connected account again, if it is one of ours. Raises ProviderFailed when Stripe does not say."""
    if not ConnectedAccount.objects.filter(stripe_id=stripe_id).exists():
        return
    if not is_still_ours(stripe_id=stripe_id, now=now):
        record_departure(stripe_id=stripe_id, now=now)


@no_transaction
def is_still_ours(*, stripe_id: str, now: datetime) -> bool:
    """Read one of our accounts again; False when Stripe says that it has left, of which nothing is noted yet.

    Raises ProviderFailed when Stripe does not say, or says no for another reason.
    """
    facts = _facts(stripe_id)
    if facts is not None:
        _record(facts=facts, now=now)
    return facts is not None


def _facts(stripe_id: str) -> stripe.ConnectedAccountFacts | None:
    """What Stripe says of an account; None when it says that the account has left. Raises ProviderFailed otherwise."""
    try:
        return stripe.connected_account(stripe_id)
    except ProviderFailed as failure:
        if not _says_it_left(failure):
            raise
        return None


def _check_that_others_are_there(*, but: str) -> None:
    """Where another account seems to have left, too, that was well lately, it is our key that is another platform's.

    Raises ProviderFailed then, and when Stripe does not say.
    """
    well = ConnectedAccount.objects.filter(transfers_active=True, payouts_enabled=True).exclude(stripe_id=but)
    other = well.order_by("-checked_at").values_list("stripe_id", flat=True).first()
    if other is not None and _facts(other) is None:
        raise ProviderFailed(
            "Stripe knows none of the connected accounts: is the key this platform's?",
            outcome=Outcome.NOT_EXECUTED,
            code="all_accounts_left",
        )


def _says_it_left(failure: ProviderFailed) -> bool:
    if failure.outcome is not Outcome.DEFINITE:
        return False
    is_invalid = failure.status == HTTPStatus.FORBIDDEN and failure.code == "account_invalid"
    return is_invalid or failure.status == HTTPStatus.NOT_FOUND


@no_transaction
def refresh_creator(*, creator_id: int, now: datetime) -> None:
    """Read a creator's connected account again, if there is one. Raises ProviderFailed."""
    stripe_id = ConnectedAccount.objects.filter(creator_id=creator_id).values_list("stripe_id", flat=True).first()
    if stripe_id:
        refresh(stripe_id=stripe_id, now=now)


@own_transaction
def _open_row(*, creator_id: int, now: datetime) -> _Row:
    account, _ = ConnectedAccount.objects.get_or_create(creator_id=creator_id, defaults={"created_at": now})
    former = FormerAccount.objects.filter(creator_id=creator_id).count()
    return _Row(stripe_id=account.stripe_id, email=account.creator.email, number=former + 1)


@own_transaction
def _retire(*, creator_id: int, stripe_id: str, now: datetime) -> None:
    """The account has left for good: make room for the next one, and go on knowing whose this one was.

    The bank accounts stay noted, so that the next one's are told to the creator and held like any change.
    """
    account = ConnectedAccount.objects.select_for_update(no_key=True).get(creator_id=creator_id)
    if account.stripe_id != stripe_id:
        return
    FormerAccount.objects.create(creator_id=creator_id, stripe_id=stripe_id, left_at=now)
    account.bank_accounts.update(works=False)
    account.stripe_id = None
    account.transfers_active = account.payouts_enabled = account.details_submitted = False
    account.missing = []
    account.usable_since = account.checked_at = None
    account.save()


@own_transaction
def _remember(*, creator_id: int, stripe_id: str) -> None:
    ConnectedAccount.objects.filter(creator_id=creator_id, stripe_id=None).update(stripe_id=stripe_id)


@own_transaction
def _record(*, facts: stripe.ConnectedAccountFacts, now: datetime) -> None:
    account = ConnectedAccount.objects.select_for_update(no_key=True).get(stripe_id=facts.stripe_id)
    was_usable = account.is_usable
    _record_banks(account=account, facts=facts, now=now)
    account.transfers_active = facts.transfers_active
    account.payouts_enabled = facts.payouts_enabled
    account.details_submitted = facts.details_submitted
    account.missing = list(facts.missing)
    account.checked_at = now
    if account.is_usable and not was_usable:
        account.usable_since = now
    account.save()


def _record_banks(*, account: ConnectedAccount, facts: stripe.ConnectedAccountFacts, now: datetime) -> None:
    """Note the bank account of each currency. All but those of the first set-up are told to the creator, and held."""
    known = {bank.currency: bank for bank in account.bank_accounts.all()}
    told = {bank.currency: bank for bank in facts.bank_accounts}
    for currency, bank in told.items():
        traits.note(user_id=account.creator_id, kind=TraitKind.PAYOUT_ACCOUNT, what=bank.fingerprint, now=now)
        row = known.get(currency, BankAccount(account=account, currency=currency, works=False))
        if row.stripe_id != bank.stripe_id:
            row.works = False
            if known:
                row.changed_at, row.hold_lifted_at = now, None
                _warn_about_new_bank_account(account=account, bank=bank, now=now)
            else:
                _tell_first_bank_account(account=account, bank=bank, now=now)
        if bank.works and not row.works:
            row.works_since = now
        row.stripe_id, row.name, row.works = bank.stripe_id, bank.name, bank.works
        row.save()
    account.bank_accounts.exclude(currency__in=list(told)).update(works=False)


def _warn_about_new_bank_account(*, account: ConnectedAccount, bank: stripe.BankAccountFacts, now: datetime) -> None:
    notifications.queue_message(
        user_id=account.creator_id,
        # Each change is told, also one back to a bank account that there was before.
        key=f"bank-account:{bank.stripe_id}:{now.isoformat()}",
        kind=Kind.SECURITY,
        subject="Your payouts go to another bank account",
        text=f"Your bank account with Stripe for payouts in {bank.currency} was changed to {bank.name}. For your "
        "safety, payouts to it begin 72 hours after the change.\n\nIf this was not you, say so on your page of payouts:"
        " then nothing goes out until we have spoken with you. If you cannot get in, write to us.",
        link="/creator/payouts/",
        now=now,
    )


def _tell_first_bank_account(*, account: ConnectedAccount, bank: stripe.BankAccountFacts, now: datetime) -> None:
    """Nothing is held: there was none before, and whoever waits for the first money would wait for nothing."""
    notifications.queue_message(
        user_id=account.creator_id,
        key=f"bank-account:{bank.stripe_id}:first",
        kind=Kind.SECURITY,
        subject="Your payouts are set up",
        text=f"Stripe pays your {bank.currency} out to {bank.name} from now on.\n\nIf this was not you, write to us "
        "at once.",
        link="/creator/payouts/",
        now=now,
    )


@own_transaction
def record_departure(*, stripe_id: str, now: datetime) -> None:
    """The account has left the platform: nothing can be sent there any more, what is owed stays owed."""
    ConnectedAccount.objects.filter(stripe_id=stripe_id).update(
        transfers_active=False, payouts_enabled=False, missing=[rules.ANOTHER_ACCOUNT], checked_at=now
    )
