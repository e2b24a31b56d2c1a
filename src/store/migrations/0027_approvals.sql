-- How many deletes of an entity people let pass beyond the mass-change guard, whichever way they go; spent by the first cycle
-- that ends without holding any.
alter table entities
  add column approved    int not null default 0,
  add column approved_at timestamptz,
  add column approved_by text,
  -- How many deletes of Dynamics there were when the guard held them back; 0 while it holds none.
  add column held_peak   int not null default 0;
