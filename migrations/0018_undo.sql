-- until when a destruction can be undone, and as what its version stands then again
alter table deployment add column held_until bigint;
alter table deployment add column state_before text;
