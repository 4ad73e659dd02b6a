"""The real operations on a real database, asked as pages, jobs and letters ask them; what vendors say is handed in."""

import json
from datetime import datetime, timedelta

from django.db import connection, transaction

from cliphaven.backoffice.operations import corrections
from cliphaven.campaigns.models import Campaign, Deposit, Dispute, Refund
from cliphaven.campaigns.operations import campaigns, disputes, refund_bookings, refunds, wallet
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.clips.models import Clip
from cliphaven.clips.operations import decisions, submission
from cliphaven.earnings.models import Accrual, Hold
from cliphaven.earnings.operations import accrue_all, clear_all, defunding, holding, reversing
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.identity.models import Organisation, User
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import batches, releases, settlement, taken_back, transfers
from cliphaven.providers import stripe
from cliphaven.providers.readings import (
    ClipPoll,
    ClipReading,
    FetchedBatch,
    PollOutcome,
    RequestedClip,
    ScrapeResult,
)
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import lifecycle, recording


class OneTransaction:
    """All that happens in it is undone at its end, as after a test: each example finds the same house."""

    def __init__(self) -> None:
        self.block = transaction.atomic()
        self.block._from_testcase = True
        self.block.__enter__()

    def undo(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)


class SmallHouse:
    """One sponsor, two people of the staff, some creators; `now` is told by whoever asks."""

    def __init__(
        self, *, sponsor: Organisation, owner: User, staff: list[User], creators: list[User], now: datetime
    ) -> None:
        self.sponsor, self.owner, self.staff, self.creators = sponsor, owner, staff, creators
        self.now, self._named = now, 0

    def name(self, kind: str) -> str:
        """What Stripe calls its next object of a kind."""
        self._named += 1
        return f"{kind}_{self._named:04d}"

    @property
    def _whose(self) -> dict[str, int]:
        return {"organisation_id": self.sponsor.id}

    @property
    def actor(self) -> str:
        return f"user:{self.staff[0].id}"

    def balances(self) -> dict[tuple[str, str], int]:
        """Every account that is not empty. What the database checks when a transaction commits is checked first."""
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute("set constraints all deferred")
        lines = books.trial_balance().lines
        return {(line.account, line.currency): line.balance_minor for line in lines if line.balance_minor}

    def states(self) -> dict[int, str]:
        return dict(Campaign.objects.values_list("id", "state"))

    def _moved(self, amount: int, currency: str, *, fee: int = 0) -> stripe.MoneyMoved:
        return stripe.MoneyMoved(
            balance_transaction_id=self.name("txn"),
            amount_minor=amount,
            fee_minor=fee,
            currency=currency,
            created_at=self.now,
        )

    # ---- the sponsor

    def deposit(self, amount: int, currency: str, *, fee: int) -> int:
        row = Deposit.objects.create(
            **self._whose, started_by=self.owner, amount_minor=amount, currency=currency, started_at=self.now
        )
        payment = stripe.Payment(
            payment_intent_id=self.name("pi"),
            amount_received_minor=amount,
            currency=currency,
            charge_id=self.name("ch"),
            fee_minor=fee,
            booked_currency=currency,
            balance_transaction_id=self.name("txn"),
        )
        for _ in range(2):  # the page and the letter both tell of it
            wallet.take_in(deposit_id=row.id, payment=payment, now=self.now)
        return row.id

    def draft(self, *, currency: str, terms: TermsDraft, days: int | None) -> int:
        today = self.now.date()
        return campaigns.create_campaign(
            **self._whose,
            title="Trail shoes",
            brief="Show the sole.",
            currency=currency,
            starts_on=today,
            ends_on=None if days is None else today + timedelta(days=days),
            terms=terms,
            now=self.now,
        )

    def fund(self, campaign_id: int, amount: int, form: str) -> None:
        campaigns.fund_campaign(
            campaign_id=campaign_id,
            **self._whose,
            user_id=self.owner.id,
            amount_minor=amount,
            request_key=form,
            now=self.now,
        )

    def defund(self, campaign_id: int, amount: int, form: str) -> None:
        defunding.defund_campaign(
            campaign_id=campaign_id,
            **self._whose,
            user_id=self.owner.id,
            amount_minor=amount,
            request_key=form,
            now=self.now,
        )

    def activate(self, campaign_id: int) -> None:
        campaigns.activate_campaign(campaign_id=campaign_id, **self._whose, now=self.now)

    def pause(self, campaign_id: int) -> None:
        campaigns.pause_campaign(campaign_id=campaign_id, **self._whose, now=self.now)

    def end(self, campaign_id: int) -> None:
        campaigns.end_campaign(campaign_id=campaign_id, **self._whose, now=self.now)

    def close(self, campaign_id: int) -> None:
        campaigns.close_campaign(campaign_id=campaign_id, **self._whose, user_id=self.owner.id, now=self.now)

    def ask_back(self, currency: str, amount: int, form: str) -> None:
        refunds.request_refund(
            **self._whose,
            user_id=self.owner.id,
            amount_minor=amount,
            currency=currency,
            request_key=form,
            now=self.now,
        )

    def tell_refund(self, number: int, *, status: str) -> None:
        """Stripe tells of the refund in this place, counted from the first one."""
        row = Refund.objects.select_related("deposit").order_by("id")[number]
        currency, was_booked = row.deposit.currency, row.booked_at is not None
        has_failed = status == "failed"
        facts = stripe.RefundFacts(
            stripe_id=row.stripe_id or self.name("re"),
            charge_id=str(row.deposit.charge_id),
            status=status,
            amount_minor=row.amount_minor,
            currency=currency,
            failure_code="declined" if has_failed else "",
            metadata={},
            created_at=self.now,
            taken=self._moved(-row.amount_minor, currency) if was_booked or not has_failed else None,
            returned=self._moved(row.amount_minor, currency) if was_booked and has_failed else None,
        )
        for _ in range(2):
            refund_bookings.take_in(refund_id=row.id, facts=facts, now=self.now)

    def tell_dispute(self, deposit_id: int, *, status: str, amount: int, fee: int = 0) -> None:
        """`amount` moves, from our balance where it is negative."""
        deposit, known = Deposit.objects.get(id=deposit_id), Dispute.objects.filter(deposit_id=deposit_id).first()
        facts = stripe.DisputeFacts(
            stripe_id=known.stripe_id if known else self.name("dp"),
            charge_id=str(deposit.charge_id),
            payment_intent_id=str(deposit.payment_intent_id),
            status=status,
            reason="fraudulent",
            amount_minor=abs(amount),
            currency=deposit.currency,
            due_by=None,
            was_answered=False,
            opened_at=self.now,
            moved=(self._moved(amount, deposit.currency, fee=fee),) if amount else (),
        )
        for _ in range(2):
            disputes.take_in(facts=facts, now=self.now)

    # ---- creators and their clips

    def submit(self, campaign_id: int, creator: User, platform: str) -> int:
        """Hand a new video in."""
        self._named += 1
        video = (
            f"https://www.tiktok.com/@{creator.name.lower()}/video/{(int(self.now.timestamp()) << 32) + self._named}"
            if platform == "tiktok"
            else f"https://www.youtube.com/watch?v=v{self._named:09d}0"  # of the last letter not all bits count
        )
        [line] = submission.submit_clips(creator_id=creator.id, campaign_id=campaign_id, text=video, now=self.now)
        assert line.clip_id is not None, line
        return line.clip_id

    def approve(self, clip_id: int) -> None:
        """The platform has confirmed the author meanwhile."""
        Clip.objects.filter(id=clip_id).update(author_checked_at=self.now, posted_at=self.now)
        decisions.approve_clip(clip_id=clip_id, **self._whose, reviewer_id=self.owner.id, now=self.now)

    def reject(self, clip_id: int) -> None:
        decisions.reject_clip(
            clip_id=clip_id,
            **self._whose,
            reviewer_id=self.owner.id,
            rejection_code="off_brief",
            note="Please show the product.",
            now=self.now,
        )

    def tracked(self) -> set[int]:
        lifecycle.start_tracking(now=self.now)
        return set(TrackedClip.objects.values_list("clip_id", flat=True))

    def read(self, clip_id: int, *, outcome: str, views: int | None) -> None:
        """One answer of the vendor about one clip."""
        clip = Clip.objects.get(id=clip_id)
        reading = ClipReading(
            platform=clip.platform,
            video_id=clip.video_id,
            views=views,
            likes=None,
            comments=None,
            shares=None,
            saves=None,
            author_id=None,
            author_handle=None,
            coauthor_handles=(),
            caption="",
            posted_at=None,
            is_video=True,
            source="test",
        )
        asked = RequestedClip(platform=clip.platform, video_id=clip.video_id, url=clip.canonical_url)
        poll = ClipPoll(
            clip=asked, outcome=PollOutcome(outcome), reading=reading if outcome == PollOutcome.MEASURED else None
        )
        call = VendorCall.objects.create(platform=clip.platform, source="test", asked=1, started_at=self.now)
        items = ({"id": clip.video_id, "playCount": views},) if poll.reading else ()
        answer = FetchedBatch(
            result=ScrapeResult(polls=(poll,)),
            cost_microusd=0,
            run_id="",
            raw_items=items,
            raw_json=json.dumps(items).encode(),
        )
        recording.record_answer(call=call, clip_ids=[clip_id], answer=answer, now=self.now)

    # ---- earnings

    def accrue(self) -> None:
        accrue_all(now=self.now)

    def clear(self) -> None:
        clear_all(now=self.now)

    def _accruals(self, clip_id: int, numbers: list[int]) -> list[int]:
        """By their places among the clip's accruals."""
        ids = list(Accrual.objects.filter(clip_id=clip_id).order_by("number").values_list("id", flat=True))
        return [ids[number] for number in numbers]

    def _holds(self, clip_id: int, numbers: list[int]) -> list[int]:
        of_these = Hold.objects.filter(accrual__in=self._accruals(clip_id, numbers), ended_at=None)
        return list(of_these.order_by("id").values_list("id", flat=True)) or [0]

    def hold(self, clip_id: int, numbers: list[int], *, until: datetime, form: str) -> None:
        holding.hold_earnings(
            clip_id=clip_id,
            accrual_ids=self._accruals(clip_id, numbers),
            reason="under_review",
            note="",
            actor=self.actor,
            releases_at=until,
            request_key=form,
            now=self.now,
        )

    def extend(self, clip_id: int, numbers: list[int], *, until: datetime) -> None:
        holding.extend_holds(
            clip_id=clip_id,
            hold_ids=self._holds(clip_id, numbers),
            releases_at=until,
            note="We still wait.",
            actor=self.actor,
            now=self.now,
        )

    def release(self, clip_id: int, numbers: list[int]) -> None:
        holding.release_holds(
            clip_id=clip_id, hold_ids=self._holds(clip_id, numbers), note="Fine.", actor=self.actor, now=self.now
        )

    def release_due(self) -> None:
        holding.release_due(now=self.now)

    def reverse(self, clip_id: int, numbers: list[int], *, claws_back: bool, form: str) -> None:
        reversing.reverse_earnings(
            clip_id=clip_id,
            accrual_ids=self._accruals(clip_id, numbers),
            reason="bought_views",
            note="Found out.",
            actor=self.actor,
            claw_back=claws_back,
            request_key=form,
            now=self.now,
        )

    # ---- paydays

    def plan(self) -> None:
        for _ in range(2):  # two schedulers
            batches.plan_weekly_batch(now=self.now)

    def release_batch(self, week: str) -> None:
        for person in self.staff:
            releases.release(week=week, staff_id=person.id, now=self.now)

    def send_back(self, week: str) -> None:
        releases.send_back(week=week, staff_id=self.staff[0].id, reason="A check.", now=self.now)

    def _transfer(self, week: str, creator_id: int, campaign_id: int) -> Transfer:
        return Transfer.objects.select_related("batch").get(
            batch__iso_week=week, creator_id=creator_id, campaign_id=campaign_id
        )

    def transfer_sent(self, week: str, creator_id: int, campaign_id: int) -> None:
        row = self._transfer(week, creator_id, campaign_id)
        facts = stripe.TransferFacts(
            stripe_id=self.name("tr"),
            amount_minor=row.amount_minor,
            currency=row.currency,
            destination=row.destination,
            group=row.group,
            metadata={"transfer": str(row.id)},
            created_at=self.now,
            reversed_minor=0,
        )
        for _ in range(2):  # the answer and the letter
            transfers.SENDER.take_over(item_id=row.id, facts=facts, now=self.now)

    def transfer_refused(self, week: str, creator_id: int, campaign_id: int) -> None:
        refusal = ProviderFailed("No.", outcome=Outcome.DEFINITE, code="account_invalid")
        with transaction.atomic():
            row = transfers.SENDER.lock(self._transfer(week, creator_id, campaign_id).id)
            transfers.SENDER.give_back(row, failure=refusal, now=self.now)

    def transfer_taken_back(self, week: str, creator_id: int, campaign_id: int) -> None:
        row = self._transfer(week, creator_id, campaign_id)
        facts = stripe.TransferReversalFacts(
            stripe_id=self.name("trr"),
            transfer_id=str(row.stripe_id),
            amount_minor=row.amount_minor,
            currency=row.currency,
            metadata={},
            created_at=self.now,
        )
        for _ in range(2):
            taken_back.take_over_all(transfer_id=row.id, found=[facts], now=self.now)

    def bank_payouts(self, *states: str) -> list[BankPayout]:
        return list(BankPayout.objects.select_related("batch").filter(state__in=states).order_by("id"))

    def tell_payout(self, row: BankPayout, *, status: str, failure_code: str = "") -> None:
        facts = stripe.PayoutFacts(
            stripe_id=row.stripe_id or self.name("po"),
            status=status,
            amount_minor=row.amount_minor,
            currency=row.currency,
            bank_account_id=row.bank_account_id,
            failure_code=failure_code,
            failure_sentence="",
            arrives_on=self.now.date(),
            trace_id="",
            metadata={"bank_payout": str(row.id)},
            created_at=self.now,
            is_ours=True,
        )
        for _ in range(2):
            settlement.record(bank_payout_id=row.id, facts=facts, now=self.now)

    # ---- the books

    def end_campaigns(self) -> None:
        campaigns.complete_ended_campaigns(now=self.now)

    def close_day(self) -> None:
        ledger.close_day(now=self.now)

    def correct(self, movement: str, *, owner_id: int | None, amount: int, currency: str) -> int:
        first, second = self.staff
        correction_id = corrections.propose(
            movement=movement,
            owner_id=owner_id,
            amount_minor=amount,
            currency=currency,
            reason="Something was wrong here.",
            refers_to="",
            proposed_by_id=first.id,
            now=self.now,
        )
        corrections.book(correction_id=correction_id, decided_by_id=second.id, now=self.now)
        return correction_id

    def undo_correction(self, correction_id: int) -> None:
        first, second = self.staff
        undoing = corrections.propose_reversal(
            correction_id=correction_id, reason="It was right before.", proposed_by_id=first.id, now=self.now
        )
        corrections.book(correction_id=undoing, decided_by_id=second.id, now=self.now)
