-- how far an account is in a tutorial
create table tutorial_progress (
    account_id text not null references account (account_id) on delete cascade,
    -- the tutorial's folder
    tutorial text not null,
    -- the step that is read, from 0
    step bigint not null,
    begun_at bigint not null,
    primary key (account_id, tutorial)
);

-- the tasks of a tutorial that an account has done
create table tutorial_task (
    account_id text not null,
    tutorial text not null,
    task text not null,
    done_at bigint not null,
    primary key (account_id, tutorial, task),
    foreign key (account_id, tutorial)
        references tutorial_progress (account_id, tutorial) on delete cascade
);
