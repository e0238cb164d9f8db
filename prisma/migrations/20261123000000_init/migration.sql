-- Written by `node scripts/make-migration.ts init`; COLLATE "C" and everything below "By hand" was added.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "model" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "owner" TEXT NOT NULL,
    "tags" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" TEXT,
    "next_number" INTEGER NOT NULL DEFAULT 1,
    "downloads" BIGINT NOT NULL DEFAULT 0,
    "latest_id" BIGINT,
    "latest_version" TEXT,
    "framework" TEXT,
    "format" TEXT,
    "verdict" TEXT,
    "parameters" BIGINT,
    "size_bytes" BIGINT NOT NULL DEFAULT 0,
    "version_count" INTEGER NOT NULL DEFAULT 0,
    "stages" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "version" (
    "id" BIGSERIAL NOT NULL,
    "model_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "precedence" TEXT COLLATE "C" NOT NULL,
    "is_prerelease" BOOLEAN NOT NULL,
    "digest" TEXT NOT NULL,
    "framework" TEXT NOT NULL,
    "framework_declared" TEXT,
    "format" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'ready',
    "stage" TEXT NOT NULL DEFAULT 'none',
    "description" TEXT NOT NULL DEFAULT '',
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "tags" JSONB NOT NULL DEFAULT '{}',
    "parameters" BIGINT,
    "tensor_count" INTEGER NOT NULL DEFAULT 0,
    "dtypes" JSONB NOT NULL DEFAULT '{}',
    "producer" JSONB NOT NULL DEFAULT '{}',
    "signature" JSONB,
    "size_bytes" BIGINT NOT NULL,
    "stored_bytes" BIGINT NOT NULL,
    "verdict" TEXT NOT NULL,
    "findings" JSONB NOT NULL DEFAULT '[]',
    "scanned_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "downloads" BIGINT NOT NULL DEFAULT 0,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" TEXT,

    CONSTRAINT "version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file" (
    "version_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "media_type" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,

    CONSTRAINT "file_pkey" PRIMARY KEY ("version_id","position")
);

-- CreateTable
CREATE TABLE "blob" (
    "digest" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "stored_bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "blob_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "tensor" (
    "version_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "dtype" TEXT NOT NULL,
    "shape" BIGINT[],
    "size_bytes" BIGINT NOT NULL,
    "file" TEXT NOT NULL,

    CONSTRAINT "tensor_pkey" PRIMARY KEY ("version_id","position")
);

-- CreateTable
CREATE TABLE "alias" (
    "model_id" BIGINT NOT NULL,
    "alias" TEXT NOT NULL,
    "version_id" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,

    CONSTRAINT "alias_pkey" PRIMARY KEY ("model_id","alias")
);

-- CreateTable
CREATE TABLE "alias_event" (
    "id" BIGSERIAL NOT NULL,
    "model_id" BIGINT NOT NULL,
    "alias" TEXT NOT NULL,
    "from_version" TEXT,
    "to_version" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,

    CONSTRAINT "alias_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "model_name" TEXT,
    "version" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "request_id" TEXT,
    "address" TEXT,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "download_count" (
    "version_id" BIGINT NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "client" TEXT NOT NULL,
    "count" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "download_count_pkey" PRIMARY KEY ("version_id","hour","client")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "model_name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("actor","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "model_name_key_key" ON "model"("name_key");

-- CreateIndex
CREATE INDEX "version_model_id_precedence_idx" ON "version"("model_id", "precedence");

-- CreateIndex
CREATE INDEX "version_created_at_idx" ON "version"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "version_model_id_version_key" ON "version"("model_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "version_model_id_number_key" ON "version"("model_id", "number");

-- CreateIndex
CREATE INDEX "file_digest_idx" ON "file"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "file_version_id_path_key" ON "file"("version_id", "path");

-- CreateIndex
CREATE INDEX "alias_version_id_idx" ON "alias"("version_id");

-- CreateIndex
CREATE INDEX "alias_event_model_id_alias_id_idx" ON "alias_event"("model_id", "alias", "id");

-- CreateIndex
CREATE INDEX "audit_at_id_idx" ON "audit"("at", "id");

-- CreateIndex
CREATE INDEX "audit_model_name_id_idx" ON "audit"("model_name", "id");

-- CreateIndex
CREATE INDEX "download_count_hour_idx" ON "download_count"("hour");

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- AddForeignKey
ALTER TABLE "version" ADD CONSTRAINT "version_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file" ADD CONSTRAINT "file_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file" ADD CONSTRAINT "file_digest_fkey" FOREIGN KEY ("digest") REFERENCES "blob"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tensor" ADD CONSTRAINT "tensor_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alias" ADD CONSTRAINT "alias_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alias" ADD CONSTRAINT "alias_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alias_event" ADD CONSTRAINT "alias_event_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: what Prisma's schema cannot describe.

-- Lists: every sort with its tie-break, models in the trash left out.
CREATE INDEX "model_list_name" ON "model" ("name_key", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_list_updated_at" ON "model" ("updated_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_list_size_bytes" ON "model" ("size_bytes", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_list_parameters" ON "model" ((coalesce("parameters", -1)), "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_list_downloads" ON "model" ("downloads", "id") WHERE "deleted_at" IS NULL;
-- Filters, in the default order.
CREATE INDEX "model_by_framework" ON "model" ("framework", "updated_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_format" ON "model" ("format", "updated_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_verdict" ON "model" ("verdict", "updated_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_owner" ON "model" ("owner", "updated_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_parameters" ON "model" ("parameters", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_stages" ON "model" USING gin ("stages");
CREATE INDEX "model_by_tags" ON "model" USING gin ("tags" jsonb_path_ops);
-- Search: the same expression as in lib/models/list-store.ts.
CREATE INDEX "model_search" ON "model" USING gin ((lower("name" || ' ' || left("description", 1000))) gin_trgm_ops) WHERE "deleted_at" IS NULL;
-- Trash.
CREATE INDEX "model_trash" ON "model" ("deleted_at", "id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "version_trash" ON "version" ("deleted_at", "id") WHERE "deleted_at" IS NOT NULL;
-- Newest versions and the live versions of a model.
CREATE INDEX "version_live_newest" ON "version" ("created_at", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "version_live_by_model" ON "version" ("model_id", "is_prerelease", "precedence" DESC, "number" DESC) WHERE "deleted_at" IS NULL;

-- Invariants that no code path may break.
ALTER TABLE "model" ADD CONSTRAINT "model_name_key_is_lower" CHECK ("name_key" = lower("name"));
ALTER TABLE "version" ADD CONSTRAINT "version_stage_known" CHECK ("stage" IN ('none', 'staging', 'production', 'archived'));
ALTER TABLE "version" ADD CONSTRAINT "version_digest_is_hex" CHECK ("digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "blob" ADD CONSTRAINT "blob_digest_is_hex" CHECK ("digest" ~ '^[0-9a-f]{64}$');
