-- what becomes of visitors at an application's address: they wait until a moment, or are told why they are
-- not served; with neither they are served
alter table application add column held_until bigint;
alter table application add column notice text;
