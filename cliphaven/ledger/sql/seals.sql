-- Seals: a chain of hashes over all columns of all legs. A leg that is changed, added or taken away afterwards, even by
-- somebody who can disable triggers, no longer matches its seal, and a changed seal breaks the chain. A seal covers the
-- ids after the one before it, and is made of ids that are all committed (see closing.sql), so it gains no legs.

create table ledger_seal (
  no          bigint primary key,
  after_leg   bigint not null,
  upto_leg    bigint not null,
  legs        bigint not null,
  total       numeric not null,
  digest      bytea not null,        -- of these legs
  chain       bytea not null unique, -- of the seal before, of the digest, and of all that stands here
  sealed_at   timestamptz not null,  -- the product's time
  recorded_at timestamptz not null default clock_timestamp(),
  check (after_leg < upto_leg)
);
create trigger seal_is_immutable before update or delete on ledger_seal for each row execute function ledger_forbid();
create trigger seals_stay before truncate on ledger_seal for each statement execute function ledger_forbid();

-- A record's text quotes each column, so that nothing can move from one into the next unseen. Blocks keep any number of
-- legs below the size that one value may have.
create function ledger_digest(p_after bigint, p_upto bigint, out legs bigint, out total numeric, out digest bytea)
stable language sql set timezone = 'UTC' set datestyle = 'ISO, YMD' set enable_seqscan = off as $$
  select coalesce(sum(b.legs), 0)::bigint, coalesce(sum(b.total), 0), sha256(coalesce(string_agg(b.digest, ''::bytea order by block), ''::bytea))
    from generate_series(p_after / 4096, p_upto / 4096) as block
   cross join lateral (
     select count(*) as legs, sum(l.amount) as total, sha256(convert_to(string_agg(row(
              l.id, l.debit_account, l.credit_account, l.amount, l.kind, l.leg, l.legs, l.external_id, l.cause, l.actor, l.reason,
              l.occurred_at, l.xid, l.recorded_at)::text, E'\n' order by l.id), 'UTF8')) as digest
       from ledger_leg l
      where l.id > greatest(p_after, block * 4096 - 1) and l.id <= least(p_upto, block * 4096 + 4095)) b
   where b.legs > 0
$$;

create function ledger_chain(p_before bytea, p_seal ledger_seal) returns bytea
immutable language sql set timezone = 'UTC' set datestyle = 'ISO, YMD' as $$
  select sha256(p_before || p_seal.digest || convert_to(row(
    p_seal.no, p_seal.after_leg, p_seal.upto_leg, p_seal.legs, p_seal.total, p_seal.sealed_at)::text, 'UTF8'))
$$;

-- Seals all legs there are; answers the seal's number, or null when there is nothing new.
create function ledger_seal_books(p_now timestamptz) returns bigint language plpgsql set lock_timeout = '5s' as $$
declare v_last ledger_seal%rowtype; v_seal ledger_seal%rowtype; v_fence constant bigint := 7203::bigint << 48;
begin
  perform pg_advisory_xact_lock(7205::bigint << 48);  -- one at a time
  select * into v_last from ledger_seal order by no desc limit 1;
  -- No poster is in flight while the highest id is read; none has to wait while the legs are hashed.
  perform pg_advisory_lock(v_fence);
  select coalesce(max(id), 0) into v_seal.upto_leg from ledger_leg;
  perform pg_advisory_unlock(v_fence);
  v_seal.after_leg := coalesce(v_last.upto_leg, 0);
  if v_seal.upto_leg < v_seal.after_leg then
    raise exception 'seal % covers the books up to leg %, and they end at leg %: legs are missing, as after restoring an'
      ' older copy. Find them before anything is sealed', v_last.no, v_seal.after_leg, v_seal.upto_leg using errcode = 'LG013';
  end if;
  if v_seal.upto_leg = v_seal.after_leg then
    return null;
  end if;
  v_seal.no := coalesce(v_last.no, 0) + 1;
  v_seal.sealed_at := p_now;
  select * into v_seal.legs, v_seal.total, v_seal.digest from ledger_digest(v_seal.after_leg, v_seal.upto_leg);
  v_seal.chain := ledger_chain(coalesce(v_last.chain, ''::bytea), v_seal);
  v_seal.recorded_at := clock_timestamp();
  insert into ledger_seal select v_seal.*;
  return v_seal.no;
end $$;
