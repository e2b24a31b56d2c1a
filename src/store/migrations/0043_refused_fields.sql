-- How often Dynamics described a field and then refused to be asked for it, and until when it is not asked again.
alter table fields
  add column refusals      int not null default 0,
  add column refused_until timestamptz;
