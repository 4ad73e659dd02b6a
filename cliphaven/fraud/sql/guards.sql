-- ---- What was judged, decided and told stays as it was written: the database refuses to change, delete or empty it.

create function fraud_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is kept as it was written: % is refused', tg_table_name, lower(tg_op) using errcode = 'FR001';
end
$$;

-- An appeal is answered once; what the creator said and sent stays as it came.
create function fraud_guard_appeal() returns trigger language plpgsql as $$
declare permitted fraud_appeal;
begin
    permitted := old;
    permitted.outcome := new.outcome;
    permitted.decided_by := new.decided_by;
    permitted.decided_at := new.decided_at;
    permitted.decision_note := new.decision_note;
    if old.outcome = '' and new.outcome <> '' and new is not distinct from permitted then
        return new;
    end if;
    raise exception 'Appeals are kept as they came: update is refused' using errcode = 'FR001';
end
$$;
create trigger fraud_appeals_stay before update on fraud_appeal
    for each row execute function fraud_guard_appeal();

-- A case goes one way, and is about the same clip for ever.
create function fraud_guard_case() returns trigger language plpgsql as $$
begin
    if new.clip_id = old.clip_id and new.opened_at = old.opened_at
       and (new.state = old.state or (old.state, new.state) in (
            ('open', 'released'), ('open', 'voiding'), ('open', 'voided'), ('open', 'expired'),
            ('voiding', 'voided'), ('voiding', 'released'))) then
        return new;
    end if;
    raise exception 'A case that is % does not become %', old.state, new.state using errcode = 'FR002';
end
$$;
create trigger fraud_cases_go_one_way before update on fraud_riskcase
    for each row execute function fraud_guard_case();
create trigger fraud_assessment_stays before update or delete on fraud_assessment
    for each row execute function fraud_refuse_change();
create trigger fraud_caseevent_stays before update or delete on fraud_caseevent
    for each row execute function fraud_refuse_change();
create trigger fraud_policy_stays before update or delete on fraud_policy
    for each row execute function fraud_refuse_change();
create trigger fraud_peertable_stays before update or delete on fraud_peertable
    for each row execute function fraud_refuse_change();
create trigger fraud_riskcase_is_not_deleted before delete on fraud_riskcase
    for each row execute function fraud_refuse_change();
create trigger fraud_appeal_is_not_deleted before delete on fraud_appeal
    for each row execute function fraud_refuse_change();
create trigger fraud_assessment_is_not_emptied before truncate on fraud_assessment
    for each statement execute function fraud_refuse_change();
create trigger fraud_caseevent_is_not_emptied before truncate on fraud_caseevent
    for each statement execute function fraud_refuse_change();
create trigger fraud_policy_is_not_emptied before truncate on fraud_policy
    for each statement execute function fraud_refuse_change();
create trigger fraud_peertable_is_not_emptied before truncate on fraud_peertable
    for each statement execute function fraud_refuse_change();
create trigger fraud_riskcase_is_not_emptied before truncate on fraud_riskcase
    for each statement execute function fraud_refuse_change();
create trigger fraud_appeal_is_not_emptied before truncate on fraud_appeal
    for each statement execute function fraud_refuse_change();

-- ---- What a creator showed of a clip stays as it came: it is answered once.

create function fraud_guard_analytics() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.answered_at is null and new.clip_id = old.clip_id and new.asked_at = old.asked_at then
        return new;
    end if;
    raise exception 'Analytics are kept as they came: % is refused', lower(tg_op) using errcode = 'FR001';
end
$$;
create trigger fraud_analytics_are_given_once before update or delete on fraud_analyticsrequest
    for each row execute function fraud_guard_analytics();
create trigger fraud_analytics_are_not_emptied before truncate on fraud_analyticsrequest
    for each statement execute function fraud_refuse_change();
