-- A round of pushes walks in this order, and passes by what is parked without an end.
drop index pending_changes_due;
create index pending_changes_due on pending_changes (connection_id, table_name, since, row_id)
  where parked is null or retry_at is not null;
create index pending_changes_parked on pending_changes (connection_id, table_name) where parked is not null;

-- Why edits of an entity do not travel; reading it goes on.
alter table entities add column push_trouble jsonb;

alter table cycles
  add column pushed  bigint not null default 0,
  add column refused bigint not null default 0;
