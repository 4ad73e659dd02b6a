"""One budget, many at once: real threads, real commits."""

import threading
from collections import Counter
from collections.abc import Callable

from django.db import connection, connections, transaction

from cliphaven.campaigns.queries import budget_account
from cliphaven.earnings import operations as earnings
from cliphaven.earnings import queries as earnings_queries
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, seen

STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
BUDGET = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
WORKERS = 20


def at_once(work: Callable[[int], str], *, workers: int = WORKERS) -> Counter[str]:
    """Run `work(0)` … in as many threads, all let loose together; counts what they answer."""
    answers: list[str] = []
    start = threading.Barrier(workers)

    def run(number: int) -> None:
        connection.ensure_connection()
        start.wait(20)
        try:
            answers.append(work(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(answers)


def an_entry(kind: EntryKind, external_id: str, debit: Account, credit: Account, amount: int) -> operations.Entry:
    leg = operations.Leg(debit=debit, credit=credit, amount_minor=amount)
    return operations.Entry(kind=kind, external_id=external_id, legs=(leg,), occurred_at=MONDAY, cause="test")


def recorded(*entries: operations.Entry) -> str:
    try:
        with transaction.atomic():
            operations.record(entries)
    except operations.BalanceWouldBeNegative:
        return "refused"
    return "recorded"


def fill_budget(amount: int) -> None:
    recorded(
        an_entry(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, amount),
        an_entry(EntryKind.FUND_CAMPAIGN, "1:1", WALLET, BUDGET, amount),
    )


def test_twenty_accruals_against_an_almost_empty_budget_spend_it_and_no_more(committed):
    fill_budget(100)

    def accrue(number: int) -> str:
        clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=number, currency="USD")
        return recorded(an_entry(EntryKind.ACCRUAL, f"{number}:1", BUDGET, clearing, 30))

    answers = at_once(accrue)

    assert answers == {"recorded": 100 // 30, "refused": WORKERS - 100 // 30}
    assert queries.balance(BUDGET) == 100 - 3 * 30


def test_the_same_entry_from_twenty_at_once_is_recorded_once(committed):
    answers = at_once(lambda _: recorded(an_entry(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, 700)))

    assert answers == {"recorded": WORKERS}
    assert queries.balance(WALLET) == 700


def test_crossing_movements_neither_deadlock_nor_lose_a_cent(committed):
    wallets = [Account(kind=AccountKind.SPONSOR_WALLET, owner_id=number, currency="USD") for number in (1, 2)]
    budgets = [Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=number, currency="USD") for number in (1, 2)]
    recorded(*[an_entry(EntryKind.DEPOSIT, f"pi_{n}", STRIPE, wallet, 10_000) for n, wallet in enumerate(wallets)])

    def fund_both(number: int) -> str:
        order = (0, 1) if number % 2 else (1, 0)
        return recorded(
            *[an_entry(EntryKind.FUND_CAMPAIGN, f"{n}:{number}", wallets[n], budgets[n], 100) for n in order]
        )

    assert at_once(fund_both) == {"recorded": WORKERS}
    assert queries.balances(budgets) == dict.fromkeys(budgets, WORKERS * 100)


def test_a_budget_read_by_many_short_entries_agrees_with_its_checkpoints(committed):
    fill_budget(100_000)

    def accrue_a_hundred(number: int) -> str:
        clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=number, currency="USD")
        for step in range(100):
            recorded(an_entry(EntryKind.ACCRUAL, f"{number}:{step}", BUDGET, clearing, 7))
        return "done"

    at_once(accrue_a_hundred, workers=4)

    checkpoints = next(check for check in queries.verify() if check.name == "checkpoints equal their legs")
    assert queries.balance(BUDGET) == 100_000 - 4 * 100 * 7
    assert checkpoints.looked_at > 0
    assert checkpoints.failures == ()


def test_twenty_accrual_jobs_at_once_pay_each_view_once_and_end_at_zero(committed):
    campaign = a_campaign(budget_minor=1_000)
    clips = [an_approved_clip(campaign, creator=a_user(f"Creator{number}")) for number in range(10)]
    for clip in clips:
        seen(clip, 2_000)  # wants 300 each: 3,000 in all of 1,000

    answers = at_once(lambda _: str(earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)))

    assert answers == {"10": 1, "0": WORKERS - 1}
    assert queries.balance(budget_account(campaign_id=campaign.id, currency="USD")) == 0
    assert sum(earnings_queries.gross_by_clip([clip.id for clip in clips]).values()) == 1_000
