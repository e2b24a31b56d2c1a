-- What people ask of Dynamics, once it is done there.
insert into event_rules (place, type, kind, subject, columns) values
  (28, 'owner.assigned', 'owner-changed', null, null),
  (29, 'task.created',   'task-created',  null, null),
  (30, 'delete.asked',   'delete-asked',  null, null);

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
  if not has_table_privilege(session_user, ':"marketing".activities', 'select') then
    raise exception 'Only who may read activities may read events.' using errcode = 'insufficient_privilege';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'The feed of events is read in a transaction at read committed, so that each poll sees what is new.'
      using errcode = 'active_sql_transaction';
  end if;
  select * into begin_at from feed_place(after);
  feed_ends := feed_end();
  return query
    select a.id || '-' || r.place, a.id || '-' || replace(r.type, '.', '-'), r.type, a.at, a.table_name, a.row_id,
           a.crm_id, a.entity,
           case when r.columns is null then a.changes
                else (select jsonb_object_agg(key, value) from jsonb_each(a.changes) where key = any(r.columns)) end,
           people_of(a.table_name, a.row_id), a.origin, a.rule, a.code, a.detail
      from :"marketing".activities a
      join event_rules r on r.kind = a.kind and (r.subject is null or r.subject = event_subject(a.table_name))
                        and (r.columns is null or a.changes ?| r.columns)
                        -- Nobody's news: our own write comes home with a new time of modification, and nothing else.
                        and (a.kind <> 'changed' or a.changes - 'crm_modified_at' <> '{}')
     where a.id >= begin_at.activity and a.id <= feed_ends
       and (a.id > begin_at.activity or r.place > begin_at.place)
       and (types is null or r.type = any(types))
     order by a.id, r.place
     limit most;
end
$$;

drop function people_of_opportunity(bigint);

do $$
begin
  execute format('alter function :"marketing".events_after(text, int, text[])
                    set search_path = %I, pg_catalog, pg_temp', current_schema());
end
$$;
