-- A field that people gave another column than it would have, and one whose values are kept as text.
alter table fields
  add column instead_of text,
  add column as_text boolean not null default false,
  -- How often Dynamics described the field and then refused to be asked for it, and until when it is not asked again.
  add column refusals int not null default 0,
  add column refused_until timestamptz;

-- A choice that Dynamics does not have at present. Rows that were read meanwhile hold its number.
alter table choices add column gone boolean not null default false;

-- A few values of fields that are off, so that people see what is in them. Personal data: for the list of fields alone.
create table field_samples (
  entity_id int not null references entities on delete cascade,
  attribute text not null,
  samples   text[] not null,
  primary key (entity_id, attribute)
);
alter table entities add column sampled_at timestamptz;
