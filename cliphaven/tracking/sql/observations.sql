-- Observations in a table of months. An id is its month (counted from January 2000) times 10^12 plus a number of one
-- sequence, so that the primary key stays one column, foreign keys hold, and ids say where a row lies and what came
-- before what. The month of the ids never goes back: a clock that is set back goes on in the later month.

create function tracking_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'Observations and what they rest upon are kept as they were made: % is refused', lower(tg_op)
    using errcode = 'TR001', hint = 'What turned out wrong is answered by a later observation.';
end
$$;

-- ---- months

create table tracking_month (month integer primary key check (month between 0 and 1199));
comment on table tracking_month is 'The months that ids of observations were taken from.';

create sequence tracking_observation_number;

-- Clips and calls are not deleted (below), readings neither: no insert needs to ask whether they are still there, and to
-- lock them.
create table tracking_observation (
  id bigint primary key,
  clip_id bigint not null,
  call_id bigint not null,
  previous_id bigint not null,
  observed_at timestamptz not null,
  source varchar(120) not null,
  views bigint not null,
  likes bigint,
  comments bigint,
  shares bigint,
  saves bigint,
  believed boolean not null,
  dropped boolean not null,
  previous_sha256 bytea not null,
  sha256 bytea not null,
  constraint previous_comes_before check (previous_id >= 0 and previous_id < id),
  constraint views_in_bounds check (views between 0 and 100000000000)
) partition by range (id);

-- The next id in the newest month, for whoever inserts one row by itself.
create function tracking_next_observation_id() returns bigint language sql volatile as $$
  select (select max(month) from tracking_month) * 1000000000000 + nextval('tracking_observation_number')
$$;
alter table tracking_observation alter id set default tracking_next_observation_id();

-- The lowest id that something of this moment or later can have: where the history of a clip begins.
create function tracking_first_observation_id(p_moment timestamptz) returns bigint language sql stable as $$
  select ((extract(year from p_moment at time zone 'utc')::int - 2000) * 12
          + extract(month from p_moment at time zone 'utc')::int - 1) * 1000000000000::bigint
$$;

create function tracking_make_partition(p_month integer) returns boolean language plpgsql as $$
declare v_suffix text := to_char(date '2000-01-01' + make_interval(months => p_month), 'YYYY_MM');
        v_name text := 'tracking_observation_' || v_suffix;
begin
  if p_month is null or p_month not between 0 and 1199 then
    raise exception 'There are partitions of the months from 2000 to 2099, and not of %', p_month using errcode = 'TR002';
  end if;
  -- Whoever makes one waits here for another who is at it, and finds it done.
  perform pg_advisory_xact_lock(7204101);
  if to_regclass(v_name) is not null then
    return false;
  end if;
  -- Made beside the others and attached when done: nobody who reads or records meanwhile waits.
  execute format('create table %I (like tracking_observation including defaults including constraints)', v_name);
  execute format('create unique index %I on %I (call_id, clip_id)', 'one_observation_per_clip_and_call_' || v_suffix, v_name);
  execute format('create unique index %I on %I (clip_id, previous_id)', 'the_chain_does_not_fork_' || v_suffix, v_name);
  execute format('create trigger observations_are_not_emptied before truncate on %I
                  for each statement execute function tracking_refuse_change()', v_name);
  -- For whoever may insert here directly, an owner or by a right granted too widely: inserts by the whole do not fire it.
  execute format('create trigger observations_follow after insert on %I referencing new table as made
                  for each statement execute function tracking_check_chain()', v_name);
  if to_regrole('cliphaven_app') is not null then
    -- Rows go in by the whole table, whose triggers see them.
    execute format('revoke insert, update, delete on %I from cliphaven_app', v_name);
  end if;
  execute format('alter table tracking_observation attach partition %I for values from (%s) to (%s)',
                 v_name, p_month * 1000000000000::bigint, (p_month + 1) * 1000000000000::bigint);
  return true;
end $$;

create function tracking_open_month(p_month integer) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7204101);
  if exists (select from tracking_month where month >= p_month) then
    return;
  end if;
  perform tracking_make_partition(p_month);
  insert into tracking_month values (p_month);
end $$;

-- ---- the chain

-- Within a month an index sees that a chain does not fork; where a chain goes from one month to another, this does.
create table tracking_crossing (
  clip_id bigint not null,
  previous_id bigint not null,
  constraint the_chain_does_not_fork_across_months primary key (clip_id, previous_id)
);
comment on table tracking_crossing is 'Observations that another one, of a later month, follows; 0 is the beginning.';

create function tracking_check_chain() returns trigger language plpgsql as $$
begin
  -- One look by primary key for each row, in its own partition; the scalar subquery keeps it from becoming a join over
  -- all months.
  if exists (
    select from made m
     where case when m.previous_id = 0 then decode(repeat('00', 32), 'hex')
           else (select p.sha256 from tracking_observation p where p.id = m.previous_id and p.clip_id = m.clip_id) end
           is distinct from m.previous_sha256
  ) then
    raise exception 'An observation follows from the one before it of its clip' using errcode = 'TR003';
  end if;
  if exists (
    select from made m
     where m.previous_id / 1000000000000 = m.id / 1000000000000
       and (select true from tracking_crossing c where c.clip_id = m.clip_id and c.previous_id = m.previous_id)
  ) then
    raise unique_violation using message = 'An observation of a later month follows already: the_chain_does_not_fork';
  end if;
  insert into tracking_crossing (clip_id, previous_id)
  select clip_id, previous_id from made where previous_id / 1000000000000 < id / 1000000000000;
  return null;
end $$;

create trigger observations_follow after insert on tracking_observation
  referencing new table as made for each statement execute function tracking_check_chain();
create trigger observations_stay before update or delete on tracking_observation
  for each row execute function tracking_refuse_change();
create trigger observations_are_not_emptied before truncate on tracking_observation
  for each statement execute function tracking_refuse_change();
-- What an observation's hash covers of its call, and who it is about, stays where it is.
create trigger calls_stay before delete on tracking_vendorcall
  for each row execute function tracking_refuse_change();
create trigger tracked_clips_stay before delete on tracking_trackedclip
  for each row execute function tracking_refuse_change();

-- What was found out stays as it was written down.
create trigger purges_stay before update or delete on tracking_purge
  for each row execute function tracking_refuse_change();
create trigger canary_readings_stay before update or delete on tracking_canaryreading
  for each row execute function tracking_refuse_change();

-- ---- rights

do $$
declare v_schema text := current_schema(); v_name text;
begin
  foreach v_name in array array['tracking_make_partition', 'tracking_open_month', 'tracking_check_chain'] loop
    execute format('revoke execute on function %I from public', v_name);
    execute format('alter function %I security definer', v_name);
    execute format('alter function %I set search_path = %I, pg_temp', v_name, v_schema);
  end loop;
  if to_regrole('cliphaven_app') is not null then
    revoke insert, update, delete on tracking_month, tracking_crossing from cliphaven_app;
    grant execute on function tracking_make_partition, tracking_open_month to cliphaven_app;
  end if;
end $$;
