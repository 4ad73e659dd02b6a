"""What must be so at rest, worked out from what people were told and what the vendor has, not from the house's rows.

Three questions. Did each act that was acknowledged happen once, and none that was refused? Is each movement at the
vendor booked once, with its amount? And is each view that was believed paid for, where there was money for it?
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from cliphaven.backoffice.queries import at_rest
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind
from simulator import mails
from simulator.accounts import Accounts
from simulator.judge import Finding
from simulator.outside import OutsideWorld

DONE, REFUSED, OPEN = "done", "refused", "open"
# What the house does by itself, such as taking back what was earned by views that are gone, may come before somebody
# who asks for the same and is refused because it is done.
BY_THE_HOUSE = "system"
# What the vendor has, and the one kind of entry that each of its objects must have: same name, same amount. The
# invariant's number comes first.
AT_THE_VENDOR = (
    ("I14", "payment_intents", "amount_received", EntryKind.DEPOSIT, lambda one: one["status"] == "succeeded"),
    ("I11", "transfers", "amount", EntryKind.TRANSFER, lambda one: True),  # noqa: ARG005
    ("I13", "refunds", "amount", EntryKind.REFUND, lambda one: one["status"] == "succeeded"),
)


class Found(Exception):  # carries a finding out of an actor
    """Somebody saw, in the middle of everything, what must not be."""

    def __init__(self, finding: Finding) -> None:
        """`finding` says what."""
        super().__init__(str(finding))
        self.finding = finding


@dataclass(kw_only=True)
class Asked:
    """An act that moves money, asked for under the name that its entry will have; of several kinds one at least.

    The amount is in minor units, or None where only the house can reckon it.
    """

    kinds: tuple[EntryKind, ...]
    external_id: str
    amount_minor: int | None
    answer: str = OPEN


@dataclass
class Oracle:
    """Told of each act as it is asked for and answered; knows at rest what the books must say."""

    world: OutsideWorld
    asked: list[Asked] = field(default_factory=list)
    accounts: Accounts = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.world)

    def begin(self) -> None:
        """Trouble begins: from now on every account is reckoned."""
        self.accounts.begin()

    def ask(self, *, kinds: tuple[EntryKind, ...], external_id: str, amount_minor: int | None) -> Asked:
        """Somebody asks for this now; its `answer` is open until they are told."""
        act = Asked(kinds=kinds, external_id=external_id, amount_minor=amount_minor)
        self.asked.append(act)
        return act

    def verdict(self) -> Finding | None:
        """The first thing that is not as it must be."""
        return next(self._wrong(), None)

    def sent_twice(self) -> Finding | None:
        """The first item that stands at the vendor twice, taken back by nobody: at no moment may that be."""
        standing = Counter(
            str(one["transfer_group"])
            for one in self.world.at_stripe("transfers")
            if one["amount_reversed"] < one["amount"]
        )
        twice = sorted(group for group, times in standing.items() if times > 1)
        return (
            Finding("I12", f"each item is sent once: {twice[0]} was sent {standing[twice[0]]} times") if twice else None
        )

    def _wrong(self) -> Iterator[Finding]:
        yield from self._acts()
        yield from self._vendor()
        yield from self._transfers()
        yield from _views()
        yield from self.accounts.wrong(self.asked)
        yield from mails.wrong(self.world)

    def _acts(self) -> Iterator[Finding]:
        by_name: dict[tuple[tuple[EntryKind, ...], str], list[Asked]] = {}
        for act in self.asked:
            by_name.setdefault((act.kinds, act.external_id), []).append(act)
        for (kinds, external_id), tries in by_name.items():
            name = f"{' or '.join(kind.name for kind in kinds)} {external_id}"
            entries = [entry for kind in kinds if (entry := books.entry(kind, external_id)) is not None]
            booked = [sum(leg.amount_minor for leg in entry.legs) for entry in entries]
            answers, amounts = {act.answer for act in tries}, {act.amount_minor for act in tries}
            if DONE in answers and not booked:
                yield Finding("I25", f"{name} was acknowledged and is not in the books")
            if answers == {REFUSED} and booked and any(entry.actor != BY_THE_HOUSE for entry in entries):
                yield Finding("I25", f"{name} was refused and is in the books")
            if booked and None not in amounts and sum(booked) not in amounts:
                yield Finding("I25", f"{name} is {sum(booked)} in the books, and nobody asked for that")

    def _vendor(self) -> Iterator[Finding]:
        for invariant, what, amount, kind, counts in AT_THE_VENDOR:
            for one in self.world.at_stripe(what):
                if not counts(one):
                    continue
                entry = books.entry(kind, one["id"])
                booked = 0 if entry is None else sum(leg.amount_minor for leg in entry.legs)
                if kind is EntryKind.TRANSFER:
                    booked //= 2  # twice: who is owed, and where the cash is
                if booked != one[amount]:
                    said = f"{what} {one['id']} is {one[amount]} at the vendor and {booked} in the books"
                    yield Finding(invariant, said)

    def _transfers(self) -> Iterator[Finding]:
        made = [
            at_rest.AtStripe(
                stripe_id=one["id"],
                group=one["transfer_group"],
                destination=one["destination"],
                amount_minor=one["amount"],
                currency=one["currency"].upper(),
            )
            for one in self.world.at_stripe("transfers")
        ]
        for failure in at_rest.transfers_are_sent_once(made).failures:
            yield Finding("I11", failure)


# Believed views of clips that count, in campaigns that still have money and no terms that cap: each has its price.
_VIEWS = """
select c.id, t.views_seen, r.cpm_minor, s.min_views, coalesce(a.gross, 0)
  from clips_clip c
  join tracking_trackedclip t on t.clip_id = c.id
  join campaigns_campaign k on k.id = c.campaign_id and k.state = 'active'
  join campaigns_terms s on s.id = c.terms_id and s.max_payout_per_clip_minor is null
   and s.cap_per_creator_minor is null and s.clips_per_creator_daily is null
  join campaigns_rate r on r.terms_id = s.id and r.platform = c.platform
  left join lateral (select sum(gross_minor) as gross from earnings_accrual where clip_id = c.id) a on true
 where c.state = 'approved'
   and not exists (select from earnings_earningreversal v join earnings_accrual x on x.id = v.accrual_id
                    where x.clip_id = c.id)
 order by c.id
"""


def _views() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS)
        rows = cursor.fetchall()
    for clip_id, views, cpm_minor, min_views, gross_minor in rows:
        worth = (views * cpm_minor + 500) // 1000 if views is not None and views >= min_views else 0
        if gross_minor > worth:
            yield Finding("I8", f"clip {clip_id} got {gross_minor} for {views} views, which are worth {worth}")
