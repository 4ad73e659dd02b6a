-- Closing: no leg is ever dated at or before `through` again, so answers about those moments are final.
--
-- Whoever records holds an advisory lock shared until the transaction ends, and whoever closes takes it exclusively. So
-- `through` moves while no poster is in flight: every leg there is has an id up to `last_leg` and is committed, every
-- later one has a higher id, since ids are drawn under the shared lock. That order survives a restore into another
-- server, which transaction ids do not.

create table ledger_close (
  no          bigint primary key,
  through     timestamptz not null,
  last_leg    bigint not null,       -- the highest id in the books at that moment
  closed_at   timestamptz not null,  -- the product's time
  actor       text not null check (actor <> ''),
  recorded_at timestamptz not null default clock_timestamp()
);
create trigger close_is_immutable before update or delete on ledger_close for each row execute function ledger_forbid();
create trigger closes_stay before truncate on ledger_close for each statement execute function ledger_forbid();

-- The furthest that the next close may go; null while the books are empty. The database cannot know what time it is for the
-- product, whose clock may run ahead of the server's. But whoever gets one call through shall not close all the future: a
-- close goes a week further than the last one, or than the newest entry where nothing is closed yet.
create or replace function ledger_closable_through() returns timestamptz stable language sql as $$
  select coalesce((select through from ledger_close order by no desc limit 1), (select max(occurred_at) from ledger_leg)) + interval '7 days'
$$;

create or replace function ledger_check_close() returns trigger language plpgsql as $$
declare v_last ledger_close%rowtype; v_furthest constant timestamptz := ledger_closable_through();
begin
  select * into v_last from ledger_close order by no desc limit 1;
  if new.no <> coalesce(v_last.no, 0) + 1 or new.through <= v_last.through or new.last_leg < v_last.last_leg then
    raise exception 'the books are already closed through %', v_last.through using errcode = 'LG011';
  end if;
  if new.through > new.closed_at then
    raise exception 'the books can be closed through % at most: what comes later is not over', new.closed_at
      using errcode = 'LG012';
  end if;
  if new.through > v_furthest then
    raise exception 'the books can be closed through % at most: a close goes a week further than the one before', v_furthest
      using errcode = 'LG012';
  end if;
  return new;
end $$;
create trigger close_goes_forward before insert on ledger_close for each row execute function ledger_check_close();

-- The first moment that an entry may be dated at. Holds back every close until this transaction ends. The second
-- statement sees a close that the lock had to wait for: this needs READ COMMITTED.
create function ledger_first_open_moment() returns timestamptz language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7203::bigint << 48);
  return coalesce((select through + interval '1 microsecond' from ledger_close order by no desc limit 1), '-infinity');
end $$;

-- Answers whether anything moved: closing again through the same moment changes nothing. Waiting for a poster makes
-- later posters wait in turn, hence not for long.
create function ledger_close_books(p_through timestamptz, p_now timestamptz, p_actor text) returns boolean
language plpgsql set lock_timeout = '5s' as $$
begin
  perform pg_advisory_xact_lock(7203::bigint << 48);
  if p_through = (select through from ledger_close order by no desc limit 1) then
    return false;
  end if;
  insert into ledger_close (no, through, last_leg, closed_at, actor)
    values ((select coalesce(max(no), 0) + 1 from ledger_close), p_through,
            (select coalesce(max(id), 0) from ledger_leg), p_now, p_actor);
  return true;
end $$;

-- Before anything else: the lock, so that ids are drawn under it, also by an insert past ledger_record.
create function ledger_open_statement() returns trigger language plpgsql as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'entries are recorded under READ COMMITTED' using errcode = 'LG005';
  end if;
  perform pg_advisory_xact_lock_shared(7203::bigint << 48);
  return null;
end $$;
create trigger a_close_waits before insert on ledger_leg for each statement execute function ledger_open_statement();
