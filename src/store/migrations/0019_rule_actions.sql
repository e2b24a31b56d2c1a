-- What a rule asks for beside, or instead of, that people are in Dynamics: [{"kind": "owner", "owner": …},
-- {"kind": "task", "subject": …}, {"kind": "campaign", "campaign": …}].
alter table sync_rules
  add column actions jsonb not null default '[]',
  -- Very many people began to meet it at once: it asks for nothing until somebody adds it again.
  add column held boolean not null default false;

-- Whom a rule with actions has met: each person once.
create table rule_people (
  rule   text not null references sync_rules on delete cascade,
  row_id bigint not null,
  at     timestamptz not null default now(),
  primary key (rule, row_id)
);

-- Whom a rule has met, it has met also as the person into whom they were merged.
create function meet_along(losers bigint[], winners bigint[]) returns void
language sql
as $$
  with left_behind as (
    delete from rule_people r using unnest(losers, winners) as f(loser, winner)
     where r.row_id = f.loser returning r.rule, f.winner, r.at
  )
  insert into rule_people (rule, row_id, at) select rule, winner, at from left_behind on conflict do nothing
$$;

-- The day that a task's wish means: a number is so many days from today.
create function due_of(wish jsonb) returns jsonb
language sql stable
as $$
  select case when jsonb_typeof(wish -> 'due') = 'number'
              then jsonb_build_object('due', ((now() at time zone 'UTC')::date + (wish ->> 'due')::int))
              when wish ? 'due' then jsonb_build_object('due', (wish ->> 'due')::date)
              else '{}' end
$$;
