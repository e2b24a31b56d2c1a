-- What happened to a record: append-only. In the marketing schema, since people query it; :"marketing" is its name.
create table :"marketing".activities (
  id            bigint generated always as identity primary key,
  at            timestamptz not null default now(),
  connection_id int not null,
  -- The cycle that did it; null outside of cycles.
  cycle         bigint,
  entity        text not null,
  table_name    text not null,
  row_id        bigint not null,
  crm_id        uuid,
  kind          text not null,
  origin        text not null check (origin in ('dynamics', 'marketing', 'sync')),
  -- {"column": {"from": …, "to": …, "lost": …}}
  changes       jsonb not null default '{}',
  rule          text,
  code          text,
  detail        text
);
create index activities_by_record on :"marketing".activities (table_name, row_id, id);
create index activities_by_time on :"marketing".activities using brin (at);
