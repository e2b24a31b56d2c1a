-- Whose record was deleted in Dynamics, found without reading everybody.
create index links_deleted on links (row_id) where state = 'd';

-- As before; and of two who become one, whoever stays is in the campaign too where one of them was asked to leave it.
create or replace function follow_member() returns trigger
language plpgsql
as $$
begin
  update :"marketing".campaign_members m
     set state = case when old.state in ('asked-to-add', 'added') and m.state not in ('asked-to-add', 'added')
                      then 'asked-to-add' else m.state end,
         wish = case when old.state in ('asked-to-add', 'added') and m.state not in ('asked-to-add', 'added')
                     then 'add' else m.wish end,
         revision = m.revision + 1, retry_at = null, changed_at = now()
   where m.campaign_id = new.campaign_id and m.person_id = new.person_id;
  if found then
    return null;
  end if;
  return new;
end
$$;

-- As before; and a row that people have made themselves is no campaign.
create or replace function require_campaign(organization int, campaign bigint, wish text) returns void
language plpgsql stable
as $$
declare
  facts jsonb;
  active text := (select c.label from choices c join entities e on e.id = c.entity_id
                   where e.connection_id = organization and e.name = 'campaign'
                     and c.attribute = 'statecode' and c.value = 0);
  status text := (select f.column_name from fields f join entities e on e.id = f.entity_id
                   where e.connection_id = organization and e.name = 'campaign' and f.attribute = 'statecode'
                     and f.enabled and f.set_aside is null
                   limit 1);
begin
  if to_regclass(':"marketing".campaigns') is null then
    raise exception 'No campaign has been read yet: `tandem campaign on` lets them come.'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  select to_jsonb(c) into facts from :"marketing".campaigns c where c.id = campaign;
  if facts is null then
    raise exception 'There is no campaign %.', campaign using errcode = 'no_data_found';
  end if;
  if wish = 'add' and facts ->> 'crm_id' is null then
    raise exception 'Row % is not a campaign of Dynamics: nobody can be added to it.', campaign
      using errcode = 'invalid_parameter_value';
  end if;
  if wish = 'add' and ((facts ->> 'crm_deleted')::boolean or facts ->> status <> active) then
    raise exception 'Campaign % is not active in Dynamics: nobody can be added to it.', campaign
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;
