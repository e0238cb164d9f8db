-- AlterTable
ALTER TABLE "blob" ADD COLUMN     "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "compression" TEXT NOT NULL DEFAULT 'pending',
ADD COLUMN     "damaged_at" TIMESTAMPTZ(3),
ADD COLUMN     "encoding" TEXT NOT NULL DEFAULT 'raw',
ADD COLUMN     "verified_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "version" ADD COLUMN     "purged_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "blob_source" (
    "digest" TEXT NOT NULL,
    "source_digest" TEXT NOT NULL,

    CONSTRAINT "blob_source_pkey" PRIMARY KEY ("digest","source_digest")
);

-- CreateTable
CREATE TABLE "piece" (
    "piece" BYTEA NOT NULL,
    "digest" TEXT NOT NULL,
    "block" INTEGER NOT NULL,

    CONSTRAINT "piece_pkey" PRIMARY KEY ("piece")
);

-- CreateTable
CREATE TABLE "upload" (
    "id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "digest_declared" TEXT,
    "part_size_bytes" INTEGER NOT NULL,
    "part_count" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "digest" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "upload_part" (
    "upload_id" UUID NOT NULL,
    "part" INTEGER NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "upload_part_pkey" PRIMARY KEY ("upload_id","part")
);

-- CreateTable
CREATE TABLE "maintenance_run" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "dry_run" BOOLEAN NOT NULL DEFAULT false,
    "actor" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "progress" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "maintenance_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "blob_source_source_digest_idx" ON "blob_source"("source_digest");

-- CreateIndex
CREATE INDEX "piece_digest_idx" ON "piece"("digest");

-- CreateIndex
CREATE INDEX "upload_expires_at_idx" ON "upload"("expires_at");

-- CreateIndex
CREATE INDEX "upload_digest_idx" ON "upload"("digest");

-- CreateIndex
CREATE INDEX "maintenance_run_kind_id_idx" ON "maintenance_run"("kind", "id");

-- CreateIndex
CREATE INDEX "alert_opened_at_idx" ON "alert"("opened_at");

-- CreateIndex
CREATE INDEX "blob_verified_at_idx" ON "blob"("verified_at");

-- AddForeignKey
ALTER TABLE "blob_source" ADD CONSTRAINT "blob_source_digest_fkey" FOREIGN KEY ("digest") REFERENCES "blob"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "blob_source" ADD CONSTRAINT "blob_source_source_digest_fkey" FOREIGN KEY ("source_digest") REFERENCES "blob"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "piece" ADD CONSTRAINT "piece_digest_fkey" FOREIGN KEY ("digest") REFERENCES "blob"("digest") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upload" ADD CONSTRAINT "upload_digest_fkey" FOREIGN KEY ("digest") REFERENCES "blob"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "upload_part" ADD CONSTRAINT "upload_part_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "upload"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: what Prisma's schema cannot describe.

-- The collection's and the compression's work lists.
CREATE INDEX "blob_to_compress" ON "blob" ("created_at") WHERE "compression" = 'pending';
CREATE INDEX "blob_damaged" ON "blob" ("damaged_at") WHERE "damaged_at" IS NOT NULL;
CREATE INDEX "blob_claimed_at" ON "blob" ("claimed_at");
-- The trash lists what can still come back.
DROP INDEX "version_trash";
CREATE INDEX "version_trash" ON "version" ("deleted_at", "id") WHERE "deleted_at" IS NOT NULL AND "purged_at" IS NULL;
-- An alert is raised once while it is open, and one run of a kind at a time.
CREATE UNIQUE INDEX "alert_open" ON "alert" ("kind", "subject") WHERE "resolved_at" IS NULL;
CREATE UNIQUE INDEX "maintenance_run_active" ON "maintenance_run" ("kind") WHERE "state" IN ('queued', 'running');

ALTER TABLE "blob" ADD CONSTRAINT "blob_encoding_known" CHECK ("encoding" IN ('raw', 'mrz'));
ALTER TABLE "blob" ADD CONSTRAINT "blob_compression_known" CHECK ("compression" IN ('pending', 'done', 'not_worth', 'failed'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_state_known" CHECK ("state" IN ('open', 'stored'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_stored_has_digest" CHECK (("state" = 'stored') = ("digest" IS NOT NULL));
ALTER TABLE "maintenance_run" ADD CONSTRAINT "maintenance_run_state_known" CHECK ("state" IN ('queued', 'running', 'done', 'failed'));
