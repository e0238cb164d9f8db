-- What an operation was asked for, where its kind and its subject do not say it.
ALTER TABLE "operation" ADD COLUMN "input" JSONB;
