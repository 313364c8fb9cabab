-- where a version's commands run: 'server', or 'client' for what the original client made on its
-- own machine and told us of
alter table infrastructure add column made_by text not null default 'server';
-- the parameters of the step, in JSON, as that client told them
alter table resource add column params text;
-- what that client told of an instance, in JSON
alter table instance add column metadata text;
