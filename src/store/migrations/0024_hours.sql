-- What moved, by entity and clock hour (UTC). It decides nothing: people see it, and what the hours before were like.
create table hours (
  entity_id int not null references entities on delete cascade,
  hour      timestamptz not null,
  -- Rows that were made, changed, and flagged because Dynamics had.
  created   bigint not null default 0,
  updated   bigint not null default 0,
  deleted   bigint not null default 0,
  -- Records that were written, and made, in Dynamics.
  pushed    bigint not null default 0,
  made      bigint not null default 0,
  primary key (entity_id, hour)
);
