-- The books. One row of ledger_leg holds a debit and a credit of the same amount, so it cannot be unbalanced; an entry is
-- one or more legs under one (kind, external_id). Checks run once per statement over all new rows (transition table).

create table ledger_account (
  id         bigint generated always as identity primary key,
  code       text not null,
  kind       text not null,
  class      text not null check (class in ('asset', 'liability', 'equity', 'income', 'expense')),
  owner_id   bigint,
  currency   char(3) not null,
  guarded    boolean not null,
  opened_at  timestamptz not null default clock_timestamp(),
  unique (code, currency),
  unique nulls not distinct (kind, currency, owner_id) include (id)  -- how the poster finds it
);

create table ledger_leg (
  id             bigint generated always as identity primary key,
  debit_account  bigint not null,
  credit_account bigint not null,
  amount         bigint not null check (amount between 1 and 10000000000000),
  kind           smallint not null,
  leg            smallint not null,
  legs           smallint not null check (leg between 1 and legs),
  external_id    text collate "C" not null check (length(external_id) between 1 and 255),  -- "C": found by its beginning
  cause          text not null check (cause <> ''),
  actor          text not null check (actor <> ''),
  reason         text not null,
  occurred_at    timestamptz not null,
  -- The writing transaction, for finality: rows below the oldest running one can never gain a sibling.
  xid            bigint not null default (pg_current_xact_id()::text::bigint),
  recorded_at    timestamptz not null default clock_timestamp(),
  check (debit_account <> credit_account),
  unique (kind, external_id, leg)
);
-- No foreign keys to ledger_account: they would lock the account's row on every insert. The check below does their work,
-- and accounts are never deleted.
create index ledger_leg_debit on ledger_leg (debit_account, xid) include (amount, occurred_at);
create index ledger_leg_credit on ledger_leg (credit_account, xid) include (amount, occurred_at);
create index ledger_leg_xid on ledger_leg using brin (xid) with (pages_per_range = 16);
-- Index-only sums need a fresh visibility map although nothing is ever updated here.
alter table ledger_leg set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);

-- The classical view: two postings per leg, amounts signed as credits minus debits.
create view ledger_posting as
  select id as leg_id, debit_account as account_id, 'debit' as side, -amount as signed_amount, amount, kind, external_id,
         cause, actor, reason, occurred_at, xid, recorded_at from ledger_leg
  union all
  select id, credit_account, 'credit', amount, amount, kind, external_id, cause, actor, reason, occurred_at, xid, recorded_at
    from ledger_leg;

create function ledger_forbid() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'LG001';
end $$;
create trigger leg_is_immutable before update or delete on ledger_leg for each row execute function ledger_forbid();
create trigger legs_stay before truncate on ledger_leg for each statement execute function ledger_forbid();
create trigger account_is_immutable before update or delete on ledger_account for each row execute function ledger_forbid();
create trigger accounts_stay before truncate on ledger_account for each statement execute function ledger_forbid();
