"""What people's accounts must hold, to the cent, reckoned beside the ledger: from what people were told and Stripe has.

The reckoning begins where trouble begins. What campaigns, sponsors and creators have then is taken over; what follows
is added up from acts that were acknowledged (those that nobody heard of again are settled by their name in the books),
from the vendor's payments, refunds and payouts, and from what each clip earned by its terms, which `oracle` reckons
anew. What a card's bank took is shared out by rules of its own: sponsors with a dispute are judged by their sum alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import connection

from cliphaven.backoffice.queries import corrections
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from simulator.judge import Finding
from simulator.outside import OutsideWorld

CORRECTIONS_MAX = 10_000
_CREATOR = (
    AccountKind.CREATOR_CLEARING,
    AccountKind.CREATOR_HELD,
    AccountKind.CREATOR_PAYABLE,
    AccountKind.CREATOR_RESERVED,
    AccountKind.CREATOR_IN_TRANSIT,
)
Money = dict[tuple[int, str], int]  # an owner and a currency → minor units

_CAMPAIGNS = "select id, organisation_id, currency, state from campaigns_campaign order by id"
_EARNED = "select campaign_id, sum(gross_minor) from earnings_accrual where id > %s group by 1 order by 1"
_RETURNED = """
select x.campaign_id, v.returned_to, sum(v.returned_minor)
  from earnings_earningreversal v join earnings_accrual x on x.id = v.accrual_id
 where v.id > %s group by 1, 2 order by 1, 2"""
_CREDITED = """
select organisation_id, currency, sum(amount_minor) from earnings_creditnote
 where id > %s and follow_up_id is not null group by 1, 2 order by 1, 2"""
_NET = """
select x.creator_id, x.currency, sum(x.gross_minor - x.fee_minor - coalesce(v.net_minor, 0))
  from earnings_accrual x left join earnings_earningreversal v on v.accrual_id = x.id
 group by 1, 2 order by 1, 2"""
_DEPOSITS = (
    "select payment_intent_id, organisation_id, currency from campaigns_deposit where payment_intent_id is not null"
)
_DISPUTED = "select distinct organisation_id from campaigns_dispute"
_ACCOUNTS = """
select stripe_id, creator_id from payouts_connectedaccount where stripe_id is not null
 union all select stripe_id, creator_id from payouts_formeraccount"""


class Act(Protocol):
    """An act that was asked for, as the oracle keeps it."""

    kinds: tuple[EntryKind, ...]
    external_id: str


@dataclass
class Accounts:
    """Knows what there was when trouble began, and what there must be at rest."""

    world: OutsideWorld
    _campaigns: Money = field(default_factory=dict)
    _sponsors: Money = field(default_factory=dict)
    _paid_in: dict[str, int] = field(default_factory=dict)
    _last_accrual: int = 0
    _last_reversal: int = 0
    _last_note: int = 0

    def begin(self) -> None:
        """From now on everything is reckoned."""
        self._campaigns = {
            (number, currency): _budget(number, currency) for number, _, currency, _ in _rows(_CAMPAIGNS)
        }
        self._sponsors = self._held_for_sponsors()
        self._paid_in = {one["id"]: one["amount_received"] for one in self._payments()}
        [[self._last_accrual]] = _rows("select coalesce(max(id), 0) from earnings_accrual")
        [[self._last_reversal]] = _rows("select coalesce(max(id), 0) from earnings_earningreversal")
        [[self._last_note]] = _rows("select coalesce(max(id), 0) from earnings_creditnote")

    def wrong(self, asked: Sequence[Act]) -> Iterator[Finding]:
        """Everything that is not as it must be; `asked` are all acts that anybody asked for."""
        yield from self._campaigns_are_right(asked)
        yield from self._sponsors_are_right()
        yield from self._creators_are_right()

    def _campaigns_are_right(self, asked: Sequence[Act]) -> Iterator[Finding]:
        """Budget = what there was + set aside - taken out - earned + given back; nothing once it is closed."""
        disputed = {organisation_id for (organisation_id,) in _rows(_DISPUTED)}
        earned, returned = dict(_rows(_EARNED, self._last_accrual)), self._returned()
        for number, organisation_id, currency, state in _rows(_CAMPAIGNS):
            holds = _budget(number, currency)
            must = self._campaigns.get((number, currency), 0)
            must += _moved(asked, EntryKind.FUND_CAMPAIGN, number) - _moved(asked, EntryKind.DEFUND, number)
            must += returned.get((number, "campaign"), 0) - earned.get(number, 0)
            if state == "closed":
                must = 0
            if organisation_id not in disputed and holds != must:
                yield Finding("I5", f"campaign {number} holds {holds} {currency}, and should hold {must}")

    def _sponsors_are_right(self) -> Iterator[Finding]:
        """All that is a sponsor's = what there was + paid in - refunded - taken by banks - earned + given back.

        What was paid already and is given back for views that a platform took back, credit notes tell; those of two
        people are corrections.
        """
        must: dict[tuple[int, str], int] = defaultdict(int, self._sponsors)
        owners = {number: (organisation_id, currency) for number, organisation_id, currency, _ in _rows(_CAMPAIGNS)}
        for number, gross_minor in _rows(_EARNED, self._last_accrual):
            must[owners[number]] -= gross_minor
        for (number, returned_to), minor in self._returned().items():
            must[owners[number]] += minor if returned_to in ("campaign", "wallet") else 0
        for owner, minor in self._paid_in_since().items():
            must[owner] += minor
        for organisation_id, currency, minor in _rows(_CREDITED, self._last_note):
            must[organisation_id, currency] += minor
        for owner, minor in _corrected("sponsor").items():
            must[owner] += minor
        for owner, holds in self._held_for_sponsors().items():
            if holds != must[owner]:
                yield Finding("I16", f"sponsor {owner[0]} has {holds} {owner[1]} in all, and should have {must[owner]}")

    def _creators_are_right(self) -> Iterator[Finding]:
        """All that is a creator's = earned - reversed - in a bank; what is in transit = transferred - in a bank."""
        sent, paid, gone = self._sent_and_paid()
        written_off = _corrected("creator")
        for creator_id, currency, net_minor in _rows(_NET):
            if creator_id in gone:
                continue  # what lies there, nobody can see any more
            owner = (creator_id, currency)
            accounts = {kind: Account(kind=kind, owner_id=creator_id, currency=currency) for kind in _CREATOR}
            owes = Account(kind=AccountKind.CREATOR_RECEIVABLE, owner_id=creator_id, currency=currency)
            found = books.balances([*accounts.values(), owes])
            holds = sum(found[account] for account in accounts.values()) - found[owes]
            must = net_minor - paid.get(owner, 0) + written_off.get(owner, 0)
            if holds != must:
                yield Finding("I6", f"creator {creator_id} has {holds} {currency} in all, and should have {must}")
            in_transit = found[accounts[AccountKind.CREATOR_IN_TRANSIT]]
            on_the_way = sent.get(owner, 0) - paid.get(owner, 0)
            if in_transit != on_the_way:
                said = f"creator {creator_id} has {in_transit} {currency} in transit, and Stripe {on_the_way}"
                yield Finding("I11", said)

    def _held_for_sponsors(self) -> Money:
        """Wallets, refunds on their way and budgets, less what is owed."""
        found: Money = defaultdict(int)
        for number, organisation_id, currency, _ in _rows(_CAMPAIGNS):
            found[organisation_id, currency] += _budget(number, currency)
        for _, organisation_id, currency in _rows(_DEPOSITS):
            found[organisation_id, currency] += 0
        for organisation_id, currency in sorted(found):
            wallet, refunding, owed = (
                Account(kind=kind, owner_id=organisation_id, currency=currency)
                for kind in (
                    AccountKind.SPONSOR_WALLET,
                    AccountKind.SPONSOR_REFUNDING,
                    AccountKind.SPONSOR_RECEIVABLE,
                )
            )
            held = books.balances([wallet, refunding, owed])
            found[organisation_id, currency] += held[wallet] + held[refunding] - held[owed]
        return dict(found)

    def _returned(self) -> dict[tuple[int, str], int]:
        return {(number, to): minor for number, to, minor in _rows(_RETURNED, self._last_reversal)}

    def _payments(self) -> list[dict[str, Any]]:
        return [one for one in self.world.at_stripe("payment_intents") if one["status"] == "succeeded"]

    def _paid_in_since(self) -> Money:
        """What Stripe says that payers brought, less what went back to them or was taken by their banks."""
        owners = {name: (organisation_id, currency) for name, organisation_id, currency in _rows(_DEPOSITS)}
        found: Money = defaultdict(int)
        for payment in self._payments():
            if payment["id"] in owners and payment["id"] not in self._paid_in:
                found[owners[payment["id"]]] += payment["amount_received"]
        for refund in self.world.at_stripe("refunds"):
            if refund["payment_intent"] in owners and refund["status"] == "succeeded":
                found[owners[refund["payment_intent"]]] -= refund["amount"]
        for dispute in self.world.at_stripe("disputes"):
            if dispute["payment_intent"] in owners:
                found[owners[dispute["payment_intent"]]] += sum(
                    movement["amount"] for movement in dispute["balance_transactions"]
                )
        return found

    def _sent_and_paid(self) -> tuple[Money, Money, set[int]]:
        """By creator: what was transferred and not taken back, what is in a bank; and who took an account away."""
        sent: Money = defaultdict(int)
        paid: Money = defaultdict(int)
        creators = dict(_rows(_ACCOUNTS))
        for transfer in self.world.at_stripe("transfers"):
            creator_id = creators.get(transfer["destination"])
            if creator_id is not None:
                sent[creator_id, transfer["currency"].upper()] += transfer["amount"] - transfer["amount_reversed"]
        gone = set()
        for account, creator_id in sorted(creators.items()):
            if not self.world.is_shown(account):
                gone.add(creator_id)
                continue
            for payout in self.world.at_stripe("payouts", account=account):
                if payout["status"] == "paid":
                    paid[creator_id, payout["currency"].upper()] += payout["amount"]
        return sent, paid, gone


def _budget(campaign_id: int, currency: str) -> int:
    return books.balance(Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=campaign_id, currency=currency))


def _moved(asked: Sequence[Act], kind: EntryKind, campaign_id: int) -> int:
    """What was set aside or taken out by acts that are in the books, each once however often it was asked for."""
    names = {act.external_id for act in asked if act.kinds == (kind,)}
    mine = sorted(name for name in names if name.partition(":")[0] == str(campaign_id))
    entries = [books.entry(kind, name) for name in mine]
    return sum(leg.amount_minor for entry in entries if entry is not None for leg in entry.legs)


def _corrected(whose: str) -> Money:
    """What corrections by two people gave the owners of such accounts, by owner; a debt that is forgiven is a gift."""
    found: Money = defaultdict(int)
    for one in corrections.corrections(is_open=False, limit=CORRECTIONS_MAX):
        if one.state != "booked":
            continue
        for leg in one.legs:
            for code, sign in ((leg.debit, -1), (leg.credit, 1)):
                owner, _, rest = code.removeprefix(f"{whose}:").partition(":")
                if code.startswith(f"{whose}:") and rest:
                    found[int(owner), one.currency] += sign * leg.amount_minor
    return found


def _rows(query: str, *arguments: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
