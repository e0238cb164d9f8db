-- `maintenance_run` becomes `operation`: what it is about and why it failed are columns, and it can be cancelled.

ALTER TABLE "maintenance_run" RENAME TO "operation";
ALTER SEQUENCE "maintenance_run_id_seq" RENAME TO "operation_id_seq";
ALTER TABLE "operation" RENAME CONSTRAINT "maintenance_run_pkey" TO "operation_pkey";
ALTER INDEX "maintenance_run_kind_id_idx" RENAME TO "operation_kind_id_idx";

ALTER TABLE "operation"
  DROP COLUMN "dry_run",
  ADD COLUMN "subject" TEXT,
  ADD COLUMN "actor_id" TEXT,
  ADD COLUMN "error" TEXT,
  ADD COLUMN "attempts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "cancel_requested_at" TIMESTAMPTZ(3);

-- Until now there were two actors, `system` and `anonymous`, whose ids are their names.
UPDATE "operation" SET
  "subject" = "progress" ->> 'target',
  "error" = "progress" ->> 'error',
  "progress" = "progress" - 'target' - 'error',
  "attempts" = CASE WHEN "state" = 'failed' THEN 1 ELSE 0 END,
  "actor_id" = "actor";
ALTER TABLE "operation" ALTER COLUMN "actor_id" SET NOT NULL;

CREATE INDEX "operation_state_id_idx" ON "operation" ("state", "id");

-- One of a kind at a time, where two would do each other's work.
DROP INDEX "maintenance_run_active";
CREATE UNIQUE INDEX "operation_active" ON "operation" ("kind")
  WHERE "state" IN ('queued', 'running') AND "kind" IN ('collection', 'scrub');

ALTER TABLE "operation" DROP CONSTRAINT "maintenance_run_state_known";
ALTER TABLE "operation" ADD CONSTRAINT "operation_state_known"
  CHECK ("state" IN ('queued', 'running', 'done', 'failed', 'cancelled'));

-- Jobs of before name their operation as nobody reads it any more. Operations without a job are queued again within a minute.
DO $$
BEGIN
  IF to_regclass('graphile_worker._private_jobs') IS NOT NULL THEN
    EXECUTE 'DELETE FROM graphile_worker._private_jobs WHERE key LIKE ''run:%''';
  END IF;
END $$;
