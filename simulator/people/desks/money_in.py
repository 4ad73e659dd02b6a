"""The desk of money that comes in: what waits for a person is looked at again or settled, warnings are lifted."""

from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import documents, reviews, warnings
from cliphaven.webhooks import operations as letterbox
from simulator.people.base import Act, Operation
from simulator.people.desks.desk import Desk

NOTE = "Seen to at Stripe."


class MoneyInDesk(Desk):
    """Payments, refunds, disputes, warnings, and letters that nobody dealt with."""

    def helping(self) -> dict[str, tuple[int, Act]]:
        """What waits is looked at again, and every letter is dealt with."""
        return {"look again at money in": (2, self._look_again), "take up letters": (1, self._take_up)}

    def acts(self) -> dict[str, tuple[int, Act]]:
        """See the module."""
        return {
            "settle a refund": (1, self._settle),
            "lift a warning": (2, self._lift),
            "issue invoices": (1, self._invoices),
        }

    def _look_again(self, now: datetime) -> None:
        waiting = self.one_of(campaigns.in_review())
        look: dict[str, Operation] = {
            "deposit": reviews.look_again_at_deposit,
            "refund": reviews.look_again_at_refund,
            "dispute": reviews.look_again_at_dispute,
        }
        self.ask(look[waiting.what], **{f"{waiting.what}_id": waiting.id}, staff_id=self.person.user_id, now=now)

    def _settle(self, now: datetime) -> None:
        waiting = self.one_of(review for review in campaigns.in_review() if review.what == "refund")
        self.ask(
            reviews.settle_refund,
            refund_id=waiting.id,
            staff_id=self.person.user_id,
            note=NOTE,
            request_key=self.key("settle-refund"),
            now=now,
        )

    def _lift(self, now: datetime) -> None:
        """Also a chargeback's pause, which is not for a person to end."""
        pause = self.one_of(campaigns.live_pauses(now=now))
        self.ask(
            warnings.lift,
            pause_id=pause.pause_id,
            user_id=self.person.user_id,
            because=NOTE,
            request_key=self.key("lift"),
            now=now,
        )

    def _take_up(self, now: datetime) -> None:
        letterbox.take_up_given_up(now=now)

    def _invoices(self, now: datetime) -> None:
        documents.issue_invoices(now=now)
