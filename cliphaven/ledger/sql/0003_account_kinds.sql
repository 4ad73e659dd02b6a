-- The kinds of account that chart.py declares. Without them a caller could open an account that has no guard.
create table ledger_account_kind (
  kind    text primary key,
  pattern text not null,  -- how an account's code is written; {owner} stands for its owner's id
  class   text not null,
  guarded boolean not null
);
insert into ledger_account_kind (kind, pattern, class, guarded) values
  ('stripe_balance', 'stripe:balance', 'asset', true),
  ('stripe_connected', 'stripe:connected:{owner}', 'asset', true),
  ('sponsor_wallet', 'sponsor:{owner}:wallet', 'liability', true),
  ('campaign_budget', 'campaign:{owner}:budget', 'liability', true),
  ('creator_clearing', 'creator:{owner}:clearing', 'liability', true),
  ('creator_payable', 'creator:{owner}:payable', 'liability', true),
  ('creator_reserved', 'creator:{owner}:reserved', 'liability', true),
  ('creator_in_transit', 'creator:{owner}:in_transit', 'liability', true),
  ('platform_fees', 'platform:fees', 'income', false),
  ('platform_processing', 'platform:processing', 'expense', false);
create trigger kind_is_immutable before update or delete on ledger_account_kind for each row execute function ledger_forbid();
create trigger kinds_stay before truncate on ledger_account_kind for each statement execute function ledger_forbid();

create function ledger_check_account() returns trigger language plpgsql as $$
begin
  if not exists (select from ledger_account_kind k
                  where k.kind = new.kind and k.class = new.class and k.guarded = new.guarded
                    and (k.pattern like '%{owner}%') = (new.owner_id is not null)
                    and new.code = replace(k.pattern, '{owner}', coalesce(new.owner_id::text, ''))) then
    raise exception 'no such account is declared: % (%)', new.code, new.kind using errcode = 'LG008';
  end if;
  return new;
end $$;
create trigger account_is_declared before insert on ledger_account for each row execute function ledger_check_account();
