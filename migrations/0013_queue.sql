-- a promotion may wait for the change of the address that is under way: one of an application
drop index deployment_moves_address;
create unique index deployment_moves_address on deployment (account_id, application)
    where finished_at is null and state <> 'queued' and kind in ('promote', 'roll_back');
create unique index deployment_waits on deployment (account_id, application)
    where finished_at is null and state = 'queued' and kind in ('promote', 'roll_back');
