"""What staff may book by hand: a few kinds, every movement declared, two people, seven days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.ledger.chart import ACCOUNT_TYPES, PERMITTED, AccountType, EntryKind, Movement

EXPIRES_AFTER = timedelta(days=7)
REASON_LENGTH_MIN = 10
REASON_LENGTH_MAX = 500

KINDS = (EntryKind.ADJUSTMENT, EntryKind.WRITE_OFF, EntryKind.PROVISION, EntryKind.INVALID_VIEW_CREDIT)
REVERSIBLE = frozenset(int(kind) for kind in KINDS)
# Accounts that belong to somebody, so that it must be said to whom.
OWNED = frozenset(kind for kind, type_ in ACCOUNT_TYPES.items() if "{owner}" in type_.pattern)
_CAMPAIGN = re.compile(r"campaign ([1-9]\d{0,17})(?:,.*)?", re.ASCII)
_CLIP = re.compile(r"campaign [1-9]\d{0,17}, clip ([1-9]\d{0,17})(?:,.*)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a correction would do to one account, in minor units on its normal side."""

    account: str
    before_minor: int
    after_minor: int
    is_guarded: bool

    @property
    def is_refused(self) -> bool:
        """Whether the books would refuse it: a guarded account below zero."""
        return self.is_guarded and self.after_minor < 0


def correction_name(correction_id: int) -> str:
    """The external id of a correction's entry."""
    return f"correction:{correction_id}"


def campaign_named(reference: str) -> int | None:
    """The campaign that a correction refers to, written "campaign 42" or "campaign 42, clip 7"; None for another."""
    found = _CAMPAIGN.fullmatch(" ".join(reference.split()))
    return int(found[1]) if found else None


def clip_named(reference: str) -> int | None:
    """The clip that a correction refers to, written "campaign 42, clip 7"; None where it names a campaign alone."""
    found = _CLIP.fullmatch(" ".join(reference.split()))
    return int(found[1]) if found else None


def movements() -> Mapping[str, tuple[EntryKind, Movement]]:
    """Every movement that a correction may make, by its name in forms: "write_off:platform_losses:…"."""
    return {
        f"{kind.name.lower()}:{movement.debit}:{movement.credit}": (kind, movement)
        for kind in KINDS
        for movement in sorted(PERMITTED[kind], key=lambda it: (it.debit, it.credit))
    }


def effect(type_: AccountType, *, code: str, balance_minor: int, amount_minor: int, is_debit: bool) -> Effect:
    """What debiting or crediting an account with an amount makes of its balance."""
    grows = is_debit == type_.account_class.debit_normal
    return Effect(
        account=code,
        before_minor=balance_minor,
        after_minor=balance_minor + (amount_minor if grows else -amount_minor),
        is_guarded=type_.guarded,
    )


def is_expired(*, proposed_at: datetime, now: datetime) -> bool:
    """Whether a proposal has waited too long: what it was about may have changed."""
    return now - proposed_at >= EXPIRES_AFTER
