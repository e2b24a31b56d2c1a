-- People in campaigns of Dynamics, as marketing asks for it. Names of the lists that hold them begin with this; the
-- default is that of the native sync, whose lists are found by it.
alter table connections add column list_prefix text not null default 'Mkto-';

-- Who was asked to be in which campaign, or out of it again, and what became of it.
create table :"marketing".campaign_members (
  -- Row of the table campaigns.
  campaign_id bigint not null,
  -- Row of the table people.
  person_id   bigint not null,
  state       text not null check (state in ('asked-to-add', 'added', 'asked-to-remove', 'removed', 'refused')),
  -- They were in it before anybody asked: they are never taken out.
  was_there   boolean not null default false,
  wish        text not null check (wish in ('add', 'remove')),
  asked_from  text not null check (asked_from in ('sql', 'api', 'cli', 'rule')),
  asked_by    text not null default session_user,
  asked_at    timestamptz not null default now(),
  changed_at  timestamptz not null default now(),
  -- Why it was refused, or what else there is to say.
  code        text,
  detail      text,
  -- Raised with every wish.
  revision    bigint not null default 1,
  attempts    int not null default 0,
  retry_at    timestamptz,
  primary key (campaign_id, person_id)
);
create index campaign_members_by_person on :"marketing".campaign_members (person_id);
create index campaign_members_asked on :"marketing".campaign_members (asked_at, person_id)
  where state in ('asked-to-add', 'asked-to-remove');

-- Which marketing lists belong to which campaigns, by their ids of Dynamics.
create table :"marketing".campaign_lists (
  campaign_crm_id uuid not null,
  list_crm_id     uuid not null,
  primary key (campaign_crm_id, list_crm_id)
);

-- The two static lists of a campaign that hold who was added from here. The id is chosen before any call.
create table member_lists (
  connection_id int not null references connections,
  -- Id of the campaign in Dynamics.
  campaign      uuid not null,
  kind          text not null check (kind in ('lead', 'contact')),
  list_id       uuid not null default gen_random_uuid(),
  name          text not null,
  made          boolean not null default false,
  primary key (connection_id, campaign, kind)
);

-- Records on those lists. Whose person they are, the links say.
create table list_entries (
  connection_id int not null references connections,
  list_id       uuid not null,
  crm_id        uuid not null,
  campaign      uuid not null,
  kind          text not null check (kind in ('lead', 'contact')),
  was_there     boolean not null,
  -- False from before the call until what came of it is stored.
  settled       boolean not null,
  primary key (connection_id, list_id, crm_id)
);
create index list_entries_by_record on list_entries (connection_id, crm_id);

-- Whose record was deleted in Dynamics, found without reading everybody.
create index links_deleted on links (row_id) where state = 'd';

-- Members follow people who become one. Who would be in a campaign twice is in it once, and stays if one of them
-- is to, even where the other was asked to leave it.
create function follow_member() returns trigger
language plpgsql
as $$
begin
  update :"marketing".campaign_members m
     set state = case when old.state in ('asked-to-add', 'added') and m.state not in ('asked-to-add', 'added')
                      then 'asked-to-add' else m.state end,
         wish = case when old.state in ('asked-to-add', 'added') and m.state not in ('asked-to-add', 'added')
                     then 'add' else m.wish end,
         revision = m.revision + 1, retry_at = null, changed_at = now()
   where m.campaign_id = new.campaign_id and m.person_id = new.person_id;
  if found then
    return null;
  end if;
  return new;
end
$$;
create trigger follow_member before update of person_id on :"marketing".campaign_members
  for each row when (old.person_id is distinct from new.person_id) execute function follow_member();

-- Fails unless people may be added to the campaign. A row that people have made themselves is none.
create function require_campaign(organization int, campaign bigint, wish text) returns void
language plpgsql stable
as $$
declare
  facts jsonb;
  active text := (select c.label from choices c join entities e on e.id = c.entity_id
                   where e.connection_id = organization and e.name = 'campaign'
                     and c.attribute = 'statecode' and c.value = 0);
  status text := (select f.column_name from fields f join entities e on e.id = f.entity_id
                   where e.connection_id = organization and e.name = 'campaign' and f.attribute = 'statecode'
                     and f.enabled and f.set_aside is null
                   limit 1);
begin
  if to_regclass(':"marketing".campaigns') is null then
    raise exception 'No campaign has been read yet: `tandem campaign on` lets them come.'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  select to_jsonb(c) into facts from :"marketing".campaigns c where c.id = campaign;
  if facts is null then
    raise exception 'There is no campaign %.', campaign using errcode = 'no_data_found';
  end if;
  if wish = 'add' and facts ->> 'crm_id' is null then
    raise exception 'Row % is not a campaign of Dynamics: nobody can be added to it.', campaign
      using errcode = 'invalid_parameter_value';
  end if;
  if wish = 'add' and ((facts ->> 'crm_deleted')::boolean or facts ->> status <> active) then
    raise exception 'Campaign % is not active in Dynamics: nobody can be added to it.', campaign
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;

-- Files the wish that a person be in a campaign (`add`) or out of it (`remove`). Says 'queued'; 'waiting' where it must
-- first be decided who the person is in Dynamics; 'not added from here'; or 'was there before'.
create function ask_campaign(campaign bigint, person bigint, wanted text, source text) returns text
language plpgsql
as $$
declare
  organization int := (select min(id) from connections);
  known :"marketing".campaign_members;
  linked boolean;
begin
  if campaign is null or person is null then
    raise exception 'Name a campaign and a person.' using errcode = 'invalid_parameter_value';
  end if;
  perform require_campaign(organization, campaign, wanted);
  select p.crm_id is not null and not p.crm_deleted into linked from :"marketing".people p where p.id = person;
  if not found then
    raise exception 'There is no person %.', person using errcode = 'no_data_found';
  end if;
  select * into known from :"marketing".campaign_members m
   where m.campaign_id = campaign and m.person_id = person for update;
  if wanted = 'remove' then
    if not found or known.state = 'removed' then
      return 'not added from here';
    end if;
    if known.state = 'added' and known.was_there then
      return 'was there before';
    end if;
  end if;
  insert into :"marketing".campaign_members as m (campaign_id, person_id, state, wish, asked_from)
  values (campaign, person, 'asked-to-' || wanted, wanted, source)
  on conflict (campaign_id, person_id) do update
    set state = excluded.state, wish = excluded.wish, asked_from = excluded.asked_from, asked_by = excluded.asked_by,
        asked_at = now(), changed_at = now(), code = null, detail = null, revision = m.revision + 1, attempts = 0,
        retry_at = null;
  if wanted = 'add' and not linked and file_request(person, 'lead', null, source) = 'waiting' then
    return 'waiting';
  end if;
  return 'queued';
end
$$;

-- For anybody who may edit people: `select marketing.add_to_campaign(3, 17)`, or of many people at once
-- `select marketing.add_to_campaign(3, id) from marketing.people where …`. The owner of the sync's own tables does it for
-- them, and looks nowhere else.
create function :"marketing".add_to_campaign(campaign bigint, person bigint) returns text
language plpgsql security definer
as $$
begin
  if not has_table_privilege(caller(), ':"marketing".people', 'update') then
    raise exception 'Only who may edit people may add them to campaigns.' using errcode = 'insufficient_privilege';
  end if;
  return ask_campaign(campaign, person, 'add', 'sql');
end
$$;

create function :"marketing".remove_from_campaign(campaign bigint, person bigint) returns text
language plpgsql security definer
as $$
begin
  if not has_table_privilege(caller(), ':"marketing".people', 'update') then
    raise exception 'Only who may edit people may remove them from campaigns.' using errcode = 'insufficient_privilege';
  end if;
  return ask_campaign(campaign, person, 'remove', 'sql');
end
$$;

do $$
begin
  execute format('alter function :"marketing".add_to_campaign(bigint, bigint) set search_path = %I, pg_catalog, pg_temp',
                 current_schema());
  execute format('alter function :"marketing".remove_from_campaign(bigint, bigint)
                    set search_path = %I, pg_catalog, pg_temp', current_schema());
end
$$;
