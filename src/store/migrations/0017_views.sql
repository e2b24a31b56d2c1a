-- Views of the marketing schema that the sync keeps in step with the tables, and the function here whose rows each shows.
-- PostgreSQL reads what a function says only when it is asked: so no view keeps anybody from changing a table.
create table views (
  name     text primary key,
  function text not null
);
