-- accounts that are removed: what is outside of the database is removed after the account, and again until that
-- is done; their numbers are given to nobody else
create table removal (
    account_id text primary key,
    tenant bigint not null unique,
    -- the ids of the terminals that it had, a JSON array
    terminals text not null,
    asked_at bigint not null,
    -- when nothing was left of it
    ended_at bigint
);
