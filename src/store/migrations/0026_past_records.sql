-- Records that a person was before: leads that were qualified, and records that were merged away. Found from either side by
-- an index, and readable without any right on the sync's own tables.
create view :"marketing".person_past_records as
  select e.name as entity, l.crm_id, l.row_id as person_id
    from links l
    join entities e on e.id = l.entity_id
   where e.table_name = 'people' and l.state = 'm' and l.row_id > 0;
