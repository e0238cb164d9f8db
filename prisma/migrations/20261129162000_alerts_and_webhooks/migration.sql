-- Alerts: acknowledgement, silences, contact points. Webhooks. What both send is written down in `delivery`, in the transaction of
-- what it tells of.

-- AlterTable
ALTER TABLE "alert" ADD COLUMN     "acknowledged_at" TIMESTAMPTZ(3),
ADD COLUMN     "acknowledged_by" TEXT,
ADD COLUMN     "acknowledged_by_id" TEXT,
ADD COLUMN     "comment" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "model_name" TEXT,
ADD COLUMN     "notified_at" TIMESTAMPTZ(3),
ADD COLUMN     "reopened" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "settled_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "alert_silence" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT,
    "subject" TEXT NOT NULL,
    "comment" TEXT NOT NULL DEFAULT '',
    "starts_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_by_id" TEXT NOT NULL,

    CONSTRAINT "alert_silence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "contact_point" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "addresses" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "url" TEXT,
    "secret" TEXT,
    "severities" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "kinds" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "language" TEXT NOT NULL DEFAULT 'en',
    "tells_end" BOOLEAN NOT NULL DEFAULT true,
    "is_on" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contact_point_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "events" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "models" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "model_keys" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "secret" TEXT NOT NULL,
    "old_secret" TEXT,
    "old_secret_until" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "failing_since" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "saved_by_id" TEXT NOT NULL,
    "saved_by" TEXT NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" BIGSERIAL NOT NULL,
    "webhook_id" UUID,
    "contact_point_id" BIGINT,
    "alert_id" BIGINT,
    "message_id" TEXT NOT NULL DEFAULT ('msg_' || replace((gen_random_uuid())::text, '-', '')),
    "event" TEXT NOT NULL,
    "model_name" TEXT,
    "order_key" TEXT NOT NULL DEFAULT '',
    "data" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claimed_until" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL DEFAULT (now() + interval '3 days'),
    "finished_at" TIMESTAMPTZ(3),
    "log" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "alert_silence_ends_at_idx" ON "alert_silence"("ends_at");

-- CreateIndex
CREATE UNIQUE INDEX "contact_point_name_key" ON "contact_point"("name");

-- CreateIndex
CREATE INDEX "delivery_webhook_id_id_idx" ON "delivery"("webhook_id", "id");

-- CreateIndex
CREATE INDEX "delivery_contact_point_id_id_idx" ON "delivery"("contact_point_id", "id");

-- CreateIndex
CREATE INDEX "delivery_alert_id_idx" ON "delivery"("alert_id");

-- CreateIndex
CREATE INDEX "delivery_created_at_idx" ON "delivery"("created_at");

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_contact_point_id_fkey" FOREIGN KEY ("contact_point_id") REFERENCES "contact_point"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The index of open alerts stays; this one finds those that may still come back.
CREATE INDEX "alert_unsettled" ON "alert" ("kind", "subject") WHERE "settled_at" IS NULL;
-- What has ended before this release does not come back, and nobody is told of what is open already.
UPDATE "alert" SET "settled_at" = "resolved_at";
UPDATE "alert" SET "notified_at" = "opened_at";

-- What is to be sent: the first of each key, and what is due.
CREATE INDEX "delivery_webhook_queue" ON "delivery" ("webhook_id", "order_key", "id") WHERE "state" = 'pending';
CREATE INDEX "delivery_contact_point_queue" ON "delivery" ("contact_point_id", "order_key", "id") WHERE "state" = 'pending';
CREATE INDEX "delivery_due" ON "delivery" ("next_attempt_at") WHERE "state" = 'pending';

-- The texts of lists such as `version.*`; an empty list fits everything.
CREATE FUNCTION "fits_any"("word" TEXT, "patterns" TEXT[]) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT cardinality(patterns) = 0 OR EXISTS (
    SELECT 1 FROM unnest(patterns) AS pattern
    WHERE word = pattern OR (right(pattern, 1) = '*' AND word ^@ left(pattern, -1)))
$$;
