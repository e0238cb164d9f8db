-- The jobs that a server process runs now, by lane; null for a process that runs none of its own.
ALTER TABLE "monitoring_server" ADD COLUMN "lanes" JSONB;
