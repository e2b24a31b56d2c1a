-- Edits made in marketing that a connection does not have yet: one row per connection and record, folded. The database
-- itself writes it, by a trigger on each two-way table, whichever way the edit came.
create table pending_changes (
  connection_id int not null references connections,
  table_name    text not null,
  row_id        bigint not null,
  -- By column, the value before the edit, which is the value both sides last agreed on. Text in canonical form, null,
  -- or a list of texts; never a JSON number, which not everybody reads exact.
  agreed        jsonb not null default '{}',
  -- By column, what was last sent and has no settled outcome: a crash in between must not mistake it for an edit of
  -- somebody else when it comes back.
  sent          jsonb not null default '{}',
  -- Raised by every further edit.
  revision      bigint not null default 1,
  since         timestamptz not null default now(),
  changed_at    timestamptz not null default now(),
  -- Refused, with code, field, detail and the revision that was refused; waits for an edit or a person.
  parked        jsonb,
  attempts      int not null default 0,
  retry_at      timestamptz,
  primary key (connection_id, table_name, row_id)
);
create index pending_changes_due on pending_changes (connection_id, table_name, since) where parked is null;

alter table entities add column winner text check (winner in ('dynamics', 'marketing'));
alter table fields
  add column winner text check (winner in ('dynamics', 'marketing')),
  add column rule text check (rule in ('fill-if-blank', 'create-only', 'never-blank'));
