"""The proof that the books are sound: `verify` recomputes everything from the legs."""

from collections.abc import Callable

from django.db import connection

from cliphaven.foundation.money import AMOUNT_MINOR_MAX, formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import chart
from cliphaven.ledger.chart import account_named
from cliphaven.ledger.queries import derived, evidence
from cliphaven.ledger.queries.balances import balances, trial_balance_from_legs
from cliphaven.ledger.queries.checks import FAILURES_SHOWN_MAX, Check, checked
from cliphaven.ledger.queries.looks import BUCKETS, CHECKPOINTS, CLOSES, LEGS, SEALS, TIME, Look, Question, asked


@one_snapshot
def verify() -> list[Check]:
    """Recompute the whole ledger, in minutes for ten million legs: one check for each property that it must have."""
    return asked(QUESTIONS, Look())


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


def _legs_move_something() -> Check:
    return checked(
        "each leg moves an amount between two accounts",
        counting="select count(*) from ledger_leg",
        failing="select format('leg %%s of entry %%s moves %%s', id, external_id, amount) from ledger_leg"
        " where amount not between 1 and %(most)s or debit_account = credit_account order by id",
        arguments={"most": AMOUNT_MINOR_MAX},
    )


def _kept_sums_are_balanced(look: Look) -> Check:
    """What a page shows as the trial balance, from sums that are kept: whatever the size of the books."""
    return Check(
        name="the trial balance is level",
        looked_at=len(look.trial.lines),
        failures=tuple(
            f"the {currency} books are off by {formatted(difference, currency=currency)}"
            for currency, difference in look.trial.difference_minor.items()
            if difference
        ),
    )


def _sides_are_equal(look: Look) -> Check:
    """By the classes of the chart, and by the balances that operations themselves decide upon."""
    named = [account_named(line.account, currency=line.currency) for line in look.trial.lines]
    held = balances([account for account in named if account is not None])
    owns: dict[str, int] = {}
    failures = [f"{line.account} {line.currency} is of no kind that the chart has"
                for line, account in zip(look.trial.lines, named, strict=True) if account is None]  # fmt: skip
    for account, minor in held.items():
        is_ours = chart.ACCOUNT_TYPES[account.kind].account_class.debit_normal
        owns[account.currency] = owns.get(account.currency, 0) + (minor if is_ours else -minor)
    failures += [
        f"in {currency} assets and expenses are {formatted(minor, currency=currency)} more than everything else"
        for currency, minor in sorted(owns.items())
        if minor
    ]
    return Check(name="assets are what is owed and what is ours", looked_at=len(held), failures=tuple(failures))


def _nothing_is_below_zero(look: Look) -> Check:
    """Now; what was at each close is `floors_held`."""
    return Check(
        name="no guarded account is below zero",
        looked_at=len(look.trial.lines),
        failures=tuple(
            f"{line.account} {line.currency} is {formatted(line.balance_minor, currency=line.currency)}"
            for line in look.trial.lines
            if line.balance_minor < 0
            and (account := account_named(line.account, currency=line.currency)) is not None
            and chart.ACCOUNT_TYPES[account.kind].guarded
        )[:FAILURES_SHOWN_MAX],
    )


def _of_all(name: str, ask: Callable[[], Check], *, reads: frozenset[str] = LEGS) -> Question:
    return Question(name=name, reads=reads, ask=lambda look: ask(), recomputes=True)  # noqa: ARG005  # all of it


QUESTIONS = (
    _of_all("entries complete", _entries_are_whole),
    _of_all("movements declared", _movements_are_declared),
    _of_all("each leg moves an amount between two accounts", _legs_move_something),
    _of_all("reversals mirror their entries", _reversals_are_mirrors),
    _of_all("one currency per entry", _one_currency_per_entry),
    _of_all("external ids and causes are of the declared shape", _names_are_as_declared),
    _of_all("guarded balances never below zero", evidence.floors_held, reads=LEGS | CLOSES),
    _of_all("books sum to zero", _books_are_balanced),
    Question(name="the trial balance is level", reads=LEGS | CHECKPOINTS, ask=_kept_sums_are_balanced),
    Question(name="assets are what is owed and what is ours", reads=LEGS | CHECKPOINTS, ask=_sides_are_equal),
    Question(name="no guarded account is below zero", reads=LEGS | CHECKPOINTS, ask=_nothing_is_below_zero),
    Question(
        name="nothing dated into a closed period",
        reads=LEGS | CLOSES,
        ask=lambda look: evidence.nothing_is_dated_into_a_close(evidence.newest_close(look)),
    ),
    Question(
        name="the books reach as far as they were closed and sealed",
        reads=LEGS | CLOSES | SEALS,
        ask=lambda look: evidence.nothing_was_cut_off(),  # noqa: ARG005  # quick, however large they are
    ),
    Question(
        name="seals match their legs",
        reads=SEALS,
        ask=lambda look: evidence.seals_match(evidence.some_seals(look)),
    ),
    Question(
        name="checkpoints equal their legs",
        reads=CHECKPOINTS,
        ask=lambda look: derived.checkpoints_are_true(derived.some_accounts(look)),
    ),
    _of_all("checkpoints are of this server", derived.checkpoints_are_of_this_server, reads=CHECKPOINTS),
    _of_all("the trial balance equals its legs", derived.trial_balance_is_true, reads=LEGS | CHECKPOINTS),
    Question(
        name="past balances equal their legs",
        reads=BUCKETS,
        ask=lambda look: derived.buckets_are_true(derived.some_accounts(look)),
    ),
    _of_all("chart and database agree", _chart_matches_database, reads=TIME),
    _of_all("accounts are as the chart declares", _accounts_are_as_declared),
)
