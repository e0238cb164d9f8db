-- Who did something is an id; the name beside it is for people. Rows from before accounts were all written by
-- `anonymous` or `system`, whose ids are their names.
alter table model add column created_by_id text, add column deleted_by_id text;
alter table version add column created_by_id text, add column deleted_by_id text;
alter table alias add column updated_by_id text;
alter table alias_event add column actor_id text;
alter table audit add column actor_id text;

update model set created_by_id = created_by where created_by in ('anonymous', 'system');
update model set deleted_by_id = deleted_by where deleted_by in ('anonymous', 'system');
update version set created_by_id = created_by where created_by in ('anonymous', 'system');
update version set deleted_by_id = deleted_by where deleted_by in ('anonymous', 'system');
update alias set updated_by_id = updated_by where updated_by in ('anonymous', 'system');
update alias_event set actor_id = actor where actor in ('anonymous', 'system');
update audit set actor_id = actor where actor in ('anonymous', 'system');

alter table upload add column actor_id text;
update upload set actor_id = actor;
alter table upload alter column actor_id set not null;

alter table idempotency_key rename column actor to actor_id;
