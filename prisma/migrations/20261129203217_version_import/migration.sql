-- AlterTable
ALTER TABLE "version" ADD COLUMN     "import_id" BIGINT;

-- CreateIndex
CREATE UNIQUE INDEX "version_import_id_key" ON "version"("import_id");

-- AddForeignKey
ALTER TABLE "version" ADD CONSTRAINT "version_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "operation"("id") ON DELETE SET NULL ON UPDATE CASCADE;
