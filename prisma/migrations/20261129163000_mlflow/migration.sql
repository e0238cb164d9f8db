-- Models under the names that clients of MLflow give them, versions whose bytes are elsewhere, and files at paths of their own.
ALTER TABLE "model" ADD COLUMN     "external_key" TEXT,
ADD COLUMN     "external_name" TEXT;

ALTER TABLE "version" ADD COLUMN     "location" TEXT,
ADD COLUMN     "logged_model_id" TEXT,
ADD COLUMN     "run_id" TEXT,
ADD COLUMN     "run_link" TEXT,
ADD COLUMN     "source" TEXT;

CREATE TABLE "artifact" (
    "id" BIGSERIAL NOT NULL,
    "actor_id" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "room" TEXT,
    "upload_id" UUID NOT NULL,
    "version_id" BIGINT,
    "put_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "artifact_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "artifact_upload_id_key" ON "artifact"("upload_id");
CREATE INDEX "artifact_version_id_idx" ON "artifact"("version_id");
CREATE UNIQUE INDEX "artifact_actor_id_path_key" ON "artifact"("actor_id", "path");
CREATE UNIQUE INDEX "model_external_key_key" ON "model"("external_key");

ALTER TABLE "artifact" ADD CONSTRAINT "artifact_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "upload"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "artifact" ADD CONSTRAINT "artifact_version_id_fkey" FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Folders of artifacts are listed by the beginning of their paths, and found by the run or the logged model in them.
CREATE INDEX "artifact_by_folder" ON "artifact" ("actor_id", "path" text_pattern_ops);
CREATE INDEX "artifact_by_room" ON "artifact" ("actor_id", "room") WHERE "room" IS NOT NULL;

-- An artifact that goes, with its version or alone, lets go of its bytes.
CREATE FUNCTION "drop_artifact_upload"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM upload WHERE id = OLD.upload_id;
    RETURN NULL;
END $$;
CREATE TRIGGER "artifact_upload" AFTER DELETE ON "artifact" FOR EACH ROW EXECUTE FUNCTION "drop_artifact_upload"();

-- The searches of MLflow's clients: by name, by time, by run, by source and by tags. Prompts are searched apart.
CREATE INDEX "model_by_mlflow_name" ON "model" ((coalesce("external_name", "name")) COLLATE "C", "id")
    WHERE "deleted_at" IS NULL AND ("tags" ->> 'mlflow.prompt.is_prompt') IS DISTINCT FROM 'true';
CREATE INDEX "model_by_mlflow_words" ON "model" USING gin ((lower(coalesce("external_name", "name"))) gin_trgm_ops)
    WHERE "deleted_at" IS NULL;
CREATE INDEX "model_by_creation" ON "model" ("created_at") WHERE "deleted_at" IS NULL;
CREATE INDEX "version_by_update" ON "version" ("updated_at") WHERE "deleted_at" IS NULL;
CREATE INDEX "version_by_run" ON "version" ("run_id") WHERE "run_id" IS NOT NULL AND "deleted_at" IS NULL;
CREATE INDEX "version_by_source" ON "version" USING gin ("source" gin_trgm_ops)
    WHERE "source" IS NOT NULL AND "deleted_at" IS NULL;
CREATE INDEX "version_by_tags" ON "version" USING gin ("tags" jsonb_path_ops)
    WHERE "tags" <> '{}'::jsonb AND "deleted_at" IS NULL;
