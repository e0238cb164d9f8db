-- AlterTable
ALTER TABLE "version" ADD COLUMN     "framework_version" TEXT;
ALTER TABLE "model" ADD COLUMN     "framework_release" INTEGER[] DEFAULT ARRAY[]::INTEGER[];

-- What the versions that are there say already (lib/formats/framework-version.ts).
UPDATE "version" AS v SET "framework_version" = found.version
FROM (
  SELECT id, CASE framework
    WHEN 'pytorch' THEN producer->>'mlflow.pytorch_version'
    WHEN 'tensorflow' THEN coalesce(producer->>'tensorflow_version', producer->>'mlflow.tensorflow_version')
    WHEN 'keras' THEN coalesce(producer->>'keras_version', producer->>'mlflow.keras_version')
    WHEN 'onnx' THEN producer->>'mlflow.onnx_version'
    WHEN 'sklearn' THEN producer->>'mlflow.sklearn_version'
  END AS version FROM "version"
) AS found
WHERE v.id = found.id AND length(found.version) <= 64
  AND found.version ~ '^[vV]?[0-9]{1,9}([.][0-9]{1,9}){0,3}(?![0-9])';

UPDATE "model" AS m SET "framework_release" = coalesce(
  (string_to_array(substring(v.framework_version from '^[vV]?([0-9]{1,9}(?:[.][0-9]{1,9}){0,3})(?![0-9])') || '.0.0.0', '.'))[1:4]::int[], '{}')
FROM "version" AS v WHERE v.id = m.latest_id AND v.framework_version IS NOT NULL;

-- CreateIndex
CREATE INDEX "model_by_framework_release" ON "model" ("framework", "framework_release", "updated_at", "id") WHERE "deleted_at" IS NULL;
