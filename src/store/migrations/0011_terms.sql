-- What Dynamics asks of the values of an entity, as it was when it was last described: limits, choices, what is required.
-- When it changes, edits that did not fit are looked at again.
alter table entities add column terms text;
