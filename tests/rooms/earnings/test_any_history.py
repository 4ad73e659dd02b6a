"""Whatever happens to earnings, in whatever order: the books agree with the rows, and what is shown adds up."""

import contextlib
import itertools
import random
from datetime import timedelta

import pytest
from django.db import transaction

from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual, Deduction, EarningReversal, Hold, Recovery
from cliphaven.earnings.operations import holding, reversing
from cliphaven.foundation.errors import Refused
from cliphaven.ledger.chart import AccountKind
from tests.people import MONDAY, an_approved_clip, ben, read_again, seen
from tests.rooms.earnings.earners import a_plain_campaign, balance, broken, budget_of, explained, money_of

BUDGET = 100_000
TRANSFERS = itertools.count(1_000)
ACTS = ("see", "clear", "hold", "release", "reverse", "claw back", "reserve", "refuse", "let go")

pytestmark = pytest.mark.django_db


class History:
    """One creator with three clips, to whom things happen, half a day apart."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.campaign = a_plain_campaign(budget_minor=BUDGET, hold_days=1)
        self.clips = [an_approved_clip(self.campaign) for _ in range(3)]
        self.views = dict.fromkeys(self.clips, 0)
        self.transfers: dict[int, int] = {}

    def happen(self, act: str, number: int) -> None:
        self.now += timedelta(hours=12)
        clip = self.clips[number % 3]
        accruals = list(Accrual.objects.order_by("id"))
        chosen = accruals[number % len(accruals)] if accruals else None
        if act == "see":
            self.views[clip] += 1 + number % 500
            seen(clip, self.views[clip], at=self.now)
            operations.accrue_all(now=self.now)
        elif act == "clear":
            read_again(at=self.now)
            operations.clear_all(now=self.now)
        elif act == "let go":
            holding.release_due(now=self.now)
        elif act == "reserve":
            self.reserve()
        elif act == "refuse" and self.transfers:
            self.refuse(number)
        elif chosen is not None:
            with contextlib.suppress(Refused):
                self.decide(act, chosen, number)

    def decide(self, act: str, accrual: Accrual, number: int) -> None:
        if act == "hold":
            holding.hold_earnings(
                clip_id=accrual.clip_id,
                accrual_ids=[accrual.id],
                reason="under_review",
                note="",
                actor="user:7",
                releases_at=self.now + timedelta(days=1 + number % 4),
                now=self.now,
            )
        elif act == "release":
            open_holds = Hold.objects.filter(ended_at=None)
            for hold in open_holds[:1]:
                holding.release_holds(
                    clip_id=hold.accrual.clip_id, hold_ids=[hold.id], actor="user:7", note="Fine.", now=self.now
                )
        elif act in ("reverse", "claw back"):
            reversing.reverse_earnings(
                clip_id=accrual.clip_id,
                accrual_ids=[accrual.id],
                reason="bought_views",
                note="Found out.",
                actor="user:7",
                claw_back=act == "claw back",
                now=self.now,
            )

    def reserve(self) -> None:
        with transaction.atomic():
            parts = operations.locked_payable_parts()
            reservations = [operations.Reservation(transfer_id=next(TRANSFERS), part=part) for part in parts]
            operations.reserve_for_transfers(reservations=reservations, cause="batch", now=self.now)
        self.transfers |= {one.transfer_id: one.part.amount_minor for one in reservations}

    def refuse(self, number: int) -> None:
        transfer_id = sorted(self.transfers)[number % len(self.transfers)]
        if not Accrual.objects.filter(reserved_for=transfer_id).exists():
            return
        with transaction.atomic():
            operations.release_from_transfer(
                transfer_id=transfer_id,
                creator_id=ben().id,
                currency="USD",
                amount_minor=self.transfers[transfer_id],
                reason="refused",
                now=self.now,
            )


@pytest.mark.parametrize("seed", range(12))
def test_what_is_shown_is_what_can_be_paid_plus_named_blockers_whatever_happened(seed):
    chance, history = random.Random(seed), History()
    for _ in range(60):
        history.happen(chance.choice(ACTS), chance.randrange(10_000))
        # At no moment could a batch take what is owed.
        assert not {"owed", "payable"} <= money_of().keys()

    found = explained(now=history.now)
    assert found.owed_minor == found.payable_minor + sum(blocker.amount_minor for blocker in found.blockers)
    assert found.payable_minor == sum(part.amount_minor for part in queries.payable_parts())
    # Nothing came in and nothing went out.
    fees = balance(AccountKind.PLATFORM_FEES)
    assert found.owed_minor - found.debt_minor + fees + budget_of(history.campaign) == BUDGET
    assert broken() == {}


def test_the_histories_reach_every_corner():
    corners = {"hold": 0, "void": 0, "clawback": 0, "recovery": 0, "deduction": 0}
    for seed in range(6):
        chance, history = random.Random(seed), History()
        for _ in range(60):
            history.happen(chance.choice(ACTS), chance.randrange(10_000))
    corners["hold"] = Hold.objects.count()
    for kind in ("void", "clawback"):
        corners[kind] = EarningReversal.objects.filter(kind=kind).count()
    corners["recovery"], corners["deduction"] = Recovery.objects.count(), Deduction.objects.count()

    assert min(corners.values()) > 0, corners
