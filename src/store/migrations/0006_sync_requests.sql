-- People who shall be in Dynamics: asked for by SQL, API, command or rule, one open request for each person. What a pull
-- could not match by itself waits here as well (origin 'pull'), for a person to decide.
create table sync_requests (
  id            bigint generated always as identity primary key,
  connection_id int not null references connections,
  -- Row of the table people.
  row_id        bigint not null,
  wanted_as     text check (wanted_as in ('lead', 'contact')),
  origin        text not null check (origin in ('sql', 'api', 'cli', 'rule', 'pull')),
  -- User of Dynamics who shall own the record.
  owner_id      uuid,
  state         text not null default 'queued'
                check (state in ('queued', 'creating', 'qualifying', 'waiting', 'parked', 'done')),
  -- Id of the record to be made, chosen before any call, so that however often the call is made there is one record.
  crm_id        uuid not null default gen_random_uuid(),
  -- What is being made, and by column what was sent of it; both from before the call.
  entity        text check (entity in ('lead', 'contact')),
  sent          jsonb,
  -- Records that could be this person: [{"id", "entity", "name", "key", "rowId"}].
  candidates    jsonb not null default '[]',
  -- What a person decided: that it is a new one, or which record it is.
  decided       text check (decided in ('new', 'with')),
  chosen_id     uuid,
  chosen_entity text check (chosen_entity in ('lead', 'contact')),
  -- Why it is parked, waits, or is tried again later.
  code          text,
  field         text,
  detail        text,
  -- Fingerprint of the row that was refused or matched; another one is reason to try again.
  seen          text,
  outcome       text check (outcome in ('created', 'linked', 'already-linked', 'kept-apart', 'gone')),
  attempts      int not null default 0,
  retry_at      timestamptz,
  requested_at  timestamptz not null default now(),
  changed_at    timestamptz not null default now(),
  check (origin = 'pull' or wanted_as is not null)
);
create unique index sync_requests_open on sync_requests (connection_id, row_id) where state <> 'done';
create index sync_requests_due on sync_requests (connection_id, id) where state <> 'done';
create index sync_requests_under_way on sync_requests (connection_id, crm_id) where state = 'creating';
create index sync_requests_by_row on sync_requests (row_id);

-- Whom an admin wants in Dynamics without asking for each: people who meet all conditions of a rule.
create table sync_rules (
  name       text primary key,
  wanted_as  text not null check (wanted_as in ('lead', 'contact')),
  -- [{"column", "operator", "value"}]
  conditions jsonb not null,
  -- Why it cannot be followed at present.
  trouble    text,
  created_at timestamptz not null default now()
);

-- Files a request. Says 'queued', 'already queued', 'already linked', or 'waiting' where a person must decide.
create function file_request(person bigint, wanted text, owner uuid, source text) returns text
language plpgsql
as $$
declare
  organization int := (select min(id) from connections);
  linked boolean;
  known sync_requests;
begin
  if wanted is null or wanted not in ('lead', 'contact') then
    raise exception 'A person is synced as lead or as contact.' using errcode = 'invalid_parameter_value';
  end if;
  if organization is null then
    raise exception 'No organization is connected yet.' using errcode = 'object_not_in_prerequisite_state';
  end if;
  -- Somebody who was deleted in Dynamics may be made anew.
  select p.crm_id is not null and not p.crm_deleted into linked from :"marketing".people p where p.id = person;
  if not found then
    raise exception 'There is no person %.', person using errcode = 'no_data_found';
  end if;
  if linked then
    return 'already linked';
  end if;
  insert into sync_requests (connection_id, row_id, wanted_as, origin, owner_id)
  values (organization, person, wanted, source, owner)
  on conflict (connection_id, row_id) where state <> 'done' do nothing;
  if found then
    return 'queued';
  end if;
  select * into known from sync_requests r
   where r.connection_id = organization and r.row_id = person and r.state <> 'done'
     for update;
  if not found then
    return file_request(person, wanted, owner, source);
  end if;
  if known.state = 'parked' or (known.state = 'waiting' and known.origin = 'pull') then
    update sync_requests
       set state = case when known.state = 'parked' then 'queued' else 'waiting' end,
           wanted_as = wanted, origin = source, owner_id = coalesce(owner, owner_id),
           code = case when known.state = 'waiting' then code end,
           field = null, detail = case when known.state = 'waiting' then detail end,
           decided = null, attempts = 0, retry_at = null, requested_at = now(), changed_at = now()
     where id = known.id;
  end if;
  return case known.state when 'parked' then 'queued' when 'waiting' then 'waiting' else 'already queued' end;
end
$$;

-- For anybody who may edit people: `select marketing.sync_person(17, 'lead')`. The owner of the sync's own tables does it
-- for them, and looks nowhere else.
create function :"marketing".sync_person(person bigint, wanted_as text default 'lead', owner uuid default null)
returns text
language plpgsql security definer
as $$
begin
  if not has_table_privilege(session_user, ':"marketing".people', 'update') then
    raise exception 'Only who may edit people may sync them.' using errcode = 'insufficient_privilege';
  end if;
  return file_request(person, wanted_as, owner, 'sql');
end
$$;

do $$
begin
  execute format('alter function :"marketing".sync_person(bigint, text, uuid) set search_path = %I, pg_catalog, pg_temp',
                 current_schema());
end
$$;
