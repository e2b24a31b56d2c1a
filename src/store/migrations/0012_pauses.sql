-- Who paused a connection, or one entity of it, and since when. What waits is kept, and edits are still captured.
alter table connections
  add column paused_at timestamptz,
  add column paused_by text;
update connections set paused_at = now(), paused_by = 'an earlier Tandem' where paused;
alter table connections drop column paused;
alter table connections add column paused boolean not null generated always as (paused_at is not null) stored;

alter table entities
  add column paused_at timestamptz,
  add column paused_by text,
  -- Raised whenever people switch or move fields or set how they travel, so that a cycle under way follows them.
  add column fields_revision bigint not null default 0;
