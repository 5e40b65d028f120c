-- Between which values the other measures lie where one measure is in a range: a page that is filtered by one measure and sorted by another
-- starts where rows that pass can be, not at the end of the order. Before, drops of 0.5 to 0.6 sorted by the masked probability walked
-- through all that lies above a half, where none is, and then read every row that passes.

CREATE TABLE "score_bound" (
    "score_set_id" INTEGER NOT NULL,
    "planned" INTEGER NOT NULL,
    "measure_ordinal" INTEGER NOT NULL,
    "bucket" INTEGER NOT NULL,
    "rows" INTEGER NOT NULL,
    "lowest" DOUBLE PRECISION[] NOT NULL,
    "highest" DOUBLE PRECISION[] NOT NULL,
    CONSTRAINT "score_bound_pkey" PRIMARY KEY ("score_set_id", "planned", "measure_ordinal", "bucket")
);
-- They go with the summary they were made with: see forget_summaries.
ALTER TABLE "score_bound" ADD CONSTRAINT "score_bound_summary_fkey"
    FOREIGN KEY ("score_set_id", "planned", "measure_ordinal")
    REFERENCES "score_summary" ("score_set_id", "planned", "measure_ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

COMMENT ON TABLE "score_bound" IS 'The scores of samples 0 … planned − 1 of a set in buckets by the value of one measure: between what each measure lies there.';
COMMENT ON COLUMN "score_bound"."lowest" IS 'By measure, from 1 to the sixth.';
COMMENT ON COLUMN "score_bound"."highest" IS 'As lowest; NaN is the largest.';
