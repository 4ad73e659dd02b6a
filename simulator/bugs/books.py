"""Mistakes in the books: floors, whole entries, one currency, closes, past balances, seals, the same entry again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cliphaven.ledger.chart import EntryKind
from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting
from simulator.bugs.functions import rewritten

OPERATIONS = "cliphaven.ledger.operations"


def _checkpoints_swept_away(planting: Planting) -> None:
    where_there_is_a_later_one = """
     and exists (select from ledger_checkpoint later
                  where later.account_id = c.account_id and later.upto_xid > c.upto_xid and later.upto_xid <= v_upto)"""
    planting.sql(rewritten("ledger_write_checkpoints", {where_there_is_a_later_one: ""}))


def _checkpoint_forgets_credits(planting: Planting) -> None:
    planting.sql(rewritten("ledger_write_checkpoints", {"coalesce(c.credits, 0) + t.credits": "t.credits"}))


def _unchecked(planting: Planting, kept: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
    """What the books are asked before they write, they are asked about these entries instead."""
    planting.replace(OPERATIONS, "_check_declared", lambda real: lambda entries: real(kept(entries)))


def _fees_to_another_account(planting: Planting) -> None:
    planting.sql(
        rewritten(
            "ledger_check",
            {"v_is_undeclared then": "v_is_undeclared and not exists (select from fresh where kind = 5) then"},
        )
    )
    _unchecked(planting, lambda entries: [])
    _every_fee(planting, lambda fees: replace(fees, kind=_account_kind("platform_adjustments")))


def _every_fee(planting: Planting, changed: Callable[[Any], Any]) -> None:
    """What views earn pays its fee into another account."""

    def elsewhere(real: Any) -> Any:
        def entries(*arguments: Any, **named: Any) -> list[Any]:
            return [replace(entry, legs=tuple(map(moved, entry.legs))) for entry in real(*arguments, **named)]

        def moved(leg: Any) -> Any:
            return replace(leg, credit=changed(leg.credit)) if leg.credit.kind == "platform_fees" else leg

        return entries

    planting.replace("cliphaven.earnings.operations.accruing", "_entries", elsewhere)


def _account_kind(name: str) -> Any:
    from cliphaven.ledger.chart import AccountKind

    return AccountKind(name)


def _fees_in_one_currency(planting: Planting) -> None:
    planting.sql(
        rewritten("ledger_check", {"or d.currency <> c.currency)": ")", "if v_has_many and v_is_mixed": "if false"})
    )
    _unchecked(planting, lambda entries: [])
    _every_fee(planting, lambda fees: replace(fees, currency="USD"))


def _guard_keeps_its_own_legs(planting: Planting) -> None:
    planting.sql(
        rewritten("ledger_tails", {"sum(amount) filter (where xid < e.xmin) as final": "sum(amount) as final"})
    )
    planting.sql(rewritten("ledger_keep_floors", {"t.final_legs >= 64": "true"}))


def _floors_of_assets_alone(planting: Planting) -> None:
    whole = "case when v_debit_loses then v_debits end, case when v_credit_loses then v_credits end"
    planting.sql(
        rewritten("ledger_check", {"if v_debit_loses or v_credit_loses": "if v_credit_loses", whole: "null, v_credits"})
    )


def _late_news_keep_their_date(planting: Planting) -> None:
    open_moment = "v_open constant timestamptz := ledger_first_open_moment();"
    planting.sql(
        rewritten("ledger_record", {open_moment: open_moment.replace("();", "() - interval '30 days';")}),
    )
    planting.sql(
        rewritten("ledger_check", {"if v_first < v_open then": "if v_first < v_open - interval '30 days' then"})
    )

    def at_their_hour(real: Any) -> Any:
        def cleared(accruals: Any, *, now: Any) -> list[Any]:
            earned = {f"{one.clip_id}:{one.number}": one.accrued_at for one in accruals}
            return [replace(one, occurred_at=earned.get(one.external_id, now)) for one in real(accruals, now=now)]

        return cleared

    planting.replace("cliphaven.earnings.operations.clearing", "_cleared", at_their_hour)


def _past_by_the_hour_of_writing(planting: Planting) -> None:
    # Written in the simulated time, as everything else is here.
    planting.sql("alter table ledger_leg alter recorded_at set default simtime.clock_timestamp()")
    planting.sql(
        rewritten(
            "ledger_sums_at",
            {
                "occurred_at > v_open.through": "recorded_at > v_open.through",
                "occurred_at <= p_at": "recorded_at <= p_at",
            },
        )
    )


def _checkpoint_at_the_newest(planting: Planting) -> None:
    planting.sql(
        rewritten(
            "ledger_write_checkpoints",
            {"pg_snapshot_xmin(pg_current_snapshot())": "pg_snapshot_xmax(pg_current_snapshot())"},
        )
    )


def _open_time_begins_too_late(planting: Planting) -> None:
    least = """least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                       (select min(xid) from ledger_leg where xid >= %2$s and occurred_at > %1$L))"""
    planting.sql(rewritten("ledger_write_buckets", {least: "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"}))


def _clearing_touches_what_was_written(planting: Planting) -> None:
    accrual, clear = f"{EntryKind.ACCRUAL:d}", f"{EntryKind.CLEAR:d}"
    planting.sql("drop trigger leg_is_immutable on ledger_leg")
    touch = """create function touched() returns trigger language plpgsql security definer as $$
begin
  update ledger_leg set reason = 'cleared' where kind = :accrual and external_id = new.external_id;
  return null;
end $$"""
    planting.sql(touch.replace(":accrual", accrual))
    when = "create trigger touched after insert on ledger_leg for each row when (new.kind = :clear) execute function "
    planting.sql(when.replace(":clear", clear) + "touched()")


BUGS = (
    Bug(
        name="checkpoint_forgets_credits",
        what="a checkpoint goes on from the debits of the one before it, and not from its credits",
        invariant="I1",
        plant=_checkpoint_forgets_credits,
    ),
    Bug(
        name="checkpoints_swept_away",
        what="old checkpoints are deleted, also where an account has no newer one",
        invariant="I19",
        plant=_checkpoints_swept_away,
    ),
    Bug(
        name="fees_to_another_account",
        what="fees go to an account that the chart does not permit, and the door was opened for them",
        invariant="I2",
        plant=_fees_to_another_account,
    ),
    Bug(
        name="fees_in_one_currency",
        what="fees go to the account in dollars, whatever the campaign pays in",
        invariant="I1",
        plant=_fees_in_one_currency,
        shows_in=circumstances.two_currencies,
    ),
    Bug(
        name="guard_keeps_its_own_legs",
        what="the guard of the floors always leaves a checkpoint, with the legs that lie behind its position, too",
        invariant="I3",
        plant=_guard_keeps_its_own_legs,
    ),
    Bug(
        name="floors_of_assets_alone",
        what="the guard looks at what a credit takes, and no more at what a debit takes",
        invariant="I4",
        plant=_floors_of_assets_alone,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.next_to_nothing, circumstances.bent_on("fund")),
    ),
    Bug(
        name="late_news_keep_their_date",
        what="what clears is dated at the moment at which it was earned, also when that is closed",
        invariant="I18",
        plant=_late_news_keep_their_date,
        heals=True,
    ),
    Bug(
        name="past_by_the_hour_of_writing",
        what="balances of a past moment have what was written until then, not what happened until then",
        invariant="I18",
        plant=_past_by_the_hour_of_writing,
    ),
    Bug(
        name="checkpoint_at_the_newest",
        what="a checkpoint's position is the newest transaction, and not the oldest that still runs",
        invariant="I19",
        plant=_checkpoint_at_the_newest,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.crowded, circumstances.keen_on("fund")),
    ),
    Bug(
        name="open_time_begins_too_late",
        what="after a close, legs dated after it that were there before it are forgotten",
        invariant="I24",
        plant=_open_time_begins_too_late,
    ),
    Bug(
        name="clearing_touches_the_accrual",
        what="what cleared is marked in the entry that it was earned by",
        invariant="I20",
        plant=_clearing_touches_what_was_written,
        heals=True,
    ),
)
