-- The sync's own memory. One schema per workspace (<workspace>_sync); the marketing tables live beside it.

-- Organizations this workspace is connected to. Raising `epoch` fences every worker that claimed before.
create table connections (
  id            int generated always as identity primary key,
  name          text not null unique,
  url           text not null,
  epoch         bigint not null default 0,
  paused        boolean not null default false,
  trouble       jsonb,
  waiting       jsonb,
  pause_seconds int not null default 300 check (pause_seconds > 0),
  next_cycle_at timestamptz,
  -- Identity of the organization behind the URL, so that a restored or exchanged one is noticed.
  organization  uuid,
  created_at    timestamptz not null default now()
);

-- Which entity lives in which marketing table, and how far its feed has been followed.
create table entities (
  id                int generated always as identity primary key,
  connection_id     int not null references connections,
  name              text not null,
  label             text not null,
  table_name        text not null,
  crm_type          text check (crm_type in ('lead', 'contact')),
  change_tracking   boolean not null default true,
  available         int not null default 0,
  -- Feed: opaque position after the last page in the database; `complete` once a snapshot reached its end.
  position          text,
  complete          boolean not null default false,
  -- A compare pass is owed (history lost), or open: read, but its deletes are not settled yet.
  compare           text check (compare in ('owed', 'open')),
  -- The record with the highest version applied so far. When Dynamics shows an older version of it, or does not
  -- have it and never said that it was deleted, the organization was restored to an earlier state.
  witness_id        uuid,
  witness_version   bigint,
  backfill          boolean not null default false,
  backfill_position text,
  -- The first walk after a backfill brings what changed meanwhile once more, now with the new fields.
  refill            boolean not null default false,
  -- Counters for people: they never decide anything.
  rows              bigint not null default 0,
  read              bigint not null default 0,
  expected          bigint,
  rate              real not null default 0,
  last_change_at    timestamptz,
  page_at           timestamptz,
  trouble           jsonb,
  unique (connection_id, name)
);

-- Which field lives in which column. Fields that are off are listed too, so that they can be switched on.
create table fields (
  entity_id   int not null references entities on delete cascade,
  attribute   text not null,
  label       text not null,
  type        text not null,
  column_name text not null,
  type_column text,
  column_type text,
  direction   text not null check (direction in ('pull', 'push', 'both')),
  enabled     boolean not null,
  -- Switched on after records had been read: a backfill still has to bring their values.
  unfilled    boolean not null default false,
  set_aside   text,
  primary key (entity_id, attribute, column_name)
);

-- The labels a choice column was filled with, to follow a label that is renamed in Dynamics.
create table choices (
  entity_id int not null references entities on delete cascade,
  attribute text not null,
  value     int not null,
  label     text not null,
  primary key (entity_id, attribute, value)
);

-- Which record is which row, and which version of it was applied last.
create table links (
  entity_id int not null,
  crm_id    uuid not null,
  row_id    bigint not null,
  version   bigint not null,
  state     "char" not null default 'l' check (state in ('l', 'd', 't')), -- live, deleted, tombstone
  primary key (entity_id, crm_id)
);

-- Ids that a compare pass has met; whoever is linked and not here by its end may have been deleted.
create table compare_seen (
  entity_id int not null,
  crm_id    uuid not null,
  primary key (entity_id, crm_id)
);

-- Deletes that wait for the end of their walk, or for a person's approval; nothing is flagged before.
create table held_deletes (
  entity_id int not null references entities on delete cascade,
  crm_id    uuid not null,
  primary key (entity_id, crm_id)
);

-- Records that were refused one by one; each waits for a change or a person, and blocks nothing else.
create table parked (
  entity_id int not null references entities on delete cascade,
  crm_id    uuid not null,
  code      text not null,
  field     text,
  detail    text not null,
  since     timestamptz not null default now(),
  primary key (entity_id, crm_id)
);

-- What each cycle did.
create table cycles (
  id            bigint generated always as identity primary key,
  connection_id int not null references connections,
  started_at    timestamptz not null default now(),
  ended_at      timestamptz,
  outcome       text not null default 'running' check (outcome in ('running', 'done', 'partial', 'failed', 'stopped')),
  pages         bigint not null default 0,
  created       bigint not null default 0,
  updated       bigint not null default 0,
  deleted       bigint not null default 0,
  unchanged     bigint not null default 0,
  requests      bigint not null default 0
);
create index cycles_by_connection on cycles (connection_id, id desc);
