-- What a mark was about stands in the table of backfills.
alter table notice_marks drop column parts;
