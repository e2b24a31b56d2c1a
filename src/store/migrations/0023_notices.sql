-- What people should know, one row for each matter: open as long as it lasts. What merely happened is closed at once.
create table notices (
  id         bigint generated always as identity primary key,
  kind       text not null,
  -- What it is about: with the kind it names the matter, of which one notice is open at a time.
  subject    text not null,
  title      text not null,
  body       text not null,
  remedy     text,
  who        text not null check (who in ('nobody', 'admin', 'dynamics-admin', 'editor')),
  count      int not null default 1,
  -- Entities or fields it is about; a further one is news, and is told.
  parts      text[] not null default '{}',
  opened_at  timestamptz not null,
  -- When it last came to be about something more.
  grown_at   timestamptz not null,
  closed_at  timestamptz,
  seen_at    timestamptz
);
create unique index notices_open on notices (kind, subject) where closed_at is null;
create index notices_by_time on notices (grown_at);

-- Which channel has told a notice. Without a time: it could not yet, and why.
create table notice_tellings (
  notice_id bigint not null references notices on delete cascade,
  channel   text not null,
  told_at   timestamptz,
  attempts  int not null default 0,
  retry_at  timestamptz,
  error     text,
  primary key (notice_id, channel)
);

-- What was noted of the state the last time it was looked at, so that a change in it is noticed.
create table notice_marks (
  kind      text not null,
  subject   text not null,
  -- Since when it has been so.
  since     timestamptz not null,
  looked_at timestamptz not null,
  primary key (kind, subject)
);

-- What was finished before anybody kept notices is no news.
insert into notice_marks (kind, subject, since, looked_at)
select 'copied', id::text, now(), now() from entities where complete;
insert into notice_marks (kind, subject, since, looked_at)
select 'first-sync', k.id::text, now(), now() from connections k
 where exists (select from entities e where e.connection_id = k.id)
   and not exists (select from entities e where e.connection_id = k.id and not e.complete and e.trouble is null);
