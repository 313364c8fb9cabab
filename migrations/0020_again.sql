-- the change of the address that follows once a version is made again, as JSON
alter table deployment add column then_move text;
-- when the server that carries deployments out was last heard of
alter table controller add column heard_at bigint;
-- an application's history, and how long making a version took
create index deployment_of on deployment (account_id, application, deployment_id);
create index deployment_makes on deployment (infrastructure_id);
