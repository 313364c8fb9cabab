-- how long a version's own check may take before it goes live, in seconds
alter table application add column check_seconds bigint not null default 300;
