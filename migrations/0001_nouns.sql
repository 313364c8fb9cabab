-- instants are unix milliseconds; ids are version 7 UUIDs as text; lower-case SQL that SQLite and PostgreSQL both run

create table account (
    account_id text primary key,
    name text not null,
    kind text not null,
    -- the number that the sandboxes' user ids are made of
    tenant bigint not null unique,
    created_at bigint not null
);

create table session (
    -- sha-256 of the secret, in hex; the secret itself is never stored
    secret_hash text primary key,
    account_id text not null references account (account_id) on delete cascade,
    -- 'cookie' or 'token'
    kind text not null,
    name text not null,
    created_at bigint not null
);

create table application (
    application_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    name text not null,
    -- the first label of the application's address, the same for nobody else
    host text not null unique,
    live text,
    previous text,
    -- goes up with each change of live, and fences late writers
    epoch bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (account_id, name)
);

create table infrastructure (
    infrastructure_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    name text not null,
    version text not null,
    description text not null,
    state text not null,
    macfile text not null,
    parameters text not null,
    folder text not null,
    created_at bigint not null,
    updated_at bigint not null
);

-- name + version is unique among what exists
create unique index infrastructure_version on infrastructure (account_id, name, version)
    where state <> 'destroyed';

create table instance (
    instance_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    infrastructure_id text not null references infrastructure (infrastructure_id) on delete cascade,
    name text not null,
    role text not null,
    provider text not null,
    location text not null,
    provider_id text,
    public_address text,
    private_address text,
    state text not null,
    created_at bigint not null
);

create table resource (
    resource_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    infrastructure_id text not null references infrastructure (infrastructure_id) on delete cascade,
    name text not null,
    state text not null,
    exit_code bigint,
    stdout text not null,
    stderr text not null,
    created_at bigint not null
);

create table deployment (
    deployment_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    kind text not null,
    application text not null,
    version text not null,
    from_version text,
    state text not null,
    step text,
    error text,
    reason text,
    created_at bigint not null,
    finished_at bigint
);

create table step (
    deployment_id text not null references deployment (deployment_id) on delete cascade,
    position bigint not null,
    name text not null,
    state text not null,
    exit_code bigint,
    started_at bigint,
    finished_at bigint,
    primary key (deployment_id, position)
);

create table log_line (
    deployment_id text not null references deployment (deployment_id) on delete cascade,
    seq bigint not null,
    at bigint not null,
    stream text not null,
    text text not null,
    primary key (deployment_id, seq)
);

create table terminal (
    terminal_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    name text not null,
    state text not null,
    created_at bigint not null
);
