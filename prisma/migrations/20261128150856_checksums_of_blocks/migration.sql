-- CreateTable
CREATE TABLE "block_sums" (
    "digest" TEXT NOT NULL,
    "sums" BYTEA NOT NULL,

    CONSTRAINT "block_sums_pkey" PRIMARY KEY ("digest")
);

-- AddForeignKey
ALTER TABLE "block_sums" ADD CONSTRAINT "block_sums_digest_fkey" FOREIGN KEY ("digest") REFERENCES "blob"("digest") ON DELETE CASCADE ON UPDATE CASCADE;
