insert into event_rules (place, type, kind, subject, columns) values
  (34, 'campaign.added',   'campaign-added',   'person', null),
  (35, 'campaign.removed', 'campaign-removed', 'person', null);
