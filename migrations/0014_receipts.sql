-- what an application's deployments came to, each with the hash of the one before
create table receipt (
    application_id text not null references application (application_id) on delete cascade,
    number bigint not null,
    previous text not null,
    body text not null,
    hash text not null,
    primary key (application_id, number)
);
