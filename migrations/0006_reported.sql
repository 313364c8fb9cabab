-- where a version's commands run: 'server', or 'client' for what the original client made on its
-- own machine and told us of
alter table infrastructure add column made_by text not null default 'server';
-- the parameters of the step, in JSON, as that client told them
alter table resource add column params text;
