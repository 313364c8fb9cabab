-- instances on their own, and what is to be known of every instance; neither database can drop
-- "not null" in a way that the other understands, so the table is made anew

create table instance_next (
    instance_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    -- none for an instance on its own
    infrastructure_id text references infrastructure (infrastructure_id) on delete cascade,
    -- the macfile's key that made it; empty for an instance on its own
    step text not null default '',
    name text not null,
    role text,
    provider text not null,
    location text not null,
    hardware text not null default '',
    release text not null default '',
    -- 'testing' or 'production'
    kind text not null default 'testing',
    provider_id text,
    public_address text,
    private_address text,
    state text not null,
    error text,
    expires_at bigint,
    created_at bigint not null
);

insert into instance_next (instance_id, account_id, infrastructure_id, step, name, role, provider,
        location, provider_id, public_address, private_address, state, created_at)
    select instance_id, account_id, infrastructure_id, step, name, role, provider,
        location, provider_id, public_address, private_address, state, created_at
    from instance;

drop table instance;

alter table instance_next rename to instance;
