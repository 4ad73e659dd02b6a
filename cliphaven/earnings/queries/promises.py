"""Promises of the terms, step by step: how long earnings wait, what our fee is of each, and that it goes back."""

from django.db import connection

from cliphaven.earnings.models import Accrual, EarningReversal
from cliphaven.ledger import queries as books

FAILURES_SHOWN_MAX = 100

# The hold period is that of the pinned terms, from the moment of earning; hours, because days may be longer than 24.
_TOO_EARLY = """
select format('accrual %%s:%%s of %%s clears at %%s and cleared at %%s, and its terms say %%s days',
              a.clip_id, a.number, a.accrued_at, a.clears_at, a.cleared_at, t.hold_days)
  from earnings_accrual a join campaigns_terms t on t.id = a.terms_id
 where a.clears_at <> a.accrued_at + make_interval(hours => 24 * t.hold_days) or a.cleared_at < a.clears_at
 order by a.id limit %s"""

# A difference of totals: with each step our fee of all steps so far is the agreed part of what they earned.
_OTHER_FEES = """
select format('accrual %%s:%%s should carry a fee of %%s and carries %%s',
              clip_id, number, agreed - fees + fee_minor, fee_minor)
  from (select a.clip_id, a.number, a.fee_minor, (a.gross_total_minor * t.fee_bp + 5000) / 10000 as agreed,
               sum(a.fee_minor) over (partition by a.clip_id order by a.number) as fees
          from earnings_accrual a join campaigns_terms t on t.id = a.terms_id) f
 where fees <> agreed order by clip_id, number limit %s"""

# Of a closed campaign what was paid stays, and so does our fee for it.
_FEES_KEPT = """
select format('of accrual %%s:%%s a fee of %%s went back, and it had carried %%s',
              a.clip_id, a.number, r.fee_minor, a.fee_minor)
  from earnings_earningreversal r join earnings_accrual a on a.id = r.accrual_id
 where r.fee_minor <> case when r.kind = 'clawback' and r.returned_to = 'losses' then 0 else a.fee_minor end
 order by r.id limit %s"""


def earnings_wait_as_agreed(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Nothing clears before the hold period of its terms is over."""
    return books.Check(
        name="earnings wait as long as agreed",
        looked_at=Accrual.objects.count(),
        failures=_sentences(_TOO_EARLY),
    )


def each_step_carries_its_fee(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """The fee of each step is what it adds to the fee of the total: rounding never makes or loses a cent."""
    return books.Check(
        name="each step carries its part of the fee",
        looked_at=Accrual.objects.count(),
        failures=_sentences(_OTHER_FEES),
    )


def fees_go_back(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """Whoever has earnings back that do not count has our fee of them back, too."""
    return books.Check(
        name="fees go back with what does not count",
        looked_at=EarningReversal.objects.count(),
        failures=_sentences(_FEES_KEPT),
    )


def _sentences(failing: str) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(failing, [FAILURES_SHOWN_MAX])
        return tuple(sentence for (sentence,) in cursor.fetchall())


QUESTIONS = (
    books.Question(
        name="earnings wait as long as agreed",
        reads=frozenset({"earnings_accrual"}),
        ask=earnings_wait_as_agreed,
        recomputes=True,
    ),
    books.Question(
        name="each step carries its part of the fee",
        reads=frozenset({"earnings_accrual"}),
        ask=each_step_carries_its_fee,
        recomputes=True,
    ),
    books.Question(
        name="fees go back with what does not count",
        reads=frozenset({"earnings_earningreversal"}),
        ask=fees_go_back,
        recomputes=True,
    ),
)
