-- A run that is limited need not take the first samples: an evaluation may have a choice, which says which it takes. What is stored of
-- samples stays under their index in the data set, whatever the choice.

CREATE TABLE "sample_choice" (
    "id" SERIAL PRIMARY KEY,
    "key" CHAR(64) NOT NULL,
    "samples" INTEGER NOT NULL
);
CREATE UNIQUE INDEX "sample_choice_key_key" ON "sample_choice" ("key");

CREATE TABLE "chosen_sample" (
    "choice_id" INTEGER NOT NULL,
    "sample_index" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    CONSTRAINT "chosen_sample_pkey" PRIMARY KEY ("choice_id", "sample_index")
);
CREATE UNIQUE INDEX "chosen_sample_choice_id_position_key" ON "chosen_sample" ("choice_id", "position");
ALTER TABLE "chosen_sample" ADD CONSTRAINT "chosen_sample_choice_id_fkey"
    FOREIGN KEY ("choice_id") REFERENCES "sample_choice" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

COMMENT ON TABLE "sample_choice" IS 'Samples that evaluations take which are not the first of their data set. Choices are shared among evaluations and runs.';
COMMENT ON COLUMN "sample_choice"."key" IS 'SHA-256 of the indices, ascending, joined by commas.';
COMMENT ON TABLE "chosen_sample" IS 'The samples of a choice.';
COMMENT ON COLUMN "chosen_sample"."position" IS 'Of the sample among those chosen, from 0, by ascending index.';

ALTER TABLE "evaluation" ADD COLUMN "choice_id" INTEGER, ADD COLUMN "sample_bound" INTEGER;
ALTER TABLE "evaluation" ADD CONSTRAINT "evaluation_choice_id_fkey"
    FOREIGN KEY ("choice_id") REFERENCES "sample_choice" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "evaluation_choice_id_idx" ON "evaluation" ("choice_id");

COMMENT ON COLUMN "evaluation"."samples" IS 'How many samples take part: the first of the data set, or those of choice_id.';
COMMENT ON COLUMN "evaluation"."sample_bound" IS 'With a choice: the index after that of its last sample.';
COMMENT ON COLUMN "shard"."sample_start" IS 'Position among the evaluation''s samples, which is the sample''s index where the evaluation has no choice.';

-- Summaries and bounds know whose they are: 0 is no choice, the first samples.
ALTER TABLE "score_bound" DROP CONSTRAINT "score_bound_summary_fkey", DROP CONSTRAINT "score_bound_pkey",
    ADD COLUMN "choice" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "score_summary" DROP CONSTRAINT "score_summary_pkey", ADD COLUMN "choice" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "score_summary" ADD CONSTRAINT "score_summary_pkey" PRIMARY KEY ("score_set_id", "planned", "choice", "measure_ordinal");
ALTER TABLE "score_bound" ADD CONSTRAINT "score_bound_pkey" PRIMARY KEY ("score_set_id", "planned", "choice", "measure_ordinal", "bucket");
ALTER TABLE "score_bound" ADD CONSTRAINT "score_bound_summary_fkey"
    FOREIGN KEY ("score_set_id", "planned", "choice", "measure_ordinal")
    REFERENCES "score_summary" ("score_set_id", "planned", "choice", "measure_ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

COMMENT ON TABLE "score_summary" IS 'Of a score set the samples of a choice, or samples 0 … planned − 1, summed up by measure when a run finished. Triggers on score remove what is no longer so; then the views read the scores again.';
COMMENT ON COLUMN "score_summary"."choice" IS 'The choice of samples; 0: the first.';

-- Summaries of a choice that is gone are nobody's.
CREATE FUNCTION "forget_choice"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM "score_summary" WHERE "choice" = OLD."id";
    RETURN NULL;
END $$;
CREATE TRIGGER "choice_removed" AFTER DELETE ON "sample_choice" FOR EACH ROW EXECUTE FUNCTION "forget_choice"();

CREATE OR REPLACE VIEW "evaluation_overview" AS
SELECT
    r."id" AS "run_id",
    r."name" AS "run_name",
    r."state" AS "run_state",
    r."created_at",
    e."id" AS "evaluation_id",
    e."ordinal" AS "evaluation",
    e."plan" #>> '{dataset,name}' AS "dataset",
    e."plan" #>> '{model,name}' AS "model",
    e."plan" #>> '{explainer,method}' AS "method",
    e."plan" ->> 'label' AS "label",
    e."plan" ->> 'engine' AS "engine",
    e."plan" ->> 'explainedClass' AS "explained_class",
    e."samples" AS "planned",
    e."map_set_id",
    e."prediction_set_id",
    (e."plan" #>> '{dataset,size}')::integer AS "dataset_size",
    e."choice_id",
    e."sample_bound",
    e."plan" -> 'chosen' AS "chosen"
FROM "run" r
JOIN "evaluation" e ON e."run_id" = r."id";

COMMENT ON COLUMN "evaluation_overview"."planned" IS 'How many of the data set''s dataset_size samples take part.';
COMMENT ON COLUMN "evaluation_overview"."chosen" IS 'How they were chosen; NULL: they are the first.';

-- A float8 becomes numeric by way of its text: the direct cast keeps only 15 digits. Sums of numeric are exact, so that
-- means and variances do not depend on the order the rows are found in.
CREATE OR REPLACE VIEW "measure_summary" AS
SELECT
    e."run_id",
    e."id" AS "evaluation_id",
    es."ordinal" AS "setting_ordinal",
    ss."id" AS "score_set_id",
    e."samples" AS "planned",
    k."measure_ordinal",
    ss."measure_names"[k."measure_ordinal" + 1] AS "measure",
    ss."aggregates"[k."measure_ordinal" + 1] AS "aggregate",
    k."samples",
    k."degenerate",
    k."ones",
    k."non_zero",
    k."sum",
    k."mean",
    k."variance",
    k."largest",
    k."choice"
FROM "evaluation" e
JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
JOIN "score_summary" k ON k."score_set_id" = ss."id" AND k."planned" = e."samples" AND k."choice" = coalesce(e."choice_id", 0)
UNION ALL
SELECT
    m."run_id", m."evaluation_id", m."setting_ordinal", m."score_set_id", m."planned", m."measure_ordinal", m."measure", m."aggregate",
    a."samples"::integer, a."degenerate"::integer, a."ones"::integer, a."non_zero"::integer, a."sum", a."mean", a."variance", c."largest"::integer,
    m."choice"
FROM (
    SELECT
        e."run_id",
        e."id" AS "evaluation_id",
        es."ordinal" AS "setting_ordinal",
        ss."id" AS "score_set_id",
        e."samples" AS "planned",
        (n."position" - 1)::integer AS "measure_ordinal",
        n."measure",
        n."aggregate",
        coalesce(e."choice_id", 0) AS "choice",
        coalesce(e."sample_bound", e."samples") AS "bound"
    FROM "evaluation" e
    JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
    JOIN "score_set" ss ON ss."id" = es."score_set_id"
    CROSS JOIN LATERAL unnest(ss."measure_names", ss."aggregates") WITH ORDINALITY AS n ("measure", "aggregate", "position")
) m
CROSS JOIN LATERAL (
    SELECT
        count(*) AS "samples",
        count(*) FILTER (WHERE s."degenerate") AS "degenerate",
        count(*) FILTER (WHERE s."value" = 1) AS "ones",
        count(*) FILTER (WHERE s."value" <> 0) AS "non_zero",
        sum(s."exact") AS "sum",
        avg(s."exact")::double precision AS "mean",
        var_samp(s."exact")::double precision AS "variance"
    FROM (
        SELECT
            "degenerate",
            "measures"[m."measure_ordinal" + 1] AS "value",
            CASE WHEN m."aggregate" = 'mean' THEN "measures"[m."measure_ordinal" + 1]::text::numeric END AS "exact"
        FROM "score" t
        WHERE t."score_set_id" = m."score_set_id" AND t."sample_index" < m."bound" AND (m."choice" = 0 OR EXISTS (
            SELECT FROM "chosen_sample" h WHERE h."choice_id" = m."choice" AND h."sample_index" = t."sample_index"))
        -- Not merged into the aggregate: the conversion is what takes the time, and is done once.
        OFFSET 0
    ) s
) a
LEFT JOIN LATERAL (
    SELECT max(v."times") AS "largest"
    FROM (
        SELECT count(*) AS "times"
        FROM "score" s
        WHERE m."aggregate" = 'collapse' AND s."score_set_id" = m."score_set_id" AND s."sample_index" < m."bound"
            AND (m."choice" = 0 OR EXISTS (
                SELECT FROM "chosen_sample" h WHERE h."choice_id" = m."choice" AND h."sample_index" = s."sample_index"))
        GROUP BY s."measures"[m."measure_ordinal" + 1]
    ) v
) c ON true
WHERE NOT EXISTS (
    SELECT FROM "score_summary" k
    WHERE k."score_set_id" = m."score_set_id" AND k."planned" = m."planned" AND k."choice" = m."choice"
        AND k."measure_ordinal" = m."measure_ordinal"
);

CREATE OR REPLACE VIEW "sample_score" AS
SELECT
    o."run_id",
    o."run_name",
    o."evaluation",
    o."dataset",
    o."model",
    o."method",
    o."label",
    ss."metric",
    es."ordinal" AS "setting_ordinal",
    ss."setting",
    s."sample_index",
    p."true_class",
    p."predicted_class",
    s."degenerate",
    m."measure",
    m."value",
    p."true_classes"
FROM "evaluation_overview" o
JOIN "evaluation_setting" es ON es."evaluation_id" = o."evaluation_id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
JOIN "score" s ON s."score_set_id" = ss."id" AND s."sample_index" < coalesce(o."sample_bound", o."planned")
    AND (o."choice_id" IS NULL OR EXISTS (
        SELECT FROM "chosen_sample" h WHERE h."choice_id" = o."choice_id" AND h."sample_index" = s."sample_index"))
JOIN "prediction" p ON p."prediction_set_id" = o."prediction_set_id" AND p."sample_index" = s."sample_index"
CROSS JOIN LATERAL unnest(ss."measure_names", s."measures") AS m ("measure", "value")
-- Settings that only differ in their divisor have the same scores: these are shown once.
WHERE NOT EXISTS (
    SELECT FROM "evaluation_setting" b
    WHERE b."evaluation_id" = es."evaluation_id" AND b."score_set_id" = es."score_set_id" AND b."ordinal" < es."ordinal"
);
