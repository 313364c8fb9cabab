-- links by which somebody without an account watches a terminal, or types into it; one that ended is no row
create table share (
    share_id text primary key,
    account_id text not null references account (account_id) on delete cascade,
    terminal_id text not null references terminal (terminal_id) on delete cascade,
    -- 'view' or 'write'
    role text not null,
    -- sha-256 of the secret, in hex; the secret itself is never stored
    secret_hash text not null unique,
    label text,
    created_at bigint not null,
    expires_at bigint not null
);
create index share_of on share (terminal_id);

-- who comes, or is about to come, by a link; one that is over is no row
create table visit (
    visit_id text primary key,
    share_id text not null references share (share_id) on delete cascade,
    -- sha-256 of what begins it once
    ticket_hash text not null unique,
    name text not null,
    asked_at bigint not null,
    -- when its ticket was used
    begun_at bigint
);
create index visit_by on visit (share_id);
