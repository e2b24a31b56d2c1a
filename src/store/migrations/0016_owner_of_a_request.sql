-- The owner who was named last counts, as long as nothing is being made. Whoever needs a person in Dynamics for something
-- else names none, and leaves the one that was named.
create or replace function file_request(person bigint, wanted text, owner uuid, source text) returns text
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
  if known.state = 'queued' and owner is not null then
    update sync_requests set owner_id = owner, changed_at = now() where id = known.id;
  elsif known.state = 'parked' or (known.state = 'waiting' and known.origin = 'pull') then
    update sync_requests
       set state = case when known.state = 'parked' then 'queued' else 'waiting' end,
           wanted_as = wanted, origin = source, owner_id = coalesce(owner, known.owner_id),
           code = case when known.state = 'waiting' then code end,
           field = null, detail = case when known.state = 'waiting' then detail end,
           decided = null, attempts = 0, retry_at = null, requested_at = now(), changed_at = now()
     where id = known.id;
  end if;
  return case known.state when 'parked' then 'queued' when 'waiting' then 'waiting' else 'already queued' end;
end
$$;

-- Files a request for who asks for nothing else: the owner is the one who is named, or none.
create function request_person(person bigint, wanted text, owner uuid, source text) returns text
language plpgsql
as $$
declare
  answer text := file_request(person, wanted, owner, source);
begin
  update sync_requests r set owner_id = owner, changed_at = now()
   where r.row_id = person and r.state in ('queued', 'waiting') and r.owner_id is distinct from owner;
  return answer;
end
$$;
