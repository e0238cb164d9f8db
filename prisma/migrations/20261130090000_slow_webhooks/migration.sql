-- A webhook that has lately been slow is sent to beside the others, so that these do not wait for it.
ALTER TABLE "webhook" ADD COLUMN "slow_until" TIMESTAMPTZ(3);
