"""A creator looks at their money while it moves."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, connections

from cliphaven.earnings import operations, queries
from tests.people import MONDAY, a_campaign, an_approved_clip, ben, read_again, seen

NEXT_WEEK = MONDAY + timedelta(days=8)


def test_stages_and_blockers_are_of_one_moment_although_money_clears_between_their_statements(committed):
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    read_again(at=NEXT_WEEK)
    cleared: list[int] = []

    def clear() -> None:
        cleared.append(operations.clear_all(now=NEXT_WEEK))
        connections.close_all()

    def clear_after_the_balances(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if "ledger_tail" in sql and not cleared:
            other = threading.Thread(target=clear)
            other.start()
            other.join()
        return answer

    with connection.execute_wrapper(clear_after_the_balances):
        balance = queries.explained_balance(creator_id=ben().id, currency="USD", now=MONDAY)

    assert cleared == [1]
    assert balance.clearing_minor == 1_500 - 150
    assert balance.owed_minor == balance.payable_minor + sum(blocker.amount_minor for blocker in balance.blockers)
