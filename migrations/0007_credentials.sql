-- credentials for providers, sealed with a key that is in no database

create table credential (
    account_id text not null references account (account_id) on delete cascade,
    provider text not null,
    sealed text not null,
    created_at bigint not null,
    primary key (account_id, provider)
);
