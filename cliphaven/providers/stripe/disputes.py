"""What cards' banks question or take back, and what card networks warn of."""

from dataclasses import dataclass
from datetime import datetime

from cliphaven.providers.stripe.client import PAGE_SIZE, READ_RETRIES, Json, asked, listed, moment
from cliphaven.providers.stripe.refunds import MoneyMoved, money_moved


@dataclass(frozen=True, kw_only=True)
class DisputeFacts:
    """A dispute as it stands. `status` is Stripe's word, an open list; what moved money is in `moved`, oldest first."""

    stripe_id: str
    charge_id: str
    payment_intent_id: str
    status: str
    reason: str
    amount_minor: int
    currency: str
    due_by: datetime | None
    was_answered: bool
    opened_at: datetime
    moved: tuple[MoneyMoved, ...]


@dataclass(frozen=True, kw_only=True)
class WarningFacts:
    """A card network warned that a payment may be fraud; its holder is likely to dispute it."""

    stripe_id: str
    charge_id: str
    payment_intent_id: str
    fraud_type: str
    warned_at: datetime


def dispute(stripe_id: str) -> DisputeFacts:
    """One dispute. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.disputes.retrieve(stripe_id, {}, {"max_network_retries": READ_RETRIES}), dispute_facts
    )


def disputes_since(since: datetime) -> list[DisputeFacts]:
    """Every dispute opened at or after a moment, newest first. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.disputes.list(
            {"created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE}, {"max_network_retries": READ_RETRIES}
        ),
        dispute_facts,
    )


def fraud_warning(stripe_id: str) -> WarningFacts:
    """One early fraud warning. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.radar.early_fraud_warnings.retrieve(
            stripe_id, {}, {"max_network_retries": READ_RETRIES}
        ),
        _warning_facts,
    )


def fraud_warnings_since(since: datetime) -> list[WarningFacts]:
    """Every early fraud warning since a moment, newest first. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.radar.early_fraud_warnings.list(
            {"created": {"gte": int(since.timestamp())}, "limit": PAGE_SIZE}, {"max_network_retries": READ_RETRIES}
        ),
        _warning_facts,
    )


def dispute_facts(dispute: Json) -> DisputeFacts:
    """What a dispute says, read with care: Stripe adds statuses, and parts may be missing."""
    evidence = dispute.get("evidence_details") or {}
    due_by = evidence.get("due_by")
    moved = [money_moved(balance_transaction) for balance_transaction in dispute.get("balance_transactions") or []]
    return DisputeFacts(
        stripe_id=dispute["id"],
        charge_id=dispute["charge"],
        payment_intent_id=dispute.get("payment_intent") or "",
        status=dispute["status"],
        reason=dispute.get("reason") or "",
        amount_minor=dispute["amount"],
        currency=dispute["currency"].upper(),
        due_by=moment(due_by) if due_by else None,
        was_answered=bool(evidence.get("submission_count")),
        opened_at=moment(dispute["created"]),
        moved=tuple(sorted(moved, key=lambda one: (one.created_at, one.amount_minor))),
    )


def _warning_facts(warning: Json) -> WarningFacts:
    return WarningFacts(
        stripe_id=warning["id"],
        charge_id=warning["charge"],
        payment_intent_id=warning.get("payment_intent") or "",
        fraud_type=warning.get("fraud_type") or "",
        warned_at=moment(warning["created"]),
    )
