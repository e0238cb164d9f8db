-- CreateTable
CREATE TABLE "monitoring_sample" (
    "tier" SMALLINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "server" TEXT NOT NULL,
    "seconds" DOUBLE PRECISION,
    "requests" DOUBLE PRECISION,
    "client_errors" DOUBLE PRECISION,
    "server_errors" DOUBLE PRECISION,
    "downloads" DOUBLE PRECISION,
    "download_bytes" DOUBLE PRECISION,
    "uploads" DOUBLE PRECISION,
    "upload_bytes" DOUBLE PRECISION,
    "bytes_in" DOUBLE PRECISION,
    "bytes_out" DOUBLE PRECISION,
    "cache_hits" DOUBLE PRECISION,
    "cache_misses" DOUBLE PRECISION,
    "cpu_seconds" DOUBLE PRECISION,
    "loop_delay" DOUBLE PRECISION,
    "rss_bytes" DOUBLE PRECISION,
    "heap_bytes" DOUBLE PRECISION,
    "pool_used" DOUBLE PRECISION,
    "pool_waiting" DOUBLE PRECISION,
    "pool_size" DOUBLE PRECISION,
    "active_requests" DOUBLE PRECISION,
    "active_uploads" DOUBLE PRECISION,
    "jobs_waiting" DOUBLE PRECISION,
    "jobs_running" DOUBLE PRECISION,
    "jobs_failed" DOUBLE PRECISION,
    "oldest_job" DOUBLE PRECISION,
    "open_uploads" DOUBLE PRECISION,
    "stored_bytes" DOUBLE PRECISION,
    "disk_bytes" DOUBLE PRECISION,
    "disk_used" DOUBLE PRECISION,
    "operations" JSONB,
    "loads" JSONB,
    "missing" JSONB,
    "findings" JSONB,

    CONSTRAINT "monitoring_sample_pkey" PRIMARY KEY ("tier","at","server")
);

-- CreateTable
CREATE TABLE "monitoring_server" (
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "left_at" TIMESTAMPTZ(3),

    CONSTRAINT "monitoring_server_pkey" PRIMARY KEY ("name")
);
