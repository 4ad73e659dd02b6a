-- All accounts and all movements that there can be, as chart.py declares them: `ledger verify` compares the two. What is
-- not here is refused, also to somebody with a database shell.

create table ledger_account_kind (
  kind    text primary key,
  pattern text not null,  -- how an account's code is written; {owner} stands for its owner's id
  class   text not null,
  guarded boolean not null
);
insert into ledger_account_kind (kind, pattern, class, guarded) values
  -- Unguarded: Stripe takes disputed money whether we have it or not, and the books record what happened.
  ('stripe_balance', 'stripe:balance', 'asset', false),
  ('stripe_connected', 'stripe:connected:{owner}', 'asset', true),
  ('sponsor_wallet', 'sponsor:{owner}:wallet', 'liability', true),
  ('sponsor_refunding', 'sponsor:{owner}:refunding', 'liability', true),
  ('sponsor_receivable', 'sponsor:{owner}:receivable', 'asset', true),
  ('campaign_budget', 'campaign:{owner}:budget', 'liability', true),
  ('creator_clearing', 'creator:{owner}:clearing', 'liability', true),
  ('creator_held', 'creator:{owner}:held', 'liability', true),
  ('creator_payable', 'creator:{owner}:payable', 'liability', true),
  ('creator_reserved', 'creator:{owner}:reserved', 'liability', true),
  ('creator_in_transit', 'creator:{owner}:in_transit', 'liability', true),
  ('creator_receivable', 'creator:{owner}:receivable', 'asset', true),
  ('platform_fees', 'platform:fees', 'income', false),
  ('platform_processing', 'platform:processing', 'expense', false),
  ('platform_losses', 'platform:losses', 'expense', false),
  ('platform_adjustments', 'platform:adjustments', 'equity', false),
  ('invalid_view_reserve', 'platform:invalid_view_reserve', 'liability', true);

create table ledger_movement (
  entry_kind  smallint not null,
  debit_kind  text not null,
  credit_kind text not null,
  primary key (entry_kind, debit_kind, credit_kind)
);
-- A reversal (27) has no rows: it is the exact mirror of another entry, which the check of the legs compares.
insert into ledger_movement (entry_kind, debit_kind, credit_kind) values
  (1, 'stripe_balance', 'sponsor_wallet'),
  (2, 'platform_processing', 'stripe_balance'),
  (3, 'sponsor_wallet', 'campaign_budget'),
  (4, 'campaign_budget', 'sponsor_wallet'),
  (5, 'campaign_budget', 'creator_clearing'),
  (5, 'campaign_budget', 'platform_fees'),
  (6, 'creator_clearing', 'creator_payable'),
  (7, 'creator_payable', 'creator_reserved'),
  (8, 'creator_reserved', 'creator_payable'),
  (9, 'creator_reserved', 'creator_in_transit'),
  (9, 'stripe_connected', 'stripe_balance'),
  (10, 'creator_in_transit', 'stripe_connected'),
  (11, 'stripe_connected', 'creator_in_transit'),
  (12, 'campaign_budget', 'sponsor_wallet'),
  (13, 'creator_clearing', 'creator_held'),
  (13, 'creator_payable', 'creator_held'),
  (14, 'creator_held', 'creator_clearing'),
  (14, 'creator_held', 'creator_payable'),
  (15, 'creator_clearing', 'campaign_budget'),
  (15, 'creator_held', 'campaign_budget'),
  (15, 'creator_payable', 'campaign_budget'),
  (15, 'platform_fees', 'campaign_budget'),
  (15, 'creator_clearing', 'sponsor_wallet'),
  (15, 'creator_held', 'sponsor_wallet'),
  (15, 'creator_payable', 'sponsor_wallet'),
  (15, 'platform_fees', 'sponsor_wallet'),
  (16, 'creator_in_transit', 'creator_reserved'),
  (16, 'stripe_balance', 'stripe_connected'),
  (17, 'sponsor_wallet', 'sponsor_refunding'),
  (18, 'sponsor_refunding', 'stripe_balance'),
  (19, 'sponsor_refunding', 'sponsor_wallet'),
  (19, 'stripe_balance', 'sponsor_wallet'),
  (20, 'sponsor_wallet', 'stripe_balance'),
  (20, 'campaign_budget', 'stripe_balance'),
  (20, 'sponsor_receivable', 'stripe_balance'),
  (21, 'stripe_balance', 'sponsor_wallet'),
  (21, 'stripe_balance', 'sponsor_receivable'),
  (21, 'stripe_balance', 'platform_losses'),
  (22, 'creator_clearing', 'campaign_budget'),
  (22, 'creator_held', 'campaign_budget'),
  (22, 'creator_payable', 'campaign_budget'),
  (22, 'creator_receivable', 'campaign_budget'),
  (22, 'platform_fees', 'campaign_budget'),
  (22, 'creator_clearing', 'platform_losses'),
  (22, 'creator_held', 'platform_losses'),
  (22, 'creator_payable', 'platform_losses'),
  (22, 'creator_receivable', 'platform_losses'),
  (23, 'creator_payable', 'creator_receivable'),
  (23, 'sponsor_wallet', 'sponsor_receivable'),
  (24, 'invalid_view_reserve', 'sponsor_wallet'),
  (25, 'platform_losses', 'creator_receivable'),
  (25, 'platform_losses', 'sponsor_receivable'),
  (26, 'platform_adjustments', 'stripe_balance'),
  (26, 'stripe_balance', 'platform_adjustments'),
  (26, 'platform_adjustments', 'sponsor_wallet'),
  (26, 'sponsor_wallet', 'platform_adjustments'),
  (26, 'platform_adjustments', 'platform_processing'),
  (26, 'platform_processing', 'platform_adjustments'),
  (26, 'platform_adjustments', 'platform_losses'),
  (26, 'platform_losses', 'platform_adjustments'),
  (26, 'platform_adjustments', 'platform_fees'),
  (26, 'platform_fees', 'platform_adjustments'),
  (28, 'stripe_balance', 'platform_processing'),
  (29, 'platform_losses', 'invalid_view_reserve'),
  (29, 'invalid_view_reserve', 'platform_losses');

-- What the entries of a kind refer to, as regular expressions.
create table ledger_entry_kind (
  kind             smallint primary key,
  name             text not null unique,
  external_pattern text not null,
  cause_pattern    text not null
);
insert into ledger_entry_kind (kind, name, external_pattern, cause_pattern) values
  (1, 'deposit', 'pi_\S+', '\S[^\n]*'),
  (2, 'processing_fee', 'txn_\S+', '\S[^\n]*'),
  (3, 'fund_campaign', '\d+:\S+', '\S[^\n]*'),
  (4, 'defund', '\d+:\S+', '\S[^\n]*'),
  (5, 'accrual', '\d+:\d+', '\S[^\n]*'),
  (6, 'clear', '\d+:\d+', '\S[^\n]*'),
  (7, 'reserve', 'transfer:\d+', '\S[^\n]*'),
  (8, 'unreserve', 'transfer:\d+', '\S[^\n]*'),
  (9, 'transfer', 'tr_\S+', '\S[^\n]*'),
  (10, 'bank_payout', 'po_\S+', '\S[^\n]*'),
  (11, 'bank_payout_returned', 'po_\S+', '\S[^\n]*'),
  (12, 'complete', '\d+', '\S[^\n]*'),
  (13, 'hold', 'hold:\d+', '\S[^\n]*'),
  (14, 'release', 'hold:\d+', '\S[^\n]*'),
  (15, 'void', '\d+:\d+', '\S[^\n]*'),
  (16, 'transfer_reversal', 'trr_\S+', '\S[^\n]*'),
  (17, 'refund_request', 'refund:\d+', '\S[^\n]*'),
  (18, 'refund', '(re|pyr)_\S+', '\S[^\n]*'),
  (19, 'refund_failed', '(re|pyr)_\S+|refund:\d+', '\S[^\n]*'),
  (20, 'chargeback', '(dp|du)_\S+', '\S[^\n]*'),
  (21, 'chargeback_won', '(dp|du)_\S+', '\S[^\n]*'),
  (22, 'clawback', '\d+:\d+', '\S[^\n]*'),
  (23, 'recover', '(creator|sponsor):\S+', '\S[^\n]*'),
  (24, 'invalid_view_credit', 'correction:\d+|purge:\d+', '\S[^\n]*'),
  (25, 'write_off', 'correction:\d+', '\S[^\n]*'),
  (26, 'adjustment', 'correction:\d+', '\S[^\n]*'),
  (27, 'reversal', '\d{1,4}:\S+', '\S[^\n]*'),
  (28, 'fee_returned', 'txn_\S+', '\S[^\n]*'),
  (29, 'provision', 'correction:\d+', '\S[^\n]*');

create trigger entry_kind_is_immutable before update or delete on ledger_entry_kind for each row execute function ledger_forbid();
create trigger entry_kinds_stay before truncate on ledger_entry_kind for each statement execute function ledger_forbid();

create trigger kind_is_immutable before update or delete on ledger_account_kind for each row execute function ledger_forbid();
create trigger kinds_stay before truncate on ledger_account_kind for each statement execute function ledger_forbid();

create trigger movement_is_immutable before update or delete on ledger_movement for each row execute function ledger_forbid();
create trigger movements_stay before truncate on ledger_movement for each statement execute function ledger_forbid();

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
