-- While a backup is under way nothing is freed that its snapshot of the database may name.
CREATE TABLE "backup_hold" (
    "id" UUID NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "backup_hold_pkey" PRIMARY KEY ("id")
);

-- One backup, one verification and one drill at a time.
DROP INDEX "operation_active";
CREATE UNIQUE INDEX "operation_active" ON "operation" ("kind")
  WHERE "state" IN ('queued', 'running') AND "kind" IN ('collection', 'scrub', 'backup', 'verification', 'drill');
