-- Whether the entity is followed. One that was switched off keeps its rows and its position.
alter table entities add column followed boolean not null default true;

-- Entities that a lookup's values are ids of.
alter table fields add column targets text[] not null default '{}';

-- Which person a record of Dynamics is by now: also a lead that was qualified, a record that was merged away.
create view :"marketing".person_records as
  select e.name as entity, l.crm_id, l.row_id as person_id
    from links l
    join entities e on e.id = l.entity_id
   where e.table_name = 'people' and l.state <> 't' and l.row_id > 0;
