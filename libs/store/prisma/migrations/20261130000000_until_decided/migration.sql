-- A run may take samples in random order until pairs of methods are decided. Its evaluations grow then: what they take is a choice that is
-- replaced by a larger one, while their shards keep their places in the order.
ALTER TABLE "run" ADD COLUMN "until_decided" JSONB, ADD COLUMN "decisions" JSONB;
COMMENT ON COLUMN "run"."until_decided" IS 'What must be decided before the run stops; NULL: it takes all the samples of its evaluations.';
COMMENT ON COLUMN "run"."decisions" IS 'What the samples so far decide, as of the last look.';

ALTER TABLE "evaluation" ADD COLUMN "order_id" INTEGER, ADD COLUMN "shard_size" INTEGER;
ALTER TABLE "evaluation" ADD CONSTRAINT "evaluation_order_id_fkey"
    FOREIGN KEY ("order_id") REFERENCES "sample_choice" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "evaluation_order_id_idx" ON "evaluation" ("order_id");
COMMENT ON COLUMN "evaluation"."order_id" IS 'The order in which samples are taken: choice_id has the first ones of it. NULL: the evaluation does not grow.';
COMMENT ON COLUMN "evaluation"."shard_size" IS 'Samples of a new shard, where the evaluation grows.';
COMMENT ON COLUMN "shard"."sample_start" IS 'Position in the order of the evaluation, or among the samples of its choice. Without either it is the sample''s index.';
COMMENT ON COLUMN "sample_choice"."key" IS 'SHA-256 of the indices by position, joined by commas.';
COMMENT ON COLUMN "chosen_sample"."position" IS 'Of the sample among those chosen, from 0: by ascending index, or in an order by its place.';
