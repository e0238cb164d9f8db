-- A claim is proven by the number of the row that it was made on, not by a time: see docs/adr/0007.
ALTER TABLE "blob" ADD COLUMN "incarnation" BIGSERIAL NOT NULL;

-- A key says that its version was deleted, also when another version has got its name since.
ALTER TABLE "idempotency_key" ADD COLUMN "version_id" BIGINT;
UPDATE "idempotency_key" AS k SET "version_id" = v."id"
FROM "version" AS v JOIN "model" AS m ON m."id" = v."model_id"
WHERE m."name_key" = lower(k."model_name") AND v."version" = k."version";
UPDATE "idempotency_key" SET "version_id" = 0 WHERE "version_id" IS NULL;
ALTER TABLE "idempotency_key" ALTER COLUMN "version_id" SET NOT NULL;
