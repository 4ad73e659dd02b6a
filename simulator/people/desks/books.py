"""The desk of the books: corrections and their reversals by two people, closing, sealing, and what is derived."""

from datetime import datetime, timedelta

from cliphaven.backoffice.operations import corrections, proofs, reconciliation
from cliphaven.backoffice.queries import corrections as proposals
from cliphaven.campaigns import queries as campaigns
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from simulator.people.base import Act, Booked
from simulator.people.desks.desk import Desk

REASON = "found when looking through the account"
# Ten times too much is a slip of the finger; its reversal is the correcting entry.
TOO_MUCH = (1, 1, 10)
AMOUNTS = (1, 333, 2_500)


class BooksDesk(Desk):
    """Nobody books by hand alone: what one proposes, the other one books or declines."""

    def helping(self) -> dict[str, tuple[int, Act]]:
        """What was proposed is decided."""
        return {"decide a correction": (2, self._decide)}

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the module."""
        return {
            "correct a wallet": (1, self._adjust),
            "move the platform's own": (1, self._own),
            "write off a debt": (2, self._write_off),
            "set a reserve aside": (1, self._provide),
            "credit invalid views": (1, self._credit),
            "reverse a correction": (2, self._reverse),
            "reverse an entry": (1, self._reverse_entry),
            "close the books": (1, self._close),
            "seal the books": (1, self._seal),
            "drop checkpoints": (1, self._drop),
            "rebuild checkpoints": (1, self._rebuild),
            "reconcile": (1, self._reconcile),
            "ask the invariants": (1, self._prove),
        }

    def _amount(self) -> int:
        return self.chance.choice(AMOUNTS) * self.chance.choice(TOO_MUCH)

    def _organisation_id(self) -> int:
        return self.chance.choice(self.person.life.sponsors).organisation_id

    def _propose(
        self, movement: str, *, owner_id: int | None, amount_minor: int, refers_to: str = "", now: datetime
    ) -> None:
        self.ask(
            corrections.propose,
            movement=movement,
            owner_id=owner_id,
            amount_minor=amount_minor,
            currency="USD",
            reason=REASON,
            refers_to=refers_to,
            proposed_by_id=self.person.user_id,
            now=now,
        )

    def _adjust(self, now: datetime) -> None:
        """Goodwill into a wallet, or out of it again."""
        pair = ("platform_adjustments", "sponsor_wallet")
        debit, credit = pair if self.chance.random() < 0.6 else pair[::-1]
        self._propose(
            f"adjustment:{debit}:{credit}", owner_id=self._organisation_id(), amount_minor=self._amount(), now=now
        )

    def _own(self, now: datetime) -> None:
        other = self.chance.choice(("platform_fees", "platform_losses", "platform_processing"))
        self._propose(f"adjustment:platform_adjustments:{other}", owner_id=None, amount_minor=self._amount(), now=now)

    def _write_off(self, now: datetime) -> None:
        """What somebody owes, or a part of it; also more than that, which the books refuse."""
        kind, owners = self.chance.choice(
            (
                (AccountKind.CREATOR_RECEIVABLE, [one.user_id for one in self.person.life.creators]),
                (AccountKind.SPONSOR_RECEIVABLE, [one.organisation_id for one in self.person.life.sponsors]),
            )
        )
        owed = {owner_id: books.balance(Account(kind=kind, owner_id=owner_id, currency="USD")) for owner_id in owners}
        owner_id = self.one_of(sorted(owner for owner, amount_minor in owed.items() if amount_minor))
        amount_minor = self.chance.choice((1, owed[owner_id], owed[owner_id] * 2))
        self._propose(
            f"write_off:{AccountKind.PLATFORM_LOSSES}:{kind}", owner_id=owner_id, amount_minor=amount_minor, now=now
        )

    def _provide(self, now: datetime) -> None:
        pair = ("platform_losses", "invalid_view_reserve")
        debit, credit = pair if self.chance.random() < 0.7 else pair[::-1]
        self._propose(f"provision:{debit}:{credit}", owner_id=None, amount_minor=self._amount(), now=now)

    def _credit(self, now: datetime) -> None:
        """Of a closed campaign; of another one it is refused."""
        organisation_id = self._organisation_id()
        campaign = self.one_of(campaigns.campaigns_of(organisation_id=organisation_id))
        self._propose(
            "invalid_view_credit:invalid_view_reserve:sponsor_wallet",
            owner_id=organisation_id,
            amount_minor=self._amount(),
            refers_to=f"campaign {campaign.campaign_id}",
            now=now,
        )

    def _decide(self, now: datetime) -> None:
        """Also one's own proposal, which is refused."""
        proposal = self.one_of(proposals.corrections(is_open=True))
        number = proposal.correction_id
        if self.chance.random() < 0.75:
            # A reversal has a name of its own.
            kind = EntryKind[proposal.kind.replace(" ", "_").upper()]
            entries = [Booked(f"correction:{number}", proposal.amount_minor, kind)]
            self.ask(
                corrections.book,
                correction_id=number,
                decided_by_id=self.person.user_id,
                entries=[] if kind is EntryKind.REVERSAL else entries,
                now=now,
            )
        else:
            self.ask(
                corrections.decline, correction_id=number, decided_by_id=self.person.user_id, reason=REASON, now=now
            )

    def _reverse(self, now: datetime) -> None:
        booked = [one for one in proposals.corrections(is_open=False) if one.is_reversible]
        self.ask(
            corrections.propose_reversal,
            correction_id=self.one_of(booked).correction_id,
            reason=REASON,
            proposed_by_id=self.person.user_id,
            now=now,
        )

    def _reverse_entry(self, now: datetime) -> None:
        """Of an entry that did happen, which is refused."""
        leg = self.one_of(books.search().legs)
        self.ask(
            corrections.propose_entry_reversal,
            kind=leg.kind,
            external_id=leg.external_id,
            reason=REASON,
            proposed_by_id=self.person.user_id,
            now=now,
        )

    def _close(self, now: datetime) -> None:
        """Some minutes ago, by mistake in the middle of a day, or later than now, which is refused."""
        ago = self.chance.choice((timedelta(0), timedelta(minutes=10), timedelta(hours=30), -timedelta(hours=1)))
        self.ask(ledger.close_books, through=now - ago, actor=self.person.actor, now=now)

    def _seal(self, now: datetime) -> None:
        self.ask(ledger.seal_books, now=now)

    def _drop(self, now: datetime) -> None:  # noqa: ARG002
        ledger.drop_checkpoints()

    def _rebuild(self, now: datetime) -> None:  # noqa: ARG002
        ledger.rebuild_checkpoints()

    def _reconcile(self, now: datetime) -> None:  # noqa: ARG002
        reconciliation.ask_for()

    def _prove(self, now: datetime) -> None:
        proofs.prove(now=now)
