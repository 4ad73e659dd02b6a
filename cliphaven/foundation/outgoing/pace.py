"""How many a second may go out, counted over all workers of the house together.

A *lane* is what a vendor limits: one kind of call. Workers pass one after the other, each at a tick of the database
server's clock; a lock of the database lets in one at a time, and is gone with a worker that dies.
"""

from django.db import connection

from cliphaven.foundation.transactions import no_transaction

_LANES = 7206 << 48  # beside the locks of the ledger

# Inside the lock: sleep to the next tick. Somebody who was woken a moment too early waits for the one after it, so that
# no two pass at the same tick.
_NEXT_TICK = """
with turn as materialized (select pg_advisory_xact_lock(%(base)s | (hashtext(%(lane)s)::bigint & 4294967295))),
     clock as materialized (
       select %(gap)s::numeric - mod(extract(epoch from clock_timestamp()), %(gap)s::numeric) as "left" from turn)
select pg_sleep(case when "left" < %(gap)s::numeric / 10 then "left" + %(gap)s::numeric else "left" end) from clock
"""


@no_transaction
def wait_for_turn(lane: str, *, per_second: int) -> None:
    """Return when it is this worker's turn: at most `per_second` times a second, whoever asks, and in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_TICK, {"base": _LANES, "lane": lane, "gap": 1 / per_second})
