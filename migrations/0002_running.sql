-- what carrying a deployment out needs to remember

-- the host name that a version serves under, once one of its resources printed one
alter table infrastructure add column endpoint text;
-- the macfile's key that made the instance
alter table instance add column step text not null default '';
-- the version that a deployment makes or destroys
alter table deployment add column infrastructure_id text;
-- where a promotion or a roll back stands, as crates/rollout writes it in JSON
alter table deployment add column rollout text;

-- one application's address is moved by one deployment at a time
create unique index deployment_moves_address on deployment (account_id, application)
    where finished_at is null and kind in ('promote', 'roll_back');
