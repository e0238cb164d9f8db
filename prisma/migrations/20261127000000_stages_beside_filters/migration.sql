-- A filter together with a stage is answered by the filter's index alone. PostgreSQL takes the two for independent of each
-- other, expects few models and reads every one of them: 2,500 rows of the table for a page of 50 where a team
-- has all of its models in production.
DROP INDEX "model_by_framework";
DROP INDEX "model_by_format";
DROP INDEX "model_by_verdict";
DROP INDEX "model_by_owner";
CREATE INDEX "model_by_framework" ON "model" ("framework", "updated_at", "id") INCLUDE ("stages") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_format" ON "model" ("format", "updated_at", "id") INCLUDE ("stages") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_verdict" ON "model" ("verdict", "updated_at", "id") INCLUDE ("stages") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_owner" ON "model" ("owner", "updated_at", "id") INCLUDE ("stages") WHERE "deleted_at" IS NULL;
