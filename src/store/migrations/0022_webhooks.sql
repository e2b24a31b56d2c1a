-- Where events are delivered to.
create table webhooks (
  id            int generated always as identity primary key,
  name          text not null unique,
  url           text not null,
  -- What is wanted; null for all.
  types         text[],
  tables        text[],
  -- As src/store/sealed.ts keeps it.
  secret        text not null,
  paused        boolean not null default false,
  -- Since the receiver said that there is nobody any more (410).
  gone_at       timestamptz,
  -- Cursor after the last event that was delivered, or that is a dead letter: it moves after the delivery.
  position      text not null,
  -- Who delivers: taking raises the number, which fences whoever took it before.
  epoch         bigint not null default 0,
  held_until    timestamptz,
  -- Of the event that is being delivered.
  attempts      int not null default 0,
  failing_since timestamptz,
  retry_at      timestamptz,
  failure       text,
  -- For people.
  delivered     bigint not null default 0,
  delivered_at  timestamptz,
  created_at    timestamptz not null default now()
);

-- Events that could not be delivered for a day, as they were to be sent; they wait for a person.
create table dead_letters (
  id         bigint generated always as identity primary key,
  webhook_id int not null references webhooks on delete cascade,
  event_id   text not null,
  type       text not null,
  body       text not null,
  attempts   int not null,
  failure    text not null,
  died_at    timestamptz not null default now(),
  -- Somebody asked for it to be sent again.
  again      boolean not null default false,
  unique (webhook_id, event_id)
);
create index dead_letters_again on dead_letters (webhook_id, id) where again;
