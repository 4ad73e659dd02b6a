"""Staff looks at what is held while it is let go."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, connections

from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual, Hold
from cliphaven.earnings.operations import holding
from tests.people import MONDAY, a_campaign, an_approved_clip, seen

TOMORROW = MONDAY + timedelta(days=1)


def test_a_page_of_holds_is_of_one_moment_although_they_end_between_its_statements(committed):
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    seen(clip, 10_000)
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    holding.hold_earnings(
        clip_id=clip.id,
        accrual_ids=[Accrual.objects.get().id],
        reason="under_review",
        note="Have a look.",
        actor="user:7",
        releases_at=MONDAY + timedelta(days=14),
        now=MONDAY,
    )
    ended: list[int] = []

    def let_go() -> None:
        hold_ids = list(Hold.objects.values_list("id", flat=True))
        ended.append(
            holding.release_holds(clip_id=clip.id, hold_ids=hold_ids, actor="user:7", note="Well.", now=TOMORROW)
        )
        connections.close_all()

    def let_go_after_the_list(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if "GROUP BY" in sql and not ended:
            other = threading.Thread(target=let_go)
            other.start()
            other.join()
        return answer

    with connection.execute_wrapper(let_go_after_the_list):
        [case] = queries.held_cases().cases

    assert len(ended) == 1
    assert case.amount_minor == 1_500 - 150
    assert queries.held_cases().cases == []
