-- The life of a person. A link says whether its record is one of its own: live, deleted or a tombstone; moved, when its
-- person is another record's by now; frozen, when the sync filter leaves it out (row 0 of what never had a row).
alter table links
  drop constraint links_state_check,
  add constraint links_state_check check (state in ('l', 'd', 't', 'm', 'f')),
  -- Of a qualified lead: its contact. Until that is seen, edits of the lead's person wait to be told it.
  add column heir uuid;
create index links_moved on links (row_id) where state = 'm';

-- Whose person a record's person is: of a lead that of the contact it became, of what lost a merge that of the winner.
create table moves (
  entity_id    int not null references entities on delete cascade,
  crm_id       uuid not null,
  to_entity_id int not null references entities on delete cascade,
  to_crm_id    uuid not null,
  kind         text not null check (kind in ('qualified', 'merged')),
  -- New: two persons become one at the end of this walk. Waiting: the other one is not known yet. Done.
  state        "char" not null check (state in ('n', 'w', 'd')),
  -- Of a lead: columns that only leads have, in which an edit made in marketing stands that can no longer travel.
  kept         text[] not null default '{}',
  primary key (entity_id, crm_id)
);
create index moves_open on moves (to_entity_id) where state <> 'd';
