-- Counts of downloads in tables of their own: a download rewrote the model's row, and with it every index on it.
CREATE TABLE "model_counter" (
    "model_id" BIGINT NOT NULL,
    "downloads" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "model_counter_pkey" PRIMARY KEY ("model_id")
) WITH (fillfactor = 70);

CREATE TABLE "version_counter" (
    "version_id" BIGINT NOT NULL,
    "downloads" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "version_counter_pkey" PRIMARY KEY ("version_id")
) WITH (fillfactor = 70);

INSERT INTO "model_counter" ("model_id", "downloads") SELECT "id", "downloads" FROM "model";
INSERT INTO "version_counter" ("version_id", "downloads")
    SELECT "id", "downloads" FROM "version" WHERE "downloads" > 0;

CREATE INDEX "model_counter_downloads" ON "model_counter"("downloads", "model_id");

ALTER TABLE "model_counter" ADD CONSTRAINT "model_counter_model_id_fkey"
    FOREIGN KEY ("model_id") REFERENCES "model"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "version_counter" ADD CONSTRAINT "version_counter_version_id_fkey"
    FOREIGN KEY ("version_id") REFERENCES "version"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The list by downloads reads this table in order, so every model has a row.
CREATE FUNCTION "add_model_counter"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO model_counter (model_id) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER "model_counter" AFTER INSERT ON "model"
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "add_model_counter"();

-- The columns stay for servers of the release before, which go on while this one starts.
DROP INDEX "model_list_downloads";
