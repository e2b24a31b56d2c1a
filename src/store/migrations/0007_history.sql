-- The history of a person, with what happened to the person's company: however many people a company has, its changes
-- are stored once. Bound late, so that it holds before the tables are made and whatever is done to them.
create function :"marketing".history(person bigint) returns setof :"marketing".activities
language plpgsql stable
as $$
begin
  return query
    select a.* from :"marketing".activities a where a.table_name = 'people' and a.row_id = person
    union all
    select a.*
      from :"marketing".people p
      join :"marketing".companies c on c.crm_id = p.company_crm_id
      join :"marketing".activities a on a.table_name = 'companies' and a.row_id = c.id
     where p.id = person
    order by at, id;
end
$$;
