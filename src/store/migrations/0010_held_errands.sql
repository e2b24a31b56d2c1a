-- Deletes that the guard holds back wait for a person, even where their number sinks by itself meanwhile.
alter table entities add column deletes_held boolean not null default false;
