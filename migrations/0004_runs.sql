-- how macfiles are carried out, and what their commands were

-- the texts of the macfile's parents by name, in JSON
alter table infrastructure add column parents text not null default '{}';
-- how a deployment is carried out, in JSON; null means as ever
alter table deployment add column options text;

-- the macfile's key under "resources"
alter table resource add column kind text not null default '';
-- the commands as the macfile has them, references and all
alter table resource add column create_command text not null default '';
alter table resource add column destroy_command text;
-- how the destroy command ended last; exit_code, stdout and stderr are the create command's
alter table resource add column destroyed_at bigint;
alter table resource add column destroy_exit_code bigint;
alter table resource add column destroy_stdout text;
alter table resource add column destroy_stderr text;
