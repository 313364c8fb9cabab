-- when a terminal ends by itself, unless it is given more time; null: never
alter table terminal add column ends_at bigint;
-- why it ended or was lost, as a sentence for the person
alter table terminal add column reason text;
