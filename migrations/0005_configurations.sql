-- how an instance is configured, and what it told of that

create table configuration (
    instance_id text primary key references instance (instance_id) on delete cascade,
    -- goes up when a script has ended, which uses up the token of the phase before
    phase bigint not null,
    -- the script, variables and all; null while none is asked for
    script text,
    -- 1 while the agent has still to fetch it
    is_wanted bigint not null,
    began_at bigint,
    -- what scripts wrote, from byte log_begins of all that they did on
    log text not null,
    log_begins bigint not null,
    -- what the instance told of itself, in JSON
    facts text,
    -- when the agent was heard of last
    heard_at bigint
);

-- minutes that a testing instance lives from when it is asked for or last prolonged
alter table instance add column lifespan_minutes bigint;
-- when its end was warned of
alter table instance add column warned_at bigint;
