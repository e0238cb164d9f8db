-- CreateTable
CREATE TABLE "mlflow_sync" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "tracking_uri" TEXT NOT NULL,
    "username" TEXT,
    "secret" TEXT,
    "models" TEXT NOT NULL DEFAULT '*',
    "direction" TEXT NOT NULL,
    "schedule" TEXT,
    "policy" TEXT NOT NULL DEFAULT 'report',
    "deletions" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "saved_by_id" TEXT NOT NULL,
    "saved_by" TEXT NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mlflow_sync_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mlflow_link" (
    "id" BIGSERIAL NOT NULL,
    "sync_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "model_id" BIGINT NOT NULL,
    "agreed" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "mlflow_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mlflow_version_link" (
    "link_id" BIGINT NOT NULL,
    "theirs" INTEGER NOT NULL,
    "ours" INTEGER NOT NULL,
    "agreed" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "mlflow_version_link_pkey" PRIMARY KEY ("link_id","theirs")
);

-- CreateTable
CREATE TABLE "mlflow_sync_item" (
    "id" BIGSERIAL NOT NULL,
    "sync_id" UUID NOT NULL,
    "operation_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "version" TEXT NOT NULL DEFAULT '',
    "field" TEXT NOT NULL,
    "ours" TEXT,
    "theirs" TEXT,
    "outcome" TEXT NOT NULL,
    "detail" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "mlflow_sync_item_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "mlflow_sync_name_key" ON "mlflow_sync"("name");

-- CreateIndex
CREATE UNIQUE INDEX "mlflow_link_sync_id_name_key" ON "mlflow_link"("sync_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "mlflow_version_link_link_id_ours_key" ON "mlflow_version_link"("link_id", "ours");

-- CreateIndex
CREATE INDEX "mlflow_sync_item_sync_id_idx" ON "mlflow_sync_item"("sync_id");

-- CreateIndex
CREATE UNIQUE INDEX "mlflow_sync_item_operation_id_kind_model_version_field_key" ON "mlflow_sync_item"("operation_id", "kind", "model", "version", "field");

-- AddForeignKey
ALTER TABLE "mlflow_link" ADD CONSTRAINT "mlflow_link_sync_id_fkey" FOREIGN KEY ("sync_id") REFERENCES "mlflow_sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mlflow_version_link" ADD CONSTRAINT "mlflow_version_link_link_id_fkey" FOREIGN KEY ("link_id") REFERENCES "mlflow_link"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mlflow_sync_item" ADD CONSTRAINT "mlflow_sync_item_sync_id_fkey" FOREIGN KEY ("sync_id") REFERENCES "mlflow_sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Of each server one run at a time, a trial run (`<id> dry-run`) included.
CREATE UNIQUE INDEX "operation_mlflow_sync" ON "operation" (split_part("subject", ' ', 1))
  WHERE "kind" = 'mlflow_sync' AND "state" IN ('queued', 'running');
