-- A delete is about the record that the person had when it was asked for, and about no other: people are merged, and leads
-- become contacts, while it waits.
alter table actions add column crm_id uuid;

do $$
begin
  update actions a set crm_id = t.crm_id from :"marketing".people t
   where a.kind = 'delete' and a.state <> 'done' and t.id = a.row_id and not t.crm_deleted;
exception
  when undefined_table then null;
end
$$;

create or replace function file_actions(people bigint[], wanted text, wish jsonb, source text, by_rule text default null)
returns table (person bigint, action bigint)
language plpgsql
as $$
declare
  organization int := (select min(id) from connections);
  fault text := wish_fault(wanted, wish);
  missing bigint;
  first_owner uuid;
begin
  if organization is null then
    raise exception 'No organization is connected yet.' using errcode = 'object_not_in_prerequisite_state';
  end if;
  select p.id into missing from unnest(people) as p(id)
   where not exists (select from :"marketing".people t where t.id = p.id) limit 1;
  if found then
    raise exception 'There is no person %.', missing using errcode = 'no_data_found';
  end if;
  if fault is null and wanted = 'delete' then
    select delete_fault(organization, p.id) into fault from unnest(people) as p(id)
     where delete_fault(organization, p.id) is not null limit 1;
  end if;
  if fault is not null then
    raise exception '%', fault using errcode = 'invalid_parameter_value';
  end if;
  if wanted <> 'delete' then
    -- A record is made with its owner, where that is known; whom somebody has named before stays else.
    first_owner := case when wanted = 'owner' and owner_kind(organization, (wish ->> 'owner')::uuid) is not null
                        then (wish ->> 'owner')::uuid end;
    perform file_request(t.id, coalesce(wish ->> 'as', 'lead'),
                         coalesce(first_owner, (select r.owner_id from sync_requests r
                                                 where r.row_id = t.id and r.state <> 'done')), source)
       from :"marketing".people t
      where t.id = any(people) and (t.crm_id is null or t.crm_deleted);
  end if;
  return query
    insert into actions as a (connection_id, row_id, kind, wish, origin, rule, crm_id)
    select organization, p.id, wanted, wish - 'as', source, by_rule, case wanted when 'delete' then t.crm_id end
      from (select distinct on (id) id, place from unnest(people) with ordinality as u(id, place) order by id, place) p
      join :"marketing".people t on t.id = p.id
     order by p.place
    returning a.row_id, a.id;
end
$$;

-- A rule that very many people began to meet at once: it asks for nothing until somebody adds it again.
alter table sync_rules add column held boolean not null default false;

-- Whom a rule has met, it has met also as the person into whom they were merged.
create function meet_along(losers bigint[], winners bigint[]) returns void
language sql
as $$
  with left_behind as (
    delete from rule_people r using unnest(losers, winners) as f(loser, winner)
     where r.row_id = f.loser returning r.rule, f.winner, r.at
  )
  insert into rule_people (rule, row_id, at) select rule, winner, at from left_behind on conflict do nothing
$$;

create or replace function request_along(connection int, winner bigint, losers bigint[]) returns void
language plpgsql
as $$
begin
  update sync_requests r set row_id = winner, seen = null, changed_at = now()
   where r.id = (select min(id) from sync_requests
                  where connection_id = connection and row_id = any(losers) and state <> 'done')
     and not exists (select from sync_requests
                      where connection_id = connection and row_id = winner and state <> 'done')
     and exists (select from :"marketing".people p where p.id = winner and (p.crm_id is null or p.crm_deleted));
  update actions set row_id = winner where row_id = any(losers);
  perform meet_along(losers, array(select winner from unnest(losers)));
end
$$;

-- `events_after` was made anew after the others had learnt to ask for the role that the session has set.
do $$
declare
  asking record;
begin
  for asking in select p.oid from pg_proc p
                 where p.pronamespace = ':"marketing"'::regnamespace and p.prosecdef
                   and p.prosrc like '%_privilege(session_user,%' loop
    execute replace(pg_get_functiondef(asking.oid), '_privilege(session_user,', '_privilege(caller(),');
  end loop;
end
$$;
