-- What a rule asks for beside, or instead of, that people are in Dynamics: [{"kind": "owner", "owner": …},
-- {"kind": "task", "subject": …}, {"kind": "campaign", "campaign": …}].
alter table sync_rules add column actions jsonb not null default '[]';

-- Whom a rule with actions has met: each person once.
create table rule_people (
  rule   text not null references sync_rules on delete cascade,
  row_id bigint not null,
  at     timestamptz not null default now(),
  primary key (rule, row_id)
);

-- When it was last tried: since when it has been standing where it stands.
alter table actions add column tried_at timestamptz;

-- The day that a task's wish means: a number is so many days from today.
create function due_of(wish jsonb) returns jsonb
language sql stable
as $$
  select case when jsonb_typeof(wish -> 'due') = 'number'
              then jsonb_build_object('due', ((now() at time zone 'UTC')::date + (wish ->> 'due')::int))
              when wish ? 'due' then jsonb_build_object('due', (wish ->> 'due')::date)
              else '{}' end
$$;
