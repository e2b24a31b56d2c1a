-- The map of the organization: which entities there are, how they refer to each other. Read by the worker, so that
-- people can choose without reaching Dynamics.
create table entity_maps (
  connection_id int primary key references connections on delete cascade,
  read_at       timestamptz,
  asked_at      timestamptz,
  -- Why it could not be read when it was tried last.
  trouble       text,
  tried_at      timestamptz
);

create table mapped_entities (
  connection_id int not null references connections on delete cascade,
  name          text not null,
  label         text not null,
  kind          text not null check (kind in ('table', 'activity', 'relation')),
  readable      text check (readable in ('all', 'part', 'none')),
  tracked       boolean not null,
  noise         text,
  -- Relationships that an intersect entity is, by schema name.
  relationships text[] not null,
  -- Every way to a lead, contact or account, shortest first.
  paths         jsonb not null,
  primary key (connection_id, name)
);

-- What people switched; it counts before what the environment names.
create table entity_wishes (
  connection_id int not null references connections on delete cascade,
  name          text not null,
  wanted        boolean not null,
  changed_at    timestamptz not null default now(),
  primary key (connection_id, name)
);
