-- A purged model gives its name back at once; its rows go in batches.
ALTER TABLE "model" ADD COLUMN "purged_at" TIMESTAMPTZ(3);
CREATE INDEX "model_purged" ON "model" ("id") WHERE "purged_at" IS NOT NULL;
ALTER TABLE "model" DROP CONSTRAINT "model_name_key_is_lower";
ALTER TABLE "model" ADD CONSTRAINT "model_name_key_is_lower"
    CHECK ("name_key" = lower("name") || CASE WHEN "purged_at" IS NULL THEN '' ELSE '/' || "id" END);
