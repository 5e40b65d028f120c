-- Runs: what was asked for.

CREATE TYPE "run_state" AS ENUM ('planned', 'running', 'done', 'done-with-failures', 'failed', 'cancelled', 'interrupted');
CREATE TYPE "shard_state" AS ENUM ('planned', 'explained', 'scored', 'failed');
CREATE TYPE "stage" AS ENUM ('explain', 'score');

CREATE TABLE "run" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" "run_state" NOT NULL DEFAULT 'planned',
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "spec_text" TEXT NOT NULL,
    "versions" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "error_code" TEXT,
    "error_message" TEXT,
    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "run_created_at" ON "run" ("created_at", "id");

COMMENT ON TABLE "run" IS 'One execution of a run spec.';
COMMENT ON COLUMN "run"."spec_text" IS 'The spec as the user wrote it, before ${VAR} was filled in.';
COMMENT ON COLUMN "run"."versions" IS 'What made the run: versions of xaigrid and Node, the platform.';
COMMENT ON COLUMN "run"."cancel_requested" IS 'Workers skip the tasks of such a run.';

-- Sets: what is computed, known by the hash of everything it depends on, shared among runs.

CREATE TABLE "map_set" (
    "id" SERIAL NOT NULL,
    "key" CHAR(64) NOT NULL,
    "shape" INTEGER[] NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "map_set_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "map_set_key_key" ON "map_set" ("key");

COMMENT ON TABLE "map_set" IS 'Maps that depend on the same model, data set, explainer, parameters, explained class, engine and seed.';
COMMENT ON COLUMN "map_set"."key" IS 'The map key: a SHA-256 over everything its maps depend on besides the sample index.';
COMMENT ON COLUMN "map_set"."shape" IS 'Shape of one map, C order; empty until the first map is stored.';

CREATE TABLE "map" (
    "map_set_id" INTEGER NOT NULL,
    "sample_index" INTEGER NOT NULL,
    "degenerate" BOOLEAN NOT NULL,
    "diagnostics" JSONB NOT NULL,
    "data" BYTEA NOT NULL,
    CONSTRAINT "map_pkey" PRIMARY KEY ("map_set_id", "sample_index")
);
-- Noise-like float bytes do not compress; trying to costs more than writing them.
ALTER TABLE "map" ALTER COLUMN "data" SET STORAGE EXTERNAL;

COMMENT ON TABLE "map" IS 'One explanation map a sample.';
COMMENT ON COLUMN "map"."sample_index" IS 'Position in the data set, from 0.';
COMMENT ON COLUMN "map"."degenerate" IS 'The map says nothing (nothing was found to show).';
COMMENT ON COLUMN "map"."diagnostics" IS 'Numbers the explainer gave with the map, for example its additivity error.';
COMMENT ON COLUMN "map"."data" IS 'Raw little-endian float32, C order, of map_set.shape. In numpy: np.frombuffer(data, "<f4").reshape(shape).';

CREATE TABLE "prediction_set" (
    "id" SERIAL NOT NULL,
    "key" CHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "prediction_set_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "prediction_set_key_key" ON "prediction_set" ("key");

COMMENT ON TABLE "prediction_set" IS 'Predictions on unmasked samples that depend on the same model, data set and engine.';

CREATE TABLE "prediction" (
    "prediction_set_id" INTEGER NOT NULL,
    "sample_index" INTEGER NOT NULL,
    "true_class" INTEGER NOT NULL,
    "predicted_class" INTEGER NOT NULL,
    "outputs" REAL[] NOT NULL,
    CONSTRAINT "prediction_pkey" PRIMARY KEY ("prediction_set_id", "sample_index")
);

COMMENT ON TABLE "prediction" IS 'The model''s outputs on one unmasked sample.';
COMMENT ON COLUMN "prediction"."true_class" IS 'The sample''s label.';
COMMENT ON COLUMN "prediction"."predicted_class" IS 'The first class with the largest output, from 0.';
COMMENT ON COLUMN "prediction"."outputs" IS 'One output a class.';

CREATE TABLE "score_set" (
    "id" SERIAL NOT NULL,
    "key" CHAR(64) NOT NULL,
    "metric" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "scored_class" TEXT NOT NULL,
    "setting" JSONB NOT NULL,
    "measure_names" TEXT[] NOT NULL,
    "aggregates" TEXT[] NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "score_set_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "score_set_aggregate_a_measure" CHECK (cardinality("measure_names") = cardinality("aggregates"))
);
CREATE UNIQUE INDEX "score_set_key_key" ON "score_set" ("key");

COMMENT ON TABLE "score_set" IS 'Scores of one map set by one metric at one setting.';
COMMENT ON COLUMN "score_set"."version" IS 'The version of the metric''s algorithm.';
COMMENT ON COLUMN "score_set"."setting" IS 'For example {"keepFraction": 0.3}.';
COMMENT ON COLUMN "score_set"."measure_names" IS 'What score.measures holds, in this order.';
COMMENT ON COLUMN "score_set"."aggregates" IS 'How each measure is summed up: mean, share (of ones), count (of non-zeros), collapse (largest share of one value).';

CREATE TABLE "score" (
    "score_set_id" INTEGER NOT NULL,
    "sample_index" INTEGER NOT NULL,
    "degenerate" BOOLEAN NOT NULL,
    "measures" DOUBLE PRECISION[] NOT NULL,
    CONSTRAINT "score_pkey" PRIMARY KEY ("score_set_id", "sample_index")
);

COMMENT ON TABLE "score" IS 'The score of one sample at one setting.';
COMMENT ON COLUMN "score"."degenerate" IS 'The map that was scored is degenerate.';
COMMENT ON COLUMN "score"."measures" IS 'Named by score_set.measure_names.';

-- What a run consists of.

CREATE TABLE "evaluation" (
    "id" SERIAL NOT NULL,
    "run_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "plan" JSONB NOT NULL,
    "samples" INTEGER NOT NULL,
    "map_set_id" INTEGER NOT NULL,
    "prediction_set_id" INTEGER NOT NULL,
    CONSTRAINT "evaluation_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "evaluation_run_id_ordinal_key" ON "evaluation" ("run_id", "ordinal");
CREATE UNIQUE INDEX "evaluation_id_run_id_key" ON "evaluation" ("id", "run_id");
CREATE INDEX "evaluation_map_set_id_idx" ON "evaluation" ("map_set_id");
CREATE INDEX "evaluation_prediction_set_id_idx" ON "evaluation" ("prediction_set_id");

COMMENT ON TABLE "evaluation" IS 'One data set × one model × one explainer with fixed parameters.';
COMMENT ON COLUMN "evaluation"."ordinal" IS 'Position in the run, from 0.';
COMMENT ON COLUMN "evaluation"."plan" IS 'Everything a worker needs to know, with hashes of model, data set and files.';
COMMENT ON COLUMN "evaluation"."samples" IS 'Samples 0 … samples − 1 take part.';

CREATE TABLE "evaluation_setting" (
    "evaluation_id" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "score_set_id" INTEGER NOT NULL,
    CONSTRAINT "evaluation_setting_pkey" PRIMARY KEY ("evaluation_id", "ordinal")
);
CREATE INDEX "evaluation_setting_score_set_id_idx" ON "evaluation_setting" ("score_set_id");

COMMENT ON TABLE "evaluation_setting" IS 'The settings an evaluation is scored at, in the order of its plan.';

CREATE TABLE "shard" (
    "id" BIGSERIAL NOT NULL,
    "run_id" TEXT NOT NULL,
    "evaluation_id" INTEGER NOT NULL,
    "sample_start" INTEGER NOT NULL,
    "sample_end" INTEGER NOT NULL,
    "state" "shard_state" NOT NULL DEFAULT 'planned',
    "explain_attempts" INTEGER NOT NULL DEFAULT 0,
    "score_attempts" INTEGER NOT NULL DEFAULT 0,
    "worker" TEXT,
    "maps_computed" INTEGER NOT NULL DEFAULT 0,
    "maps_reused" INTEGER NOT NULL DEFAULT 0,
    "scores_computed" INTEGER NOT NULL DEFAULT 0,
    "scores_reused" INTEGER NOT NULL DEFAULT 0,
    "failed_stage" "stage",
    "error_code" TEXT,
    "error_message" TEXT,
    "explained_at" TIMESTAMPTZ(3),
    "scored_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    CONSTRAINT "shard_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "shard_not_empty" CHECK ("sample_start" >= 0 AND "sample_start" < "sample_end")
);
CREATE UNIQUE INDEX "shard_evaluation_id_sample_start_key" ON "shard" ("evaluation_id", "sample_start");
CREATE INDEX "shard_run_state" ON "shard" ("run_id", "state", "id");

COMMENT ON TABLE "shard" IS 'A contiguous range of samples of one evaluation: the unit of work.';
COMMENT ON COLUMN "shard"."sample_end" IS 'The first sample after the shard.';
COMMENT ON COLUMN "shard"."state" IS 'planned, explained (maps stored), scored (scores stored); or failed.';
COMMENT ON COLUMN "shard"."worker" IS 'Who made the last attempt.';
COMMENT ON COLUMN "shard"."maps_computed" IS 'Maps that were computed for this shard; maps_reused were stored already.';

-- Files that travel to workers.

CREATE TABLE "artifact" (
    "sha256" CHAR(64) NOT NULL,
    "size" BIGINT NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "artifact_pkey" PRIMARY KEY ("sha256")
);
CREATE TABLE "artifact_chunk" (
    "sha256" CHAR(64) NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,
    CONSTRAINT "artifact_chunk_pkey" PRIMARY KEY ("sha256", "ordinal")
);
ALTER TABLE "artifact_chunk" ALTER COLUMN "data" SET STORAGE EXTERNAL;

COMMENT ON TABLE "artifact" IS 'A model or data file that workers need, known by its content.';
COMMENT ON COLUMN "artifact"."used_at" IS 'When somebody last planned to use it; it is not collected as garbage soon after.';
COMMENT ON TABLE "artifact_chunk" IS 'The file''s bytes, cut into chunks.';

ALTER TABLE "map" ADD CONSTRAINT "map_map_set_id_fkey"
    FOREIGN KEY ("map_set_id") REFERENCES "map_set" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "prediction" ADD CONSTRAINT "prediction_prediction_set_id_fkey"
    FOREIGN KEY ("prediction_set_id") REFERENCES "prediction_set" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "score" ADD CONSTRAINT "score_score_set_id_fkey"
    FOREIGN KEY ("score_set_id") REFERENCES "score_set" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "evaluation" ADD CONSTRAINT "evaluation_run_id_fkey"
    FOREIGN KEY ("run_id") REFERENCES "run" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "evaluation" ADD CONSTRAINT "evaluation_map_set_id_fkey"
    FOREIGN KEY ("map_set_id") REFERENCES "map_set" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "evaluation" ADD CONSTRAINT "evaluation_prediction_set_id_fkey"
    FOREIGN KEY ("prediction_set_id") REFERENCES "prediction_set" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "evaluation_setting" ADD CONSTRAINT "evaluation_setting_evaluation_id_fkey"
    FOREIGN KEY ("evaluation_id") REFERENCES "evaluation" ("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "evaluation_setting" ADD CONSTRAINT "evaluation_setting_score_set_id_fkey"
    FOREIGN KEY ("score_set_id") REFERENCES "score_set" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "shard" ADD CONSTRAINT "shard_evaluation_id_run_id_fkey"
    FOREIGN KEY ("evaluation_id", "run_id") REFERENCES "evaluation" ("id", "run_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "artifact_chunk" ADD CONSTRAINT "artifact_chunk_sha256_fkey"
    FOREIGN KEY ("sha256") REFERENCES "artifact" ("sha256") ON DELETE CASCADE ON UPDATE CASCADE;
