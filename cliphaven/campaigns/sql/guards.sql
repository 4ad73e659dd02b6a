-- ---- A version of terms is what clips were promised: the database itself refuses to change, delete or empty one.

create function campaigns_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Terms and their rates are kept as they were agreed: % is refused', lower(tg_op)
        using errcode = 'CA001', hint = 'Other terms are another version.';
end
$$;
create trigger terms_stay before update or delete on campaigns_terms
    for each row execute function campaigns_refuse_change();
create trigger terms_are_not_emptied before truncate on campaigns_terms
    for each statement execute function campaigns_refuse_change();
create trigger rates_stay before update or delete on campaigns_rate
    for each row execute function campaigns_refuse_change();
create trigger rates_are_not_emptied before truncate on campaigns_rate
    for each statement execute function campaigns_refuse_change();

-- ---- A document is what somebody was given: the database itself refuses to change, delete or empty one.

create function campaigns_refuse_document_change() returns trigger language plpgsql as $$
begin
    raise exception 'Documents are kept as they were issued: % is refused', lower(tg_op)
        using errcode = 'CA002', hint = 'What was wrong is put right by another document.';
end
$$;
create trigger documents_stay before update or delete on campaigns_document
    for each row execute function campaigns_refuse_document_change();
create trigger documents_are_not_emptied before truncate on campaigns_document
    for each statement execute function campaigns_refuse_document_change();

-- ---- Who did what about money in, and why, is a record: the database itself refuses to change, delete or empty it.

create function campaigns_refuse_act_change() returns trigger language plpgsql as $$
begin
    raise exception 'What was done about money in stays as it was written down: % is refused', lower(tg_op)
        using errcode = 'CA003', hint = 'What was wrong is put right by another act.';
end
$$;
create trigger money_in_acts_stay before update or delete on campaigns_moneyinact
    for each row execute function campaigns_refuse_act_change();
create trigger money_in_acts_are_not_emptied before truncate on campaigns_moneyinact
    for each statement execute function campaigns_refuse_act_change();

-- ---- Every step that a refund walks is written down by the database, so that nobody can say later that it did not.

create function campaigns_keep_steps() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.steps := new.state;
    elsif new.state <> old.state then
        new.steps := coalesce(nullif(old.steps, ''), old.state) || ' ' || new.state;
    else
        new.steps := old.steps;
    end if;
    return new;
end
$$;
create trigger steps_are_kept before insert or update on campaigns_refund for each row execute function campaigns_keep_steps();

-- ---- Typed rules of a version of terms, which stay as they were agreed like the version itself.

create trigger clip_rules_stay before update or delete on campaigns_requiredinclip
    for each row execute function campaigns_refuse_change();
create trigger clip_rules_are_not_emptied before truncate on campaigns_requiredinclip
    for each statement execute function campaigns_refuse_change();
