-- Values of fields that are brought from Dynamics again, or for the first time, beside the changes: one after the other.
create table backfills (
  id            bigint generated always as identity primary key,
  connection_id int not null references connections,
  entity_id     int not null references entities on delete cascade,
  attributes    text[] not null,
  -- 'feed': of every record, along with the entity's feed, which has to be read whole for fields that were switched on.
  -- 'filter' and 'ids': of records that somebody chose, by conditions or by name.
  way           text not null check (way in ('feed', 'filter', 'ids')),
  -- {"created": {"from", "before"}, "changed": {"from", "before"}, "where": "<filter expression>"}
  conditions    jsonb not null default '{}',
  state         text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  -- Where a read of chosen records goes on.
  position      text,
  -- Counters for people.
  read          bigint not null default 0,
  changed       bigint not null default 0,
  expected      bigint,
  rate          real not null default 0,
  page_at       timestamptz,
  requested_by  text,
  requested_at  timestamptz not null default now(),
  started_at    timestamptz,
  finished_at   timestamptz,
  -- Why it ended otherwise than well.
  outcome       text
);
create index backfills_open on backfills (connection_id, id) where state in ('queued', 'running');
create index backfills_of_entity on backfills (entity_id, id desc);

-- Records of a backfill by name; gone when it ends.
create table backfill_records (
  backfill_id bigint not null references backfills on delete cascade,
  crm_id      uuid not null,
  primary key (backfill_id, crm_id)
);
