-- Until when the maps of a shard are a worker's to draw; of no meaning once the shard is explained or failed.
ALTER TABLE "shard" ADD COLUMN "claimed_until" TIMESTAMPTZ(3);
