-- when a destruction that waits begins, until when it can be undone; and whether nobody asked for it
alter table deployment add column begins_at bigint;
alter table deployment add column by_itself bigint;
