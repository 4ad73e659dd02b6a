"""What the processes' own role may do to the books: read them and record in them, and nothing else whatsoever."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from psycopg import sql

from cliphaven.backoffice.queries import invariants
from cliphaven.config.sessions import SessionStore
from cliphaven.earnings import operations as earnings
from cliphaven.earnings import queries as earnings_queries
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import sqlstate
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.people import MONDAY, a_campaign, an_approved_clip, ben, read_again, seen

STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
BUDGET = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
INSUFFICIENT_PRIVILEGE = "42501"


@pytest.fixture
def as_app(committed: str) -> Iterator[str]:
    """A database of the test's own, which Django enters as a login that is a member of `cliphaven_app`; its name."""
    name, password = f"test_app_{secrets.token_hex(4)}", secrets.token_hex(16)
    settings = connection.settings_dict
    owner = {key: settings[key] for key in ("USER", "PASSWORD")}
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        row = server.execute(
            "select to_regrole('cliphaven_app') is not null and (rolsuper or rolcreaterole) from pg_roles"
            " where rolname = current_user"
        ).fetchone()
        if not (row and row[0]):
            pytest.skip("the role of TEST_DATABASE_URL may not create roles")
        statement = sql.SQL("create role {} login in role cliphaven_app password {}")
        server.execute(statement.format(sql.Identifier(name), sql.Literal(password)))
        connections.close_all()
        settings |= {"USER": name, "PASSWORD": password}
        try:
            yield name
        finally:
            connections.close_all()
            settings |= owner
            server.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def record(kind: EntryKind, external_id: str, debit: Account, credit: Account, amount: int) -> None:
    leg = operations.Leg(debit=debit, credit=credit, amount_minor=amount)
    with transaction.atomic():
        operations.record(
            [operations.Entry(kind=kind, external_id=external_id, legs=(leg,), occurred_at=MONDAY, cause="test")]
        )


def refused(statement: str) -> str:
    """The SQLSTATE with which PostgreSQL refuses the statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return sqlstate(error)
    return "accepted"


def rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def test_every_way_around_the_books_is_closed_to_the_app(as_app):
    record(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, 100)
    statements = [
        "update ledger_leg set amount = 1",
        "update ledger_leg set reason = ''",
        "delete from ledger_leg",
        "truncate ledger_leg",
        "truncate earnings_accrual cascade",
        "insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
        " reason, occurred_at) values (1, 2, 5, 1, 1, 1, 'x', 'c', 'a', '', now())",
        "insert into ledger_movement values (5, 'creator_payable', 'sponsor_wallet')",
        "insert into ledger_checkpoint values (1, 1, 0, 1000000)",
        "insert into ledger_checkpoint_run values (1)",
        "insert into ledger_bucket values (1, now(), '{now}', '{0}', '{1}', 1, 1, 1)",
        "update ledger_bucket set credits = '{1}'",
        "delete from ledger_bucket",
        "insert into ledger_bucket_run values (now(), 1)",
        "insert into ledger_close values (1, now(), 0, now(), 'system')",
        "update ledger_close set through = now()",
        "delete from ledger_close",
        "insert into ledger_seal values (1, 0, 1, 1, 1, '', '', now())",
        "delete from ledger_seal",
        "alter table ledger_close disable trigger close_is_immutable",
        "alter table ledger_seal disable trigger seal_is_immutable",
        "alter function ledger_close_books security invoker",
        "update ledger_checkpoint set credits = 0",
        "delete from ledger_checkpoint",
        "insert into ledger_account (code, kind, class, currency, guarded) values ('a', 'b', 'asset', 'USD', false)",
        "update ledger_account set guarded = false",
        "select ledger_accounts('{sponsor_wallet}', '{USD}', '{1}', '{1}')",
        "alter table ledger_leg disable trigger all",
        "alter table ledger_leg disable trigger leg_is_immutable",
        "alter table earnings_accrual disable trigger user",
        "drop trigger leg_is_immutable on ledger_leg",
        "create or replace function ledger_forbid() returns trigger language plpgsql as 'begin return new; end'",
        "alter function ledger_record security invoker",
        "drop function ledger_check cascade",
        "drop table ledger_leg",
        "drop view ledger_posting",
        "lock table ledger_leg in share mode",
        "set session_replication_role = replica",
        "set role pg_database_owner",
        "create table public.mine (id int)",
        "create function public.mine() returns int language sql as 'select 1'",
        "create role another superuser",
        "delete from django_migrations",
        "copy ledger_leg from program 'true'",
        "select setval(pg_get_serial_sequence('ledger_leg', 'id'), 1)",
    ]

    assert {statement: code for statement in statements if (code := refused(statement)) != INSUFFICIENT_PRIVILEGE} == {}


def test_no_table_of_the_books_can_be_written_by_the_app_not_even_one_that_is_added_later(as_app):
    writable = rows(
        "select relname, privilege from pg_class,"
        " unnest('{insert,update,delete,truncate,trigger}'::text[]) as privilege"
        " where relname like 'ledger%' and relkind in ('r', 'v', 'm', 'p') and has_table_privilege(oid, privilege)"
    )

    assert writable == []


def test_every_other_table_can_be_written_by_the_app_whichever_migration_made_it_and_none_emptied(as_app):
    tables = rows(
        "select relname, has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')"
        "   and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'),"
        " has_table_privilege(oid, 'truncate') from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and relname not like 'ledger%' and relname <> 'django_migrations'"
        # Months of observations are written through the whole, and opened by a function of the owner's.
        " and relname not in ('tracking_month', 'tracking_crossing') and relname not like 'tracking_observation_2%'"
    )

    assert len(tables) > 10
    assert [table for table in tables if table[1:] != (True, False)] == []


def test_the_app_records_reads_and_is_stopped_at_the_floor(as_app):
    record(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, 10_000)

    with pytest.raises(operations.BalanceWouldBeNegative):
        record(EntryKind.FUND_CAMPAIGN, "1:1", WALLET, BUDGET, 10_001)
    assert queries.balance(WALLET) == 10_000
    assert queries.trial_balance().is_balanced
    assert len(queries.statement(WALLET)) == 1


def test_the_app_says_whose_account_it_wants_and_the_chart_says_whether_it_is_guarded(as_app):
    statement = (
        "select ledger_record('{1}', '{x}', '{1}', '{1}', '{5}', '{1}', '{2}', '{now}', '{c}', '{a}', '{r}',"
        " '{stripe_balance,%s}', '{USD,USD}', '{1,1}', '{null,%s}')"
    )

    assert refused(statement % ("slush", "1")) == "LG008"
    assert refused(statement % ("sponsor_wallet", "null")) == "LG008"
    assert refused(statement % ("sponsor_wallet", "1")) == "accepted"
    assert rows("select code, guarded from ledger_account order by code") == [
        ("sponsor:1:wallet", True),
        ("stripe:balance", False),
    ]


def test_the_app_leaves_checkpoints_through_the_guard_alone(as_app):
    record(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, 10_000)
    for number in range(70):  # the guard writes one after 64 legs that are final
        record(EntryKind.FUND_CAMPAIGN, f"1:{number}", WALLET, BUDGET, 1)

    assert rows("select count(*) > 0 from ledger_checkpoint") == [(True,)]
    assert queries.balance(WALLET) == 10_000 - 70


def test_the_app_closes_seals_and_keeps_sums_through_functions_alone(as_app):
    record(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, 10_000)

    operations.close_day(now=MONDAY + timedelta(days=1))
    operations.rebuild_checkpoints()

    assert queries.balance(WALLET, as_of=MONDAY) == 10_000
    assert rows("select count(*) from ledger_close union all select count(*) from ledger_seal") == [(1,), (1,)]
    assert rows("select count(*) from ledger_bucket") == [(2,)]
    with pytest.raises(operations.CloseRefused):
        operations.close_books(through=MONDAY - timedelta(days=1), actor="user:1", now=MONDAY)
    assert [check for check in queries.verify() if check.failures] == []


def test_functions_that_act_with_the_owners_rights_are_few_and_look_nowhere_else(as_app):
    definers = rows(
        "select proname, proconfig::text like '%search_path=public, pg_temp%',"
        " has_function_privilege('public', oid, 'execute')"
        " from pg_proc where prosecdef and pronamespace = 'public'::regnamespace order by 1"
    )

    assert definers == [
        ("ledger_close_books", True, False),
        ("ledger_drop_derived", True, False),
        ("ledger_record", True, False),
        ("ledger_seal_books", True, False),
        ("ledger_write_buckets", True, False),
        ("ledger_write_checkpoints", True, False),
        ("tracking_check_chain", True, False),
        ("tracking_make_partition", True, False),
        ("tracking_open_month", True, False),
    ]


def test_a_table_of_the_callers_own_does_not_take_the_place_of_one_of_the_books(as_app):
    with transaction.atomic():
        with connection.cursor() as cursor:
            for table in ("ledger_account", "ledger_leg"):
                cursor.execute(f"create temporary table {table} (like {table} including all) on commit drop")
        record(EntryKind.DEPOSIT, "pi_1", STRIPE, WALLET, 100)
        assert rows("select count(*) from pg_temp.ledger_leg") == [(0,)]

    assert rows("select count(*) from public.ledger_leg") == [(1,)]


def test_views_become_money_owed_and_every_proof_holds(as_app):
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    read_again(at=MONDAY + timedelta(days=8))
    earnings.clear_all(now=MONDAY + timedelta(days=8))

    balance = earnings_queries.explained_balance(creator_id=ben().id, currency="USD", now=MONDAY)
    assert balance.payable_minor == 1_500 - 150
    assert [check for check in invariants.ask(now=MONDAY) if check.failures] == []


def test_a_job_is_deferred_worked_off_and_forgotten(as_app, run_jobs):
    jobs.defer("house.retry_stalled_jobs")
    run_jobs()

    assert rows("select count(*) from procrastinate_jobs") == [(0,)]


def test_a_worker_may_listen_and_a_tick_is_deferred_once(as_app):
    moment = datetime(2026, 11, 2, 6, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute('listen "procrastinate_any_queue"')

    assert jobs.defer_tick(jobs.Tick(task="house.retry_stalled_jobs", at=moment))
    assert not jobs.defer_tick(jobs.Tick(task="house.retry_stalled_jobs", at=moment))


def test_a_session_is_kept_and_ended(as_app):
    session = SessionStore()
    session["who"] = "somebody"
    session.save()
    assert SessionStore(session_key=session.session_key)["who"] == "somebody"

    session.delete()
    assert rows("select count(*) from identity_browsersession") == [(0,)]


def test_the_app_reads_on_in_a_new_month_and_reaches_no_month_around_the_whole(as_app):
    clip = an_approved_clip(a_campaign())
    seen(clip, 100)
    seen(clip, 200, at=MONDAY + timedelta(days=40))

    [first, second] = rows("select tableoid::regclass::text from tracking_observation order by id")
    assert (first, second) == (("tracking_observation_2026_11",), ("tracking_observation_2026_12",))
    statements = [
        "insert into tracking_observation_2026_12 select * from tracking_observation",
        "insert into tracking_month values (400)",
        "delete from tracking_crossing",
        "create table tracking_observation_2027_01 partition of tracking_observation for values from (1) to (2)",
        "alter table tracking_observation detach partition tracking_observation_2026_11",
        "alter table tracking_observation disable trigger observations_follow",
        "alter function tracking_open_month security invoker",
    ]
    assert {statement: code for statement in statements if (code := refused(statement)) != INSUFFICIENT_PRIVILEGE} == {}
