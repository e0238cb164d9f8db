-- CreateTable
CREATE TABLE "protection" (
    "id" BIGSERIAL NOT NULL,
    "pattern" TEXT NOT NULL,
    "pattern_key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "require_clean" BOOLEAN NOT NULL DEFAULT false,
    "rule" TEXT NOT NULL DEFAULT '',
    "require_signature" BOOLEAN NOT NULL DEFAULT false,
    "approvals" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,
    "updated_by_id" TEXT NOT NULL,

    CONSTRAINT "protection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "move_request" (
    "id" BIGSERIAL NOT NULL,
    "model_id" BIGINT NOT NULL,
    "version_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "comment" TEXT NOT NULL DEFAULT '',
    "accept_risk" BOOLEAN NOT NULL DEFAULT false,
    "requested_by" TEXT NOT NULL,
    "requested_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "move_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "move_decision" (
    "request_id" BIGINT NOT NULL,
    "actor" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "comment" TEXT NOT NULL DEFAULT '',
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "move_decision_pkey" PRIMARY KEY ("request_id","actor_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "protection_pattern_key_kind_target_key" ON "protection"("pattern_key", "kind", "target");

-- CreateIndex
CREATE INDEX "move_request_model_id_id_idx" ON "move_request"("model_id", "id");

-- CreateIndex
CREATE INDEX "move_request_version_id_idx" ON "move_request"("version_id");

-- AddForeignKey
ALTER TABLE "move_request" ADD CONSTRAINT "move_request_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "move_request" ADD CONSTRAINT "move_request_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "move_decision" ADD CONSTRAINT "move_decision_request_id_fkey" FOREIGN KEY ("request_id") REFERENCES "move_request"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One request for the same move is open at a time.
CREATE UNIQUE INDEX "move_request_open" ON "move_request"("version_id", "kind", "target") WHERE "state" = 'open';
