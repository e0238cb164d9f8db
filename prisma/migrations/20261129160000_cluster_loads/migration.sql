-- CreateTable
CREATE TABLE "cluster_load" (
    "operation_id" BIGINT NOT NULL,
    "model_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "mode" TEXT NOT NULL,
    "scheduler_address" TEXT,
    "workers" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "agent" JSONB,
    "lease_hash" BYTEA,
    "lease_expires_at" TIMESTAMPTZ(3),
    "error_code" TEXT,
    "progress" JSON NOT NULL DEFAULT '[]',

    CONSTRAINT "cluster_load_pkey" PRIMARY KEY ("operation_id")
);

-- CreateTable
CREATE TABLE "cluster_report" (
    "address" TEXT NOT NULL,
    "agent" JSONB NOT NULL,
    "scheduler" JSONB NOT NULL,
    "summary" JSONB NOT NULL,
    "workers" JSON NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cluster_report_pkey" PRIMARY KEY ("address")
);

-- CreateIndex
CREATE INDEX "cluster_report_reported_at_idx" ON "cluster_report"("reported_at");

-- AddForeignKey
ALTER TABLE "cluster_load" ADD CONSTRAINT "cluster_load_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "operation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The loads of one model, the newest first.
CREATE INDEX "cluster_load_model" ON "cluster_load" (lower("model_name"), "operation_id");

-- Those that an agent has: when its lease ends without word, another one gets the load.
CREATE INDEX "cluster_load_leased" ON "cluster_load" ("lease_expires_at") WHERE "lease_expires_at" IS NOT NULL;
