-- links by which somebody without an account answers a deployment that waits, once
create table link (
    -- sha-256 of the secret, in hex; the secret itself is never stored
    secret_hash text primary key,
    account_id text not null references account (account_id) on delete cascade,
    deployment_id text not null references deployment (deployment_id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
