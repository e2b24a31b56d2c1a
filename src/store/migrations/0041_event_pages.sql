-- Whether an activity makes an event by a rule.
create function is_told(told_by event_rules, kind text, table_name text, changes jsonb) returns boolean
language sql stable
as $$
  select told_by.kind = kind and (told_by.subject is null or told_by.subject = event_subject(table_name))
     and (told_by.columns is null or changes ?| told_by.columns)
     -- Nobody's news: our own write comes home with a new time of modification, and nothing else.
     and (kind <> 'changed' or changes - 'crm_modified_at' <> '{}')
$$;

-- As before; and a page costs what it tells, however long the history is: activities are read in the order of their ids,
-- and no more of them than there are events to tell. The plan is made for the page that is wanted.
create or replace function :"marketing".events_after(after text default null, most int default 100, types text[] default null)
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
begin
  execute format('alter function :"marketing".events_after(text, int, text[])
                    set search_path = %I, pg_catalog, pg_temp set plan_cache_mode = force_custom_plan',
                 current_schema());
end
$$;
