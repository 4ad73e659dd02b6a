"""The proof that the books are sound: `verify` recomputes everything from the legs."""

from django.db import connection

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import chart
from cliphaven.ledger.queries import derived, evidence
from cliphaven.ledger.queries.balances import trial_balance_from_legs
from cliphaven.ledger.queries.checks import FAILURES_SHOWN_MAX, Check, checked


@one_snapshot
def verify() -> list[Check]:
    """Recompute the whole ledger, in minutes for ten million legs: one check for each property that it must have."""
    return [
        _entries_are_whole(),
        _movements_are_declared(),
        _reversals_are_mirrors(),
        _one_currency_per_entry(),
        _names_are_as_declared(),
        evidence.floors_held(),
        _books_are_balanced(),
        evidence.nothing_is_dated_into_a_close(),
        evidence.nothing_was_cut_off(),
        evidence.seals_match(),
        derived.checkpoints_are_true(),
        derived.checkpoints_are_of_this_server(),
        derived.trial_balance_is_true(),
        derived.buckets_are_true(),
        _chart_matches_database(),
        _accounts_are_as_declared(),
    ]


def _entries_are_whole() -> Check:
    return checked(
        "entries complete",
        counting="select count(*) from ledger_leg where leg = 1",
        failing="select format('entry %s of kind %s has %s of %s legs', external_id, kind, count(*), max(legs))"
        " from ledger_leg group by kind, external_id having count(*) <> max(legs) or min(legs) <> max(legs)",
    )


def _movements_are_declared() -> Check:
    return checked(
        "movements declared",
        counting="select count(*) from ledger_leg",
        failing="select format('leg %%s moves money from %%s to %%s', l.id, c.code, d.code) from ledger_leg l"
        " left join ledger_account d on d.id = l.debit_account left join ledger_account c on c.id = l.credit_account"
        " left join ledger_movement m on m.entry_kind = l.kind and m.debit_kind = d.kind and m.credit_kind = c.kind"
        " where m.entry_kind is null and l.kind <> %(reversal)s",
        arguments={"reversal": int(chart.EntryKind.REVERSAL)},
    )


def _reversals_are_mirrors() -> Check:
    return checked(
        "reversals mirror their entries",
        counting="select count(*) from ledger_leg where kind = %(reversal)s and leg = 1",
        failing="select format('leg %%s of reversal %%s mirrors no leg of that entry', r.leg, r.external_id)"
        " from ledger_leg r left join ledger_leg l"
        "   on l.kind = substring(r.external_id from '^([0-9]{1,4}):')::smallint"
        "  and l.external_id = substring(r.external_id from '^[0-9]{1,4}:(.+)$') and l.leg = r.leg and l.kind <> r.kind"
        " where r.kind = %(reversal)s and (l.legs, l.amount, l.debit_account, l.credit_account)"
        "   is distinct from (r.legs, r.amount, r.credit_account, r.debit_account)",
        arguments={"reversal": int(chart.EntryKind.REVERSAL)},
    )


def _one_currency_per_entry() -> Check:
    return checked(
        "one currency per entry",
        counting="select count(*) from ledger_leg where leg = 1",
        failing="select format('entry %s of kind %s mixes currencies', l.external_id, l.kind) from ledger_leg l"
        " join ledger_account d on d.id = l.debit_account join ledger_account c on c.id = l.credit_account"
        " where l.legs > 1 or d.currency <> c.currency group by l.kind, l.external_id"
        " having min(d.currency) <> max(d.currency) or bool_or(d.currency <> c.currency)",
    )


def _names_are_as_declared() -> Check:
    return checked(
        "external ids and causes are of the declared shape",
        counting="select count(*) from ledger_leg where leg = 1",
        failing="select format('entry %s of kind %s, because of %s, is named otherwise than declared',"
        " l.external_id, l.kind, l.cause) from ledger_leg l left join ledger_entry_kind k on k.kind = l.kind"
        " where l.leg = 1 and (l.external_id ~ ('^(?:' || k.external_pattern || ')$')"
        "   and l.cause ~ ('^(?:' || k.cause_pattern || ')$')) is not true",
    )


def _books_are_balanced() -> Check:
    trial = trial_balance_from_legs()
    return Check(
        name="books sum to zero",
        looked_at=len(trial.lines),
        failures=tuple(
            f"the {currency} books are off by {difference}"
            for currency, difference in trial.difference_minor.items()
            if difference
        ),
    )


def _chart_matches_database() -> Check:
    declared: set[tuple[object, ...]] = {
        (int(kind), movement.debit.value, movement.credit.value)
        for kind, movements in chart.PERMITTED.items()
        for movement in movements
    }
    declared |= {
        (kind.value, type_.pattern, type_.account_class.value, type_.guarded)
        for kind, type_ in chart.ACCOUNT_TYPES.items()
    }
    declared |= {(int(kind), kind.name.lower(), name.external_id, name.cause) for kind, name in chart.NAMES.items()}
    with connection.cursor() as cursor:
        cursor.execute("select entry_kind, debit_kind, credit_kind from ledger_movement")
        kept: set[tuple[object, ...]] = set(cursor.fetchall())
        cursor.execute("select kind, pattern, class, guarded from ledger_account_kind")
        kept |= set(cursor.fetchall())
        cursor.execute("select kind, name, external_pattern, cause_pattern from ledger_entry_kind")
        kept |= set(cursor.fetchall())
    failures = tuple(f"{one_sided} is declared on one side only" for one_sided in sorted(map(str, declared ^ kept)))
    return Check(name="chart and database agree", looked_at=len(declared | kept), failures=failures)


def _accounts_are_as_declared() -> Check:
    """An account that was opened without its guard could fall below zero, and no other check would call it wrong."""
    with connection.cursor() as cursor:
        cursor.execute("select code, kind, class, owner_id, currency, guarded from ledger_account order by id")
        rows = cursor.fetchall()
    failures = tuple(
        f"{code} {currency} is not what the chart declares"
        for code, kind, class_, owner_id, currency, guarded in rows
        if (code, class_, guarded) != _declared(kind, owner_id=owner_id, currency=currency)
    )
    return Check(name="accounts are as the chart declares", looked_at=len(rows), failures=failures[:FAILURES_SHOWN_MAX])


def _declared(kind: str, *, owner_id: int | None, currency: str) -> tuple[str, str, bool] | None:
    """An account's code, class and guard as chart.py has them; None for a kind that is not there."""
    if kind not in set(chart.AccountKind):
        return None
    account = chart.Account(kind=chart.AccountKind(kind), owner_id=owner_id, currency=currency)
    type_ = chart.ACCOUNT_TYPES[account.kind]
    return account.code, type_.account_class.value, type_.guarded
