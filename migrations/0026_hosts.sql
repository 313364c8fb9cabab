-- which host holds a terminal: of this machine, a build's; or another machine's name.
-- Empty: this machine's, of a build from before hosts had names.
alter table terminal add column host text not null default '';
