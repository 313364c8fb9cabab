-- what terminals wrote, and when; the bytes are in the data folder
create table recording (
    recording_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    -- the terminal may be gone
    terminal_id text not null,
    -- the name of the host that holds it
    host text not null,
    -- what it was called
    terminal text not null,
    state text not null,
    started_at bigint not null,
    ended_at bigint,
    duration_ms bigint not null,
    bytes bigint not null,
    stored_bytes bigint not null,
    missing_bytes bigint not null,
    cols bigint not null,
    row_count bigint not null,
    -- what there is to say of it, as a sentence
    reason text
);
create index recording_account on recording (account_id);
-- a terminal has one at a time
create unique index recording_underway on recording (terminal_id) where state = 'recording';

-- the deployments that were begun in a terminal that was recorded
create table recording_deployment (
    recording_id text not null references recording (recording_id) on delete cascade,
    deployment_id text not null references deployment (deployment_id) on delete cascade,
    -- when, in milliseconds of the recording
    at_ms bigint not null,
    -- how many bytes the terminal had written
    place bigint not null,
    primary key (recording_id, deployment_id)
);
create index recording_deployment_deployment on recording_deployment (deployment_id);
