-- By which rules each verdict was made. 0 for all of before, and for what a server of the release before registers meanwhile:
-- its rules have no number, so they are asked again.
ALTER TABLE "version" ADD COLUMN "rules_version" INTEGER NOT NULL DEFAULT 0;

-- Whether anything is left for a rescan is asked every minute.
CREATE INDEX "version_rules" ON "version" ("rules_version", "id")
  WHERE "purged_at" IS NULL AND "location" IS NULL;

-- The list of findings, the newest version first. A version whose bytes are elsewhere was never looked at.
CREATE INDEX "version_not_clean" ON "version" ("id")
  WHERE "verdict" <> 'clean' AND "deleted_at" IS NULL AND "location" IS NULL;

-- One at a time: two would read the same bytes.
CREATE UNIQUE INDEX "operation_rescan" ON "operation" ("kind")
  WHERE "kind" = 'rescan' AND "state" IN ('queued', 'running');
