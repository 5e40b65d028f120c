-- How often the queue had lost a shard's task, so that it was published again under a new message.
ALTER TABLE "run" ADD COLUMN "republished_shards" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "run" ADD COLUMN "republished_at" TIMESTAMPTZ(3);
COMMENT ON COLUMN "run"."republished_shards" IS 'Shards that had not moved for some leases and were published again; one that was lost twice counts twice.';
COMMENT ON COLUMN "run"."republished_at" IS 'When that was last done.';

COMMENT ON COLUMN "shard"."claimed_until" IS 'Until when the shard is a worker''s, which makes this later while it works; of no meaning once the shard has moved on.';
