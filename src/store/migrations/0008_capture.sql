-- Fields that Dynamics lets be written; only their edits are captured.
alter table fields add column writable boolean not null default true;

-- Each edit of anybody would lock the connection's row. Only a connection's own capture writes its pending changes.
alter table pending_changes drop constraint pending_changes_connection_id_fkey;

-- Changes are folded, sent and settled in place: with room on their pages, without touching an index.
alter table pending_changes set (fillfactor = 50);
