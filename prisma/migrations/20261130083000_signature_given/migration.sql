-- AlterTable
ALTER TABLE "version" ADD COLUMN     "signature_given" BOOLEAN NOT NULL DEFAULT false;
