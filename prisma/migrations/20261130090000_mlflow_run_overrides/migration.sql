-- What both sides agreed on belongs to an address: links to one server stay while a rule, or one run, asks another one.
ALTER TABLE "mlflow_link" ADD COLUMN "tracking_uri" TEXT;
UPDATE "mlflow_link" SET "tracking_uri" = "mlflow_sync"."tracking_uri" FROM "mlflow_sync" WHERE "mlflow_sync"."id" = "mlflow_link"."sync_id";
ALTER TABLE "mlflow_link" ALTER COLUMN "tracking_uri" SET NOT NULL;

-- DropIndex
DROP INDEX "mlflow_link_sync_id_name_key";

-- CreateIndex
CREATE UNIQUE INDEX "mlflow_link_sync_id_tracking_uri_name_key" ON "mlflow_link"("sync_id", "tracking_uri", "name");

-- CreateTable
CREATE TABLE "mlflow_run_override" (
    "operation_id" BIGINT NOT NULL,
    "sync_id" UUID NOT NULL,
    "fields" JSONB NOT NULL,
    "username" TEXT,
    "secret" TEXT,

    CONSTRAINT "mlflow_run_override_pkey" PRIMARY KEY ("operation_id")
);

-- CreateIndex
CREATE INDEX "mlflow_run_override_sync_id_idx" ON "mlflow_run_override"("sync_id");

-- AddForeignKey
ALTER TABLE "mlflow_run_override" ADD CONSTRAINT "mlflow_run_override_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "operation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mlflow_run_override" ADD CONSTRAINT "mlflow_run_override_sync_id_fkey" FOREIGN KEY ("sync_id") REFERENCES "mlflow_sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;
