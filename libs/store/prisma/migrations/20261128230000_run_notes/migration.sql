-- What people write about a run, and what it is about, so that lists need not open every evaluation.
ALTER TABLE "run"
    ADD COLUMN "tags" TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN "note" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "datasets" TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN "models" TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN "methods" TEXT[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN "run"."name" IS 'From the spec; may be changed later.';
COMMENT ON COLUMN "run"."tags" IS 'Words that people group runs by, in alphabetical order.';
COMMENT ON COLUMN "run"."note" IS 'What people wrote about the run.';
COMMENT ON COLUMN "run"."datasets" IS 'Names of the data sets of its evaluations, in their order.';
COMMENT ON COLUMN "run"."models" IS 'Names of the models of its evaluations, in their order.';
COMMENT ON COLUMN "run"."methods" IS 'Methods of its evaluations, in their order.';

UPDATE "run" r SET
    "datasets" = ARRAY(
        SELECT e."plan" #>> '{dataset,name}' FROM "evaluation" e WHERE e."run_id" = r."id" GROUP BY 1 ORDER BY min(e."ordinal")),
    "models" = ARRAY(
        SELECT e."plan" #>> '{model,name}' FROM "evaluation" e WHERE e."run_id" = r."id" GROUP BY 1 ORDER BY min(e."ordinal")),
    "methods" = ARRAY(
        SELECT e."plan" #>> '{explainer,method}' FROM "evaluation" e WHERE e."run_id" = r."id" GROUP BY 1 ORDER BY min(e."ordinal"));
