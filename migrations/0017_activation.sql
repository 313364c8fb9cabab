-- how long a macfile's own commands may take to move an address, and how long an old version stays once
-- it is drained; 0 is until somebody destroys it
alter table application add column switch_seconds bigint not null default 300;
alter table application add column retain_seconds bigint not null default 0;
-- when a version that is not live is destroyed by itself
alter table infrastructure add column retire_at bigint;
-- which process of which machine carries deployments out: what it has begun is ended before another one
-- goes on with it
alter table controller add column machine text;
alter table controller add column process_id bigint;
alter table controller add column process_started bigint;
