"""What must be so at rest, worked out from what people were told and what the vendor has, not from the house's rows.

Three questions. Did each act that was acknowledged happen once, and none that was refused? Is each movement at the
vendor booked once, with its amount? And is each view that was believed paid for, where there was money for it?
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind
from simulator.outside import OutsideWorld

DONE, REFUSED, OPEN = "done", "refused", "open"
# What the vendor has, and the one kind of entry that each of its objects must have: same name, same amount.
AT_THE_VENDOR = (
    ("payment_intents", "amount_received", EntryKind.DEPOSIT, lambda one: one["status"] == "succeeded"),
    ("transfers", "amount", EntryKind.TRANSFER, lambda one: True),  # noqa: ARG005
    ("refunds", "amount", EntryKind.REFUND, lambda one: one["status"] == "succeeded"),
)


@dataclass(kw_only=True)
class Asked:
    """An act that moves money, asked for under the name that its entry will have."""

    kind: EntryKind
    external_id: str
    amount_minor: int
    answer: str = OPEN


@dataclass
class Oracle:
    """Told of each act as it is asked for and answered; knows at rest what the books must say."""

    world: OutsideWorld
    asked: list[Asked] = field(default_factory=list)

    def ask(self, *, kind: EntryKind, external_id: str, amount_minor: int) -> Asked:
        """Somebody asks for this now; its `answer` is open until they are told."""
        act = Asked(kind=kind, external_id=external_id, amount_minor=amount_minor)
        self.asked.append(act)
        return act

    def verdict(self) -> str | None:
        """The first thing that is not as it must be."""
        return next(self._wrong(), None)

    def _wrong(self) -> Iterator[str]:
        yield from self._acts()
        yield from self._vendor()
        yield from _views()

    def _acts(self) -> Iterator[str]:
        names = {(act.kind, act.external_id) for act in self.asked}
        for kind, external_id in sorted(names):
            tries = [act for act in self.asked if (act.kind, act.external_id) == (kind, external_id)]
            entry = books.entry(kind, external_id)
            booked = None if entry is None else sum(leg.amount_minor for leg in entry.legs)
            answers = {act.answer for act in tries}
            if DONE in answers and booked is None:
                yield f"{kind.name} {external_id} was acknowledged and is not in the books"
            if answers == {REFUSED} and booked is not None:
                yield f"{kind.name} {external_id} was refused and is in the books"
            if booked is not None and booked not in {act.amount_minor for act in tries}:
                yield f"{kind.name} {external_id} is {booked} in the books, and nobody asked for that"

    def _vendor(self) -> Iterator[str]:
        for what, amount, kind, counts in AT_THE_VENDOR:
            for one in self.world.at_stripe(what):
                if not counts(one):
                    continue
                entry = books.entry(kind, one["id"])
                booked = 0 if entry is None else sum(leg.amount_minor for leg in entry.legs)
                if kind is EntryKind.TRANSFER:
                    booked //= 2  # twice: who is owed, and where the cash is
                if booked != one[amount]:
                    yield f"{what} {one['id']} is {one[amount]} at the vendor and {booked} in the books"


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


def _views() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS)
        rows = cursor.fetchall()
    for clip_id, views, cpm_minor, min_views, gross_minor in rows:
        worth = (views * cpm_minor + 500) // 1000 if views is not None and views >= min_views else 0
        if gross_minor > worth:
            yield f"clip {clip_id} got {gross_minor} for {views} views, which are worth {worth}"
