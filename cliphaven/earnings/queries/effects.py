"""Whether what people did to earnings, and were told had been done, is there."""

from django.db import connection

from cliphaven.earnings.models import EarningAct
from cliphaven.ledger import queries as books

FAILURES_SHOWN_MAX = 100
# Time may stand still between two acts of one person on one clip, so that they are counted together.
_WITHOUT = """
with told as (
  select clip_id, actor, acted_at, deed, sum(entries) as entries from earnings_earningact group by 1, 2, 3, 4)
select t.deed, t.clip_id, t.actor, t.entries, f.number
  from told t cross join lateral (
    select case t.deed
      when 'held' then (select count(*) from earnings_hold h join earnings_accrual a on a.id = h.accrual_id
                         where a.clip_id = t.clip_id and h.placed_by = t.actor and h.placed_at = t.acted_at)
      when 'released' then (select count(*) from earnings_hold h join earnings_accrual a on a.id = h.accrual_id
                             where a.clip_id = t.clip_id and h.ended_by = t.actor and h.ended_at = t.acted_at
                               and h.outcome = 'released')
      when 'extended' then (select count(*) from earnings_holdextension e join earnings_hold h on h.id = e.hold_id
                             join earnings_accrual a on a.id = h.accrual_id
                             where a.clip_id = t.clip_id and e.actor = t.actor and e.extended_at = t.acted_at)
      else (select count(*) from earnings_earningreversal r join earnings_accrual a on a.id = r.accrual_id
             where a.clip_id = t.clip_id and r.actor = t.actor and r.reversed_at = t.acted_at)
    end as number) f
 where f.number < t.entries order by t.acted_at, t.clip_id, t.deed limit %s"""


def acts_have_their_effect(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Each act on earnings that was written down, and so answered with yes, did what it says."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT, [FAILURES_SHOWN_MAX])
        failing = cursor.fetchall()
    return books.Check(
        name="acts on earnings have their effect",
        looked_at=EarningAct.objects.count(),
        failures=tuple(
            f"{actor} was told that {entries} entries of clip {clip_id} were {deed}, and {number} were"
            for deed, clip_id, actor, entries, number in failing
        ),
    )


QUESTIONS = (
    books.Question(
        name="acts on earnings have their effect",
        reads=frozenset({"earnings_earningact", "earnings_hold"}),
        ask=acts_have_their_effect,
        recomputes=True,
    ),
)
