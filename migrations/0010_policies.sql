-- how an application's address is moved: whether somebody is asked before, how long the new version is
-- watched, how long requests of the old one may take
alter table application add column approval text not null default 'automatic';
alter table application add column bake_seconds bigint not null default 0;
alter table application add column drain_seconds bigint not null default 30;
