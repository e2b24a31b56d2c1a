-- Merges that people make in marketing. Whether the records are merged in Dynamics too is the admin's choice.
alter table connections add column merge_in_dynamics boolean not null default false;

-- Fields in which yes means that somebody does not want something.
alter table fields add column opt_out boolean not null default false;

-- Whether a row that marketing deletes is deleted in Dynamics too.
alter table entities add column deletes text not null default 'keep' check (deletes in ('keep', 'delete'));

-- The version that our own last write gave the record, where it was told: what the feed tells up to there is no news of
-- anybody's.
alter table links add column written bigint;

-- What marketing asks of Dynamics beside edits: that the record of a person who was merged is merged, that the record of
-- a row that was deleted is deleted.
create table errands (
  entity_id    int not null,
  crm_id       uuid not null,
  id           bigint generated always as identity,
  kind         text not null check (kind in ('merge', 'delete')),
  row_id       bigint not null,
  -- Of a delete: the version that marketing knew. A record that has another one by then is not deleted.
  version      bigint,
  -- It was asked of Dynamics, and what came of it is not settled.
  sent         boolean not null default false,
  attempts     int not null default 0,
  retry_at     timestamptz,
  -- Refused, with code, detail and when; waits for somebody to ask again.
  parked       jsonb,
  requested_at timestamptz not null default now(),
  primary key (entity_id, crm_id)
);

-- As for Dynamics: null, an empty text and an empty list are nothing.
create function is_blank(value jsonb) returns boolean
language sql immutable
as $$ select coalesce(value in ('null', '""', '[]'), true) $$;

-- Columns that a person takes from another: neither what a row is, nor what the database makes of it, nor what Dynamics
-- alone says of a record of the kind.
create function columns_to_take(connection int, kind text) returns table (name text, opt_out boolean)
language sql stable
as $$
  select a.attname::text, exists (
           select from fields f join entities e on e.id = f.entity_id
            where e.connection_id = connection and e.table_name = 'people' and f.column_name = a.attname and f.opt_out)
    from pg_attribute a
   where a.attrelid = to_regclass(':"marketing".people') and a.attnum > 0 and not a.attisdropped
     and a.attgenerated = '' and a.attidentity = ''
     and a.attname not in ('id', 'crm_id', 'crm_type', 'crm_deleted', 'created_at', 'updated_at')
     and not exists (
           select from fields f join entities e on e.id = f.entity_id
            where e.connection_id = connection and e.table_name = 'people' and e.crm_type = kind
              and a.attname in (f.column_name, f.type_column)
              and f.enabled and f.set_aside is null and (f.direction = 'pull' or not f.writable))
$$;

-- What several people are as one: of each column the value of the first who has one; a yes of an opt-out before all.
create function as_one(people jsonb[], connection int, kind text) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_object_agg(c.name, first.value), '{}')
    from columns_to_take(connection, kind) c
   cross join lateral (
           select p.person -> c.name as value
             from unnest(people) with ordinality as p(person, place)
            where not is_blank(p.person -> c.name)
            order by c.opt_out and p.person -> c.name = 'true' desc, p.place
            limit 1) first
$$;

-- Gives a row the values of the given columns.
create function set_person(row_id bigint, given jsonb) returns void
language plpgsql
as $$
declare
  names text := (select string_agg(quote_ident(key), ', ') from jsonb_object_keys(given) as key);
begin
  if names is not null then
    execute format('update :"marketing".people t set (updated_at, %1$s) =
                      (select now(), %1$s from jsonb_populate_record(null:::"marketing".people, $2)) where t.id = $1',
                   names) using row_id, given;
  end if;
end
$$;

-- Rows that refer to the losers, in whichever table, refer to the winner.
create function refer_to(winner bigint, losers bigint[]) returns void
language plpgsql
as $$
declare
  follower record;
begin
  for follower in
    select c.conrelid::regclass as place, a.attname as name
      from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      join pg_attribute key on key.attrelid = c.confrelid and key.attnum = c.confkey[1]
     where c.contype = 'f' and c.confrelid = ':"marketing".people'::regclass and cardinality(c.confkey) = 1
       and key.attname = 'id' and c.conparentid = 0
  loop
    execute format('update %s set %2$I = $1 where %2$I = any($2)', follower.place, follower.name)
      using winner, losers;
  end loop;
  update :"marketing".activities a set row_id = winner where a.table_name = 'people' and a.row_id = any(losers);
end
$$;

-- Lets the losers go, and gives the winner the record of the keeper, where that is one of them, as the row that stood for
-- it was: with its values and the edits that still have to travel. Nothing of it is an edit of anybody's.
create function give_way(connection int, winner bigint, losers bigint[], keeper jsonb) returns void
language plpgsql
as $$
declare
  writer text := current_setting('tandem.connection', true);
  kept bigint := (keeper ->> 'id')::bigint;
begin
  perform set_config('tandem.connection', connection::text, true);
  delete from pending_changes p
   where p.connection_id = connection and p.table_name = 'people'
     and p.row_id = any(winner || losers) and p.row_id is distinct from coalesce(kept, winner);
  delete from :"marketing".people t where t.id = any(losers);
  if kept <> winner then
    perform set_person(winner, keeper - array(
      select attname::text from pg_attribute
       where attrelid = ':"marketing".people'::regclass and (attgenerated <> '' or attidentity <> '')
      union all select unnest(array['id', 'created_at', 'updated_at'])));
    update pending_changes p set row_id = winner, revision = p.revision + 1
     where p.connection_id = connection and p.table_name = 'people' and p.row_id = kept;
  end if;
  perform set_config('tandem.connection', coalesce(writer, ''), true);
end
$$;

-- The records of all but the keeper are nobody's own from here on: what becomes of them is no news of the winner.
create function lead_to(connection int, winner bigint, people jsonb[], keeper jsonb) returns void
language plpgsql
as $$
begin
  with records as (
    select l.entity_id, l.crm_id, l.crm_id = (keeper ->> 'crm_id')::uuid as kept
      from unnest(people) as person
      join entities e on e.connection_id = connection and e.table_name = 'people'
      join links l on l.entity_id = e.id and l.crm_id = (person ->> 'crm_id')::uuid
  ), moved as (
    insert into moves (entity_id, crm_id, to_entity_id, to_crm_id, kind, state)
    select r.entity_id, r.crm_id, k.entity_id, k.crm_id, 'merged', 'd'
      from records r join records k on k.kept
     where not r.kept
    on conflict do nothing
  )
  update links l set row_id = lead_to.winner, state = case when r.kept then l.state else 'm' end
    from records r
   where l.entity_id = r.entity_id and l.crm_id = r.crm_id;
  update links l set row_id = lead_to.winner
    from entities e
   where e.connection_id = connection and e.table_name = 'people' and l.entity_id = e.id and l.state = 'm'
     and l.row_id = any(array(select (person ->> 'id')::bigint from unnest(people) as person));
end
$$;

-- People as they are, the winner first, in whom nobody can change anything until the end of the transaction.
create function people_to_merge(winner bigint, losers bigint[]) returns jsonb[]
language plpgsql
as $$
declare
  ids bigint[] := winner || losers;
  people jsonb[];
  missing bigint;
begin
  if winner is null or coalesce(cardinality(losers), 0) = 0 or array_position(ids, null) > 0
     or cardinality(ids) <> (select count(distinct id) from unnest(ids) as id) then
    raise exception 'Name one winner and at least one loser, each once.' using errcode = 'invalid_parameter_value';
  end if;
  perform from :"marketing".people p where p.id = any(ids) order by p.id for update;
  people := array(select to_jsonb(p) from unnest(ids) with ordinality as w(id, place)
                    join :"marketing".people p on p.id = w.id order by w.place);
  select id into missing from unnest(ids) as id
   where not exists (select from unnest(people) as person where (person ->> 'id')::bigint = id) limit 1;
  if found then
    raise exception 'There is no person %.', missing using errcode = 'no_data_found';
  end if;
  select r.row_id into missing from sync_requests r
   where r.row_id = any(ids) and r.state in ('creating', 'qualifying') limit 1;
  if found then
    raise exception 'Person % is being made in Dynamics at this moment: merge them when that is done.', missing
      using errcode = 'object_in_use';
  end if;
  return people;
end
$$;

-- Says of each loser what becomes of its record in Dynamics, and asks for it. Only records of one kind that both take part
-- are merged there, and only by choice.
create function merge_records(connection int, people jsonb[], keeper jsonb)
returns table (person bigint, in_dynamics text)
language plpgsql
as $$
begin
  return query
    with records as (
      select (p.person ->> 'id')::bigint as person, p.place, p.person ->> 'crm_type' as kind, l.entity_id, l.crm_id,
             l.state = 'l' as live, l.crm_id = (keeper ->> 'crm_id')::uuid as kept
        from unnest(people) with ordinality as p(person, place)
        left join (links l join entities e on e.id = l.entity_id and e.connection_id = connection
                                          and e.table_name = 'people')
          on l.crm_id = (p.person ->> 'crm_id')::uuid
    ), told as (
      select r.*, case when r.crm_id is null then 'not in Dynamics'
                       when r.kept then 'now the record of the winner'
                       when r.entity_id <> k.entity_id
                         then 'left as it is: a lead and a contact are never merged there'
                       when not (c.merge_in_dynamics and r.live and k.live) then 'left as it is'
                       else 'to be merged there' end as answer
        from records r
        join connections c on c.id = connection
        left join records k on k.kept
    ), asked as (
      insert into errands (entity_id, crm_id, kind, row_id)
      select t.entity_id, t.crm_id, 'merge', (people[1] ->> 'id')::bigint from told t where t.answer = 'to be merged there'
      on conflict (entity_id, crm_id) do update
        set kind = 'merge', row_id = excluded.row_id, version = null, sent = false, attempts = 0, retry_at = null,
            parked = null, requested_at = now()
    )
    select t.person, t.answer from told t where t.place > 1 order by t.place;
end
$$;

-- Somebody who was to be in Dynamics still is: where the winner is not, and was not asked for, a loser's request is theirs.
create function request_along(connection int, winner bigint, losers bigint[]) returns void
language plpgsql
as $$
begin
  update sync_requests r set row_id = winner, seen = null, changed_at = now()
   where r.id = (select min(id) from sync_requests
                  where connection_id = connection and row_id = any(losers) and state <> 'done')
     and not exists (select from sync_requests
                      where connection_id = connection and row_id = winner and state <> 'done')
     and exists (select from :"marketing".people p where p.id = winner and (p.crm_id is null or p.crm_deleted));
end
$$;

-- A value as the history has it: numbers and truth as text, so that nobody reads them through a double.
create function as_cell(value jsonb) returns jsonb
language sql immutable
as $$ select case when jsonb_typeof(value) in ('number', 'boolean') then to_jsonb(value #>> '{}') else value end $$;

-- The history of the winner tells all that the losers held: with it, an undo can make their rows anew.
create function tell_merge(connection int, people jsonb[], kept jsonb) returns void
language sql
as $$
  insert into :"marketing".activities
         (connection_id, entity, table_name, row_id, crm_id, kind, origin, changes, detail)
  select connection, coalesce(kept ->> 'crm_type', 'person'), 'people', (kept ->> 'id')::bigint,
         (kept ->> 'crm_id')::uuid, 'merged', 'marketing',
         (select jsonb_object_agg(key, jsonb_build_object('from', as_cell(people[1] -> key), 'to', as_cell(kept -> key))
                                       || case when value = kept -> key then '{}'
                                               else jsonb_build_object('lost', as_cell(value)) end)
            from jsonb_each(loser)
           where key not in ('crm_type', 'crm_deleted', 'updated_at') and not is_blank(value)),
         format('Person %s was merged into this one in marketing.', loser ->> 'id')
    from unnest(people[2:]) as loser
$$;

-- Merges people. The winner keeps its values, takes those it does not have from the losers in the given order, and stands
-- for the record of the first of them who has one that lives.
create function fold_people(winner bigint, losers bigint[]) returns table (loser bigint, in_dynamics text)
language plpgsql
as $$
declare
  connection int := (select min(id) from connections);
  people jsonb[];
  keeper jsonb;
  kept jsonb;
begin
  -- A page under way has been decided about people as they were: it is waited for, and the next one waits for this.
  perform from connections c where c.id = connection for no key update;
  people := people_to_merge(winner, losers);
  select p.person into keeper from unnest(people) with ordinality as p(person, place)
   where not is_blank(p.person -> 'crm_id')
   order by (p.person ->> 'crm_deleted')::boolean, p.place limit 1;
  return query select * from merge_records(connection, people, keeper);
  perform refer_to(winner, losers);
  perform lead_to(connection, winner, people, keeper);
  perform give_way(connection, winner, losers, keeper);
  perform request_along(connection, winner, losers);
  select to_jsonb(p) into kept from :"marketing".people p where p.id = winner;
  -- What is different now is an edit like any other, and travels as one.
  perform set_person(winner, (select coalesce(jsonb_object_agg(key, value), '{}')
                                from jsonb_each(as_one(people, connection, kept ->> 'crm_type'))
                               where value is distinct from kept -> key));
  select to_jsonb(p) into kept from :"marketing".people p where p.id = winner;
  perform tell_merge(connection, people, kept);
end
$$;

-- For anybody who may edit and delete people: `select * from marketing.merge_people(17, '{18,19}')`. The owner of the
-- sync's own tables does it for them, and looks nowhere else.
create function :"marketing".merge_people(winner bigint, losers bigint[])
returns table (loser bigint, in_dynamics text)
language plpgsql security definer
as $$
begin
  if not (has_table_privilege(session_user, ':"marketing".people', 'update')
          and has_table_privilege(session_user, ':"marketing".people', 'delete')) then
    raise exception 'Only who may edit and delete people may merge them.' using errcode = 'insufficient_privilege';
  end if;
  return query select * from fold_people(winner, losers);
end
$$;

do $$
begin
  execute format('alter function :"marketing".merge_people(bigint, bigint[])
                    set search_path = %I, pg_catalog, pg_temp set timezone = ''UTC'' set datestyle = ''ISO''
                    set extra_float_digits = 1', current_schema());
end
$$;
