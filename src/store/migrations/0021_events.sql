-- The feed of events: activities in the order of their ids, told as far as nothing can come in between any more.

-- Beyond which id nothing is certain yet. Ids are given before their transactions commit, so a reader may see 7 while
-- 6 is still under way, and would never come back for it. Whoever writes activities therefore first holds a shared
-- lock that carries the newest id given so far: none of its own can be lower. The lock goes with the transaction, however
-- that ends. Neither does it wait for anybody, nor does anybody wait for it.
create function hold_feed() returns trigger
language plpgsql security definer
as $$
declare
  xact text := pg_current_xact_id()::text;
begin
  -- Once a transaction, so that one that tells a million things holds one lock. Rolled back to a savepoint, both go.
  if current_setting('tandem.feed_held', true) is distinct from xact then
    perform pg_advisory_xact_lock_shared(feed_lock(feed_given()));
    perform set_config('tandem.feed_held', xact, true);
  end if;
  return null;
end
$$;

-- The newest id that was given to an activity, committed or not.
create function feed_given() returns bigint
language sql volatile
as $$ select case when is_called then last_value else last_value - 1 end from :"marketing".activities_id_seq $$;

-- Lock numbers of this workspace's feed: the upper 16 bits say whose they are, the lower 48 which id.
create function feed_lock(id bigint) returns bigint
language sql stable
as $$ select ((hashtext(current_schema()) & 32767)::bigint << 48) | id $$;

-- Up to this id everything that will ever be in the feed can be seen: by a statement that begins after this one.
create function feed_end() returns bigint
language plpgsql volatile
as $$
declare
  -- In this order: an id given after it was read is higher, and one given before it is held, or decided.
  given bigint := feed_given();
  held bigint;
begin
  if pg_is_in_recovery() then
    raise exception 'A standby server does not know what is under way: read the feed of events from the primary.'
      using errcode = 'feature_not_supported';
  end if;
  select min((l.classid::bigint & 65535) << 32 | l.objid::bigint) into held
    from pg_locks l
   where l.locktype = 'advisory' and l.objsubid = 1
     and l.database = (select oid from pg_database where datname = current_database())
     and l.classid::bigint >> 16 = feed_lock(0) >> 48;
  return least(given, coalesce(held, given));
end
$$;

create trigger hold_feed before insert on :"marketing".activities
  for each statement execute function hold_feed();

-- Which activity makes which events. The same list is in src/core/event.ts, and a test holds the two together.
create table event_rules (
  place   int primary key,
  type    text not null,
  kind    text not null,
  -- What the activity's row is; null for whatever it is.
  subject text check (subject in ('person', 'company', 'opportunity', 'record')),
  -- At least one of these must have changed, and only these are told; null for all.
  columns text[]
);

insert into event_rules (place, type, kind, subject, columns) values
  (1,  'person.created',      'created',             'person',      null),
  (2,  'person.changed',      'changed',             'person',      null),
  (3,  'person.deleted',      'deleted',             'person',      null),
  (4,  'person.restored',     'restored',            'person',      null),
  (5,  'person.synced',       'pushed',              'person',      null),
  (6,  'person.synced',       'created-in-dynamics', 'person',      null),
  (7,  'person.linked',       'linked',              'person',      null),
  (8,  'person.unlinked',     'unlinked',            'person',      null),
  (9,  'person.qualified',    'qualified',           'person',      null),
  (10, 'person.merged',       'merged',              'person',      null),
  (11, 'company.created',     'created',             'company',     null),
  (12, 'company.changed',     'changed',             'company',     null),
  (13, 'company.deleted',     'deleted',             'company',     null),
  (14, 'company.restored',    'restored',            'company',     null),
  (15, 'opportunity.added',   'created',             'opportunity', null),
  (16, 'opportunity.updated', 'changed',             'opportunity', null),
  (17, 'opportunity.removed', 'deleted',             'opportunity', null),
  (18, 'opportunity.added',   'restored',            'opportunity', null),
  (19, 'record.created',      'created',             'record',      null),
  (20, 'record.changed',      'changed',             'record',      null),
  (21, 'record.deleted',      'deleted',             'record',      null),
  (22, 'record.restored',     'restored',            'record',      null),
  (23, 'owner.changed',       'changed',             null,          '{owner_crm_id,owner_crm_type}'),
  (24, 'owner.changed',       'restored',            null,          '{owner_crm_id,owner_crm_type}'),
  (25, 'conflict',            'conflict',            null,          null),
  (26, 'kept-apart',          'kept-apart',          null,          null),
  (27, 'refused',             'refused',             null,          null),
  (28, 'owner.assigned',      'owner-changed',       null,          null),
  (29, 'task.created',        'task-created',        null,          null),
  (30, 'delete.asked',        'delete-asked',        null,          null),
  (34, 'campaign.added',      'campaign-added',      'person',      null),
  (35, 'campaign.removed',    'campaign-removed',    'person',      null);

create function event_subject(table_name text) returns text
language sql immutable
as $$
  select case table_name when 'people' then 'person' when 'companies' then 'company'
                         when 'opportunities' then 'opportunity' else 'record' end
$$;

-- Whether an activity makes an event by a rule.
create function is_told(told_by event_rules, kind text, table_name text, changes jsonb) returns boolean
language sql stable
as $$
  select told_by.kind = kind and (told_by.subject is null or told_by.subject = event_subject(table_name))
     and (told_by.columns is null or changes ?| told_by.columns)
     -- Nobody's news: our own write comes home with a new time of modification, and nothing else.
     and (kind <> 'changed' or changes - 'crm_modified_at' <> '{}')
$$;

-- The people a row is about: the person; who has a part in an opportunity; who is at either end of a connection. Bound
-- late, since organizations differ in what they have; a way that is not there, or not yet, tells of nobody.
create function people_of(table_name text, id bigint) returns bigint[]
language plpgsql stable
as $$
declare
  sources text[] := case table_name
    when 'opportunities' then array[
      'select person_id from :"marketing".opportunity_roles where opportunity_id = $1',
      'select p.id from :"marketing".opportunities o join :"marketing".people p on p.crm_id = o.customer_crm_id
        where o.id = $1']
    when 'crm_connections' then array[
      'select p.id from :"marketing".crm_connections k
         join :"marketing".people p on p.crm_id in (k.record1_crm_id, k.record2_crm_id) where k.id = $1']
    else '{}'
  end;
  source text;
  found bigint[];
  people bigint[] := '{}';
begin
  if table_name = 'people' then return array[id]; end if;
  foreach source in array sources loop
    begin
      execute format('select array_agg(person) from (%s) as found(person) where person is not null', source)
         into found using id;
      people := people || coalesce(found, '{}');
    exception
      when undefined_table or undefined_column then null;
    end;
  end loop;
  return array(select distinct person from unnest(people) as person order by person);
end
$$;

-- A place in the feed, for clients an opaque text: an activity, and how many of its events were told.
create function feed_place(cursor text) returns table (activity bigint, place int)
language plpgsql immutable
as $$
begin
  if cursor is null then
    return query select 0::bigint, 0;
  elsif cursor ~ '^[0-9]{1,18}-[0-9]{1,3}$' then
    return query select split_part(cursor, '-', 1)::bigint, split_part(cursor, '-', 2)::int;
  else
    raise exception 'This is no cursor: %', cursor
      using errcode = 'invalid_parameter_value', hint = 'Give back one that the feed gave, as it was; null begins anew.';
  end if;
end
$$;

-- Where the feed ends now: whoever begins here is told what comes from here on.
create function :"marketing".events_end() returns text
language sql volatile security definer
as $$ select feed_end() || '-999' $$;

-- The events after a cursor, oldest first. Poll with the cursor of the last row; none came: with the same again. Nothing
-- is left out, however long a transaction takes to commit. A page costs what it tells, however long the history is: activities
-- are read in the order of their ids, and no more of them than there are events to tell.
create function :"marketing".events_after(after text default null, most int default 100, types text[] default null)
returns table (
  cursor text, id text, type text, at timestamptz, table_name text, row_id bigint, crm_id uuid, entity text,
  changes jsonb, people bigint[], origin text, rule text, code text, detail text
)
language plpgsql volatile security definer
as $$
declare
  begin_at record;
  feed_ends bigint;
begin
  if not has_table_privilege(caller(), ':"marketing".activities', 'select') then
    raise exception 'Only who may read activities may read events.' using errcode = 'insufficient_privilege';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'The feed of events is read in a transaction at read committed, so that each poll sees what is new.'
      using errcode = 'active_sql_transaction';
  end if;
  select * into begin_at from feed_place(after);
  feed_ends := feed_end();
  return query
    select e.id || '-' || e.place, e.id || '-' || replace(e.event, '.', '-'), e.event, e.at, e.table_name, e.row_id,
           e.crm_id, e.entity,
           case when e.columns is null then e.changes
                else (select jsonb_object_agg(key, value) from jsonb_each(e.changes) where key = any(e.columns)) end,
           people_of(e.table_name, e.row_id), e.origin, e.rule, e.code, e.detail
      from (select a.*, r.place, r.type as event, r.columns
              from (select a.* from :"marketing".activities a
                     where a.id >= begin_at.activity and a.id <= feed_ends
                       -- Not as a join, which would want all of them before it gives the first.
                       and (exists (select from event_rules r
                                     where is_told(r, a.kind, a.table_name, a.changes)
                                       and (a.id > begin_at.activity or r.place > begin_at.place)
                                       and (types is null or r.type = any(types)))) is true
                     order by a.id
                     limit most) a
              join event_rules r on is_told(r, a.kind, a.table_name, a.changes)
                                and (a.id > begin_at.activity or r.place > begin_at.place)
                                and (types is null or r.type = any(types))
             order by a.id, r.place
             limit most) e
     order by e.id, e.place;
end
$$;

do $$
declare
  made text;
begin
  foreach made in array array[
    'hold_feed()', 'feed_given()', 'feed_lock(bigint)', 'feed_end()', 'feed_place(text)',
    ':"marketing".events_end()', ':"marketing".events_after(text, int, text[])'
  ] loop
    execute format('alter function %s set search_path = %I, pg_catalog, pg_temp', made, current_schema());
  end loop;
  -- The plan is made for the page that is wanted.
  alter function :"marketing".events_after(text, int, text[]) set plan_cache_mode = force_custom_plan;
end
$$;
