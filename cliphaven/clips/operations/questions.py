"""What questions really cost, put right when the vendor's bill is read."""

from collections.abc import Mapping
from datetime import datetime

from cliphaven.clips.models import Lookup
from cliphaven.foundation.transactions import joined_transaction

_LOST = "unrecorded Its answer was lost."


@joined_transaction
def settle(*, costs: Mapping[str, int], since: datetime, until: datetime) -> int:
    """Let questions cost what their runs are billed by (millionths of USD); answers how many cost something else."""
    asked = Lookup.objects.select_for_update(no_key=True).filter(asked_at__gte=since, asked_at__lt=until)
    rows = asked.filter(run_id__in=list(costs)).order_by("id")
    wrong = [row for row in rows if row.cost_microusd != costs[row.run_id]]
    for row in wrong:
        row.cost_microusd = costs[row.run_id]
    Lookup.objects.bulk_update(wrong, ["cost_microusd"])
    return len(wrong)


@joined_transaction
def add_to(*, question_id: int, run_id: str, cost_microusd: int) -> bool:
    """Write down a run that this question started without hearing of it; False if there is no such question.

    If it names another run already, both were paid for, and this one gets a row of its own.
    """
    question = Lookup.objects.select_for_update(no_key=True).filter(id=question_id).first()
    if question is None:
        return False
    if question.run_id:
        question = Lookup(
            platform=question.platform, subject=question.subject, asked=0, asked_at=question.asked_at, failure=_LOST
        )
    question.run_id, question.cost_microusd = run_id, cost_microusd
    question.save()
    return True


@joined_transaction
def add_profile(*, platform: str, run_id: str, cost_microusd: int, at: datetime) -> None:
    """Write down a run that was started at that moment to read a profile, and that nobody heard of."""
    Lookup.objects.create(
        platform=platform,
        subject="profile",
        asked=0,
        run_id=run_id,
        cost_microusd=cost_microusd,
        failure=_LOST,
        asked_at=at,
    )
