-- Functions that run with their owner's rights ask for the role that the session has set, and not for the session's user:
-- those that were made before `caller` was known to them.
do $$
declare
  asking record;
begin
  for asking in select p.oid from pg_proc p
                 where p.pronamespace = ':"marketing"'::regnamespace and p.prosecdef
                   and p.prosrc like '%_privilege(session_user,%' loop
    execute replace(pg_get_functiondef(asking.oid), '_privilege(session_user,', '_privilege(caller(),');
  end loop;
end
$$;
