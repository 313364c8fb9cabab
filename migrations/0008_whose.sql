-- whose cloud an instance runs in: 'emulated', or 'own' with credentials that the account saved;
-- saving or forgetting some does not move it
alter table instance add column cloud text not null default 'emulated';
-- what else its launch asks for, in JSON, so that it can be asked for again
alter table instance add column wanted text not null default '{}';
