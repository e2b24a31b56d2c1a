-- How many deletes of marketing there were when the guard held them back from Dynamics; 0 while it holds none. They wait
-- for a guard that lets so many pass, even where some of them are undone meanwhile.
alter table entities add column errands_peak int not null default 0;
