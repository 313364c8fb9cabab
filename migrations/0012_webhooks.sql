-- where an account is told of its deployments, and what it was told

create table webhook (
    webhook_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    url text not null,
    -- sealed with a key that is in no database
    secret text not null,
    created_at bigint not null
);

create table delivery (
    -- the message's id, the same at each attempt and replay
    delivery_id text primary key,
    webhook_id text not null references webhook (webhook_id) on delete cascade,
    kind text not null,
    payload text not null,
    state text not null,
    attempts bigint not null,
    -- what was answered last: a status, or why there was none
    status bigint,
    error text,
    created_at bigint not null,
    -- when it is tried next; none when it is not
    next_at bigint,
    finished_at bigint
);

create index delivery_next on delivery (next_at) where next_at is not null;
create index delivery_of on delivery (webhook_id, delivery_id);
