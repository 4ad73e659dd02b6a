-- Two roles: the owner of the tables migrates and does nothing else, `cliphaven_app` is what all processes are members of.
-- It may write everywhere but in the books and in the list of migrations. In the books it may read, and call a few
-- functions that act with the owner's rights: to record, to close and to seal, and to write what is derived from the legs
-- or drop it. Not owning the tables, it cannot disable a trigger either.
--
-- Roles belong to a whole server while this runs once in each of its databases, maybe in two at once. Where the migrating
-- role may not create roles and nobody else has done it, everything stays as it was: one role does all.
--
-- "create or replace" forgets what is set here for a function: a migration that replaces one of them sets it again. A
-- table that is added to the books needs its own revoke, since the default below grants.
do $$
declare v_schema text := current_schema(); v_name text; v_kind "char";
begin
  if to_regrole('cliphaven_app') is null then
    if not (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) then
      return;
    end if;
    begin
      create role cliphaven_app nologin;
    exception when duplicate_object or unique_violation then
      null;  -- the migration of another database was faster
    end;
  end if;

  execute format('revoke create on schema %I from public', v_schema);
  execute format('grant usage on schema %I to cliphaven_app', v_schema);
  execute format('grant select, insert, update, delete on all tables in schema %I to cliphaven_app', v_schema);
  execute format('grant usage, select on all sequences in schema %I to cliphaven_app', v_schema);
  execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to cliphaven_app', v_schema);
  execute format('alter default privileges in schema %I grant usage, select on sequences to cliphaven_app', v_schema);

  for v_name, v_kind in
    select c.relname, c.relkind from pg_class c
     where c.relnamespace = v_schema::regnamespace and c.relkind in ('r', 'v', 'S')
       and (c.relname like 'ledger\_%' or c.relname like 'django\_migrations%')
  loop
    if v_kind = 'S' then
      execute format('revoke all on sequence %I.%I from cliphaven_app', v_schema, v_name);
    else
      execute format('revoke all on %I.%I from cliphaven_app', v_schema, v_name);
      execute format('grant select on %I.%I to cliphaven_app', v_schema, v_name);
    end if;
  end loop;

  revoke execute on function ledger_accounts from public;
  foreach v_name in array array[
    'ledger_record', 'ledger_close_books', 'ledger_seal_books',
    'ledger_write_checkpoints', 'ledger_write_buckets', 'ledger_drop_derived'
  ] loop
    execute format('revoke execute on function %I from public', v_name);
    execute format('grant execute on function %I to cliphaven_app', v_name);
    execute format('alter function %I security definer', v_name);
    -- Fixed, and the caller's temporary tables last: no object of the caller's may take the place of one of ours.
    execute format('alter function %I set search_path = %I, pg_temp', v_name, v_schema);
  end loop;
end $$;
