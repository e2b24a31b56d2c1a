-- What people ask Dynamics to do about a person, beside having them: an owner, a task, that they go. Each stands here
-- from the moment it is asked for; what was done stays until the history is as old.
create table actions (
  id            bigint generated always as identity primary key,
  connection_id int not null references connections,
  -- Row of the table people.
  row_id        bigint not null,
  -- Of a delete, the record that the person had when it was asked for: it is about no other, whoever is merged or qualified
  -- while it waits.
  crm_id        uuid,
  kind          text not null check (kind in ('owner', 'task', 'delete')),
  -- owner: {"owner"}. task: {"subject", "description", "due", "owner", "priority", "status", "campaign"}.
  wish          jsonb not null default '{}',
  origin        text not null check (origin in ('sql', 'api', 'cli', 'rule')),
  -- The rule that asked, where one did.
  rule          text,
  state         text not null default 'queued' check (state in ('queued', 'sent', 'parked', 'done')),
  -- Id of the task to be made, chosen before any call, so that however often the call is made there is one task.
  record_id     uuid not null default gen_random_uuid(),
  -- What is being asked of Dynamics, from before the call.
  sent          jsonb,
  -- done: it is so. already: it was so before. kept: it is not to be done any more. gone: the person is no more.
  outcome       text check (outcome in ('done', 'already', 'kept', 'gone')),
  -- Why it is parked, or is tried again later; of what ended otherwise than as asked, why.
  code          text,
  detail        text,
  attempts      int not null default 0,
  retry_at      timestamptz,
  requested_at  timestamptz not null default now(),
  -- When it was last tried: since when it has been standing where it stands.
  tried_at      timestamptz,
  finished_at   timestamptz
);
create index actions_open on actions (connection_id, id) where state <> 'done';
create index actions_by_row on actions (row_id, id);
create index actions_finished on actions (finished_at) where state = 'done';
create index sync_requests_finished on sync_requests (changed_at) where state = 'done';

-- As errands_peak, of the deletes that are asked for one by one.
alter table entities add column actions_peak int not null default 0;

-- Who is asking, inside a function that runs with its owner's rights: the role that the session has set, or its user.
-- Only a member can set a role, and nobody can within such a function, so that it cannot be made up.
create function caller() returns name
language sql stable
as $$ select case current_setting('role') when 'none' then session_user else current_setting('role')::name end $$;

-- What an owner is, as far as it is known here.
create function owner_kind(connection int, owner uuid) returns text
language sql stable
as $$
  select e.name from links l join entities e on e.id = l.entity_id
   where e.connection_id = connection and e.name in ('systemuser', 'team') and l.crm_id = owner limit 1
$$;

-- The first token in a text that no value answers to; null when there is none.
create function unknown_token(wording text) returns text
language sql stable
as $$
  select name from (
    select btrim(found[1]) as name from regexp_matches(wording, '\{\{([^{}|]*)(\|[^{}]*)?\}\}', 'g') as found) tokens
   where name not in ('today', 'now', 'due', 'campaign')
     and not exists (
           select from pg_attribute
            where not attisdropped and attnum > 0
              and (attrelid = to_regclass(':"marketing".people') and attname = name
                   or attrelid = to_regclass(':"marketing".companies') and 'company.' || attname = name))
   limit 1
$$;

-- Why a wish cannot be carried out whoever it is about; null when it can.
create function wish_fault(wanted text, wish jsonb) returns text
language plpgsql stable
as $$
declare
  token text;
begin
  if wanted = 'owner' and wish ->> 'owner' is null then
    return 'Name the user or the team of Dynamics that shall own the record.';
  end if;
  if wanted = 'task' then
    if btrim(coalesce(wish ->> 'subject', '')) = '' then
      return 'A task has a subject.';
    end if;
    token := unknown_token(concat_ws(' ', wish ->> 'subject', wish ->> 'description'));
    if token is not null then
      return format('Nothing is called {{%s}}: a token is a column of people, company. and a column of companies, '
                    'or one of today, now, due, campaign.', token);
    end if;
    if wish ->> 'campaign' is null
       and concat_ws(' ', wish ->> 'subject', wish ->> 'description') ~ '\{\{\s*campaign\s*\}\}' then
      return 'There is no campaign for {{campaign}} to stand for: name one, or say what stands there without, '
             'as in {{campaign|our offer}}.';
    end if;
  end if;
  return null;
end
$$;

-- Why the record of a person cannot be deleted in Dynamics; null when it can. Bound late: the tables may not be there yet.
create function delete_fault(connection int, person bigint) returns text
language plpgsql stable
as $$
declare
  entity text;
  travels boolean;
begin
  select t.crm_type, e.deletes = 'delete' into entity, travels
    from :"marketing".people t
    join entities e on e.connection_id = connection and e.table_name = 'people' and e.crm_type = t.crm_type
   where t.id = person and t.crm_id is not null and not t.crm_deleted;
  return case when entity is null then format('Person %s is not in Dynamics.', person)
              when not travels
                then format('Deletes of a %1$s do not travel to Dynamics. An admin lets them: '
                            'tandem policy %1$s --deletes delete.', entity) end;
end
$$;

-- Asks for an action on each of the people. Whoever is not in Dynamics is asked for there as well, as the wish's "as"
-- says, and the action waits for them.
create function file_actions(people bigint[], wanted text, wish jsonb, source text, by_rule text default null)
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

-- For anybody who may edit people: `select marketing.change_owner(17, '…')`. The owner of the sync's own tables does it for
-- them, and looks nowhere else. Returns the number of the action.
create function :"marketing".change_owner(person bigint, owner uuid, sync_as text default 'lead') returns bigint
language plpgsql security definer
as $$
begin
  if not has_table_privilege(caller(), ':"marketing".people', 'update') then
    raise exception 'Only who may edit people may give them an owner.' using errcode = 'insufficient_privilege';
  end if;
  return (select f.action
            from file_actions(array[person], 'owner', jsonb_build_object('owner', owner, 'as', sync_as), 'sql') f);
end
$$;

-- The same for a task: `select marketing.create_task(17, 'Call {{first_name|them}}')`.
create function :"marketing".create_task(
  person bigint, subject text, description text default null, due_in int default 5, due date default null,
  owner uuid default null, priority text default null, status text default null, campaign text default null,
  sync_as text default 'lead') returns bigint
language plpgsql security definer
as $$
begin
  if not has_table_privilege(caller(), ':"marketing".people', 'update') then
    raise exception 'Only who may edit people may give others tasks about them.' using errcode = 'insufficient_privilege';
  end if;
  return (select f.action
            from file_actions(array[person], 'task',
                   jsonb_build_object('subject', subject, 'description', description, 'owner', owner,
                                      'due', coalesce(due, current_date + coalesce(due_in, 5)), 'priority', priority,
                                      'status', status, 'campaign', campaign, 'as', sync_as), 'sql') f);
end
$$;

-- The same for the record's end in Dynamics, for who may delete people; the row stays.
create function :"marketing".delete_in_dynamics(person bigint) returns bigint
language plpgsql security definer
as $$
begin
  if not has_table_privilege(caller(), ':"marketing".people', 'delete') then
    raise exception 'Only who may delete people may delete their records.' using errcode = 'insufficient_privilege';
  end if;
  return (select f.action from file_actions(array[person], 'delete', '{}', 'sql') f);
end
$$;

-- These asked the session's user where a role may have been set.
create or replace function :"marketing".sync_person(person bigint, wanted_as text default 'lead', owner uuid default null)
returns text
language plpgsql security definer
as $$
begin
  if not has_table_privilege(caller(), ':"marketing".people', 'update') then
    raise exception 'Only who may edit people may sync them.' using errcode = 'insufficient_privilege';
  end if;
  return request_person(person, wanted_as, owner, 'sql');
end
$$;

create or replace function :"marketing".merge_people(winner bigint, losers bigint[])
returns table (loser bigint, in_dynamics text)
language plpgsql security definer
as $$
begin
  if not (has_table_privilege(caller(), ':"marketing".people', 'update')
          and has_table_privilege(caller(), ':"marketing".people', 'delete')) then
    raise exception 'Only who may edit and delete people may merge them.' using errcode = 'insufficient_privilege';
  end if;
  return query select * from fold_people(winner, losers);
end
$$;

do $$
declare
  signature text;
begin
  foreach signature in array array[
    'change_owner(bigint, uuid, text)', 'delete_in_dynamics(bigint)', 'sync_person(bigint, text, uuid)',
    'create_task(bigint, text, text, int, date, uuid, text, text, text, text)'] loop
    execute format('alter function :"marketing".%s set search_path = %I, pg_catalog, pg_temp set timezone = ''UTC''',
                   signature, current_schema());
  end loop;
  execute format('alter function :"marketing".merge_people(bigint, bigint[])
                    set search_path = %I, pg_catalog, pg_temp set timezone = ''UTC'' set datestyle = ''ISO''
                    set extra_float_digits = 1', current_schema());
end
$$;

-- What was asked about people who are one person now is asked about that one.
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

-- All that was asked about people, with how it stands, for whoever may read it.
create view :"marketing".actions as
  select a.kind || '-' || a.id as id, a.row_id as person, a.kind, a.wish, a.origin, a.rule,
         case when a.state = 'queued' and r.id is not null then 'waiting' else a.state end as state,
         a.outcome, coalesce(a.code, r.code) as code,
         coalesce(a.detail, 'The person is not in Dynamics yet. ' || r.detail) as detail,
         case a.kind when 'task' then a.record_id end as record_id, a.requested_at, a.finished_at
    from actions a
    left join sync_requests r on a.state = 'queued' and r.connection_id = a.connection_id and r.row_id = a.row_id
                             and r.state in ('parked', 'waiting')
  union all
  select 'sync-' || r.id, r.row_id, 'sync', jsonb_build_object('as', r.wanted_as, 'owner', r.owner_id), r.origin, null,
         r.state, r.outcome, r.code, r.detail, case r.outcome when 'created' then r.crm_id end, r.requested_at,
         case r.state when 'done' then r.changed_at end
    from sync_requests r
   where r.origin <> 'pull';
