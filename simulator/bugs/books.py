"""Mistakes in the books: floors, whole entries, one currency, closes, past balances, seals, the same entry again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

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
            due = {f"{one.clip_id}:{one.number}": one.clears_at for one in accruals}
            return [replace(one, occurred_at=due.get(one.external_id, now)) for one in real(accruals, now=now)]

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


def _asking_again_is_noted(planting: Planting) -> None:
    planting.sql("drop trigger leg_is_immutable on ledger_leg")
    planting.sql(
        rewritten(
            "ledger_record",
            {
                """
   where not exists (select 1 from ledger_leg l where l.kind = w.kind and l.external_id = w.external_id)""": "",
                "on conflict (kind, external_id, leg) do nothing;\n  get diagnostics v_new = row_count;": (
                    "on conflict (kind, external_id, leg) do update set cause = excluded.cause,"
                    " actor = excluded.actor, reason = excluded.reason, recorded_at = clock_timestamp();\n"
                    "  get diagnostics v_new = row_count;"
                ),
            },
        )
    )


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
        shows_in=circumstances.both(circumstances.small_budgets, circumstances.acts("fund")),
    ),
    Bug(
        name="late_news_keep_their_date",
        what="what is told or done late is dated at its own moment, also when that is closed",
        invariant="I18",
        plant=_late_news_keep_their_date,
        shows_in=circumstances.acts("close the books"),
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
    ),
    Bug(
        name="open_time_begins_too_late",
        what="after a close, legs dated after it that were there before it are forgotten",
        invariant="I24",
        plant=_open_time_begins_too_late,
    ),
    Bug(
        name="asking_again_is_noted",
        what="an entry that is recorded again is updated with who asked last",
        invariant="I20",
        plant=_asking_again_is_noted,
    ),
)
