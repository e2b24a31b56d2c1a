-- Fields that Dynamics lets be written; only their edits are captured.
alter table fields add column writable boolean not null default true;
