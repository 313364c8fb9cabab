-- which server carries deployments out: the one that took the newest number; one row
create table controller (
    controller_id bigint primary key,
    epoch bigint not null,
    taken_at bigint not null
);
insert into controller (controller_id, epoch, taken_at) values (1, 0, 0);
