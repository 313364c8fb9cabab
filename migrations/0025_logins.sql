-- when a secret was last shown, a few minutes exact
alter table session add column used_at bigint;
-- 'home': the token that an account's own sandboxes have; null: a browser's, or one that was asked for
alter table session add column place text;
update session set place = 'home' where kind = 'token' and name = 'home';
