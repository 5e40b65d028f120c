-- What a table shows of a score set, summed up once: a table over ten million scores reads a few hundred rows.

CREATE TABLE "score_summary" (
    "score_set_id" INTEGER NOT NULL,
    "planned" INTEGER NOT NULL,
    "measure_ordinal" INTEGER NOT NULL,
    "samples" INTEGER NOT NULL,
    "degenerate" INTEGER NOT NULL,
    "ones" INTEGER NOT NULL,
    "non_zero" INTEGER NOT NULL,
    "sum" DECIMAL,
    "mean" DOUBLE PRECISION,
    "variance" DOUBLE PRECISION,
    "largest" INTEGER,
    CONSTRAINT "score_summary_pkey" PRIMARY KEY ("score_set_id", "planned", "measure_ordinal")
);
ALTER TABLE "score_summary" ADD CONSTRAINT "score_summary_score_set_id_fkey"
    FOREIGN KEY ("score_set_id") REFERENCES "score_set" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

COMMENT ON TABLE "score_summary" IS 'Samples 0 … planned − 1 of a score set, summed up by measure when a run finished. Triggers on score remove what is no longer so; then the views read the scores again.';
COMMENT ON COLUMN "score_summary"."samples" IS 'How many of them had a score.';
COMMENT ON COLUMN "score_summary"."sum" IS 'The exact sum, for measures with aggregate mean.';
COMMENT ON COLUMN "score_summary"."largest" IS 'How often the most frequent value occurs, for measures with aggregate collapse.';

-- New scores only change the summary of a set that was not complete; any other change, every summary of its sets. A writer of scores
-- holds its sets' rows for key share until it commits, and a summary is made under their row locks: none is made from what is not there yet.
-- Runs with the owner's rights, so that workers need none on the table.
CREATE FUNCTION "forget_summaries"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        DELETE FROM "score_summary" k USING (SELECT DISTINCT "score_set_id" FROM "after") c
        WHERE k."score_set_id" = c."score_set_id" AND k."samples" < k."planned";
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM "score_summary"
        WHERE "score_set_id" IN (SELECT "score_set_id" FROM "before" UNION SELECT "score_set_id" FROM "after");
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM "score_summary" WHERE "score_set_id" IN (SELECT "score_set_id" FROM "before");
    ELSE
        DELETE FROM "score_summary";
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "scores_added" AFTER INSERT ON "score"
    REFERENCING NEW TABLE AS "after" FOR EACH STATEMENT EXECUTE FUNCTION "forget_summaries"();
CREATE TRIGGER "scores_changed" AFTER UPDATE ON "score"
    REFERENCING OLD TABLE AS "before" NEW TABLE AS "after" FOR EACH STATEMENT EXECUTE FUNCTION "forget_summaries"();
CREATE TRIGGER "scores_removed" AFTER DELETE ON "score"
    REFERENCING OLD TABLE AS "before" FOR EACH STATEMENT EXECUTE FUNCTION "forget_summaries"();
CREATE TRIGGER "scores_truncated" AFTER TRUNCATE ON "score"
    FOR EACH STATEMENT EXECUTE FUNCTION "forget_summaries"();

-- A float8 becomes numeric by way of its text: the direct cast keeps only 15 digits. Sums of numeric are exact, so that
-- means and variances do not depend on the order the rows are found in.
CREATE VIEW "measure_summary" AS
SELECT
    e."run_id",
    e."id" AS "evaluation_id",
    es."ordinal" AS "setting_ordinal",
    ss."id" AS "score_set_id",
    e."samples" AS "planned",
    (m."position" - 1)::integer AS "measure_ordinal",
    m."measure",
    m."aggregate",
    coalesce(k."samples", a."samples"::integer) AS "samples",
    coalesce(k."degenerate", a."degenerate"::integer) AS "degenerate",
    coalesce(k."ones", a."ones"::integer) AS "ones",
    coalesce(k."non_zero", a."non_zero"::integer) AS "non_zero",
    coalesce(k."sum", a."sum") AS "sum",
    coalesce(k."mean", a."mean") AS "mean",
    coalesce(k."variance", a."variance") AS "variance",
    coalesce(k."largest", c."largest"::integer) AS "largest"
FROM "evaluation" e
JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
CROSS JOIN LATERAL unnest(ss."measure_names", ss."aggregates") WITH ORDINALITY AS m ("measure", "aggregate", "position")
LEFT JOIN "score_summary" k
    ON k."score_set_id" = ss."id" AND k."planned" = e."samples" AND k."measure_ordinal" = m."position" - 1
-- Where a measure is summed up, its scores are not looked at.
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
            "measures"[m."position"] AS "value",
            CASE WHEN m."aggregate" = 'mean' THEN "measures"[m."position"]::text::numeric END AS "exact"
        FROM "score"
        WHERE k."score_set_id" IS NULL AND "score_set_id" = ss."id" AND "sample_index" < e."samples"
        -- Not merged into the aggregate: the conversion is what takes the time, and is done once.
        OFFSET 0
    ) s
) a
LEFT JOIN LATERAL (
    SELECT max(v."times") AS "largest"
    FROM (
        SELECT count(*) AS "times"
        FROM "score" s
        WHERE k."score_set_id" IS NULL AND m."aggregate" = 'collapse' AND s."score_set_id" = ss."id" AND s."sample_index" < e."samples"
        GROUP BY s."measures"[m."position"]
    ) v
) c ON true;

COMMENT ON VIEW "measure_summary" IS 'One row per evaluation × setting × measure: sums and counts over its samples, from score_summary or, where that has none, from the scores.';

CREATE OR REPLACE VIEW "table_row" AS
SELECT
    a."run_id",
    o."run_name",
    o."run_state",
    o."created_at",
    o."evaluation_id",
    o."evaluation",
    o."dataset",
    o."model",
    o."method",
    o."label",
    o."engine",
    o."explained_class",
    es."ordinal" AS "setting_ordinal",
    ss."metric",
    ss."scored_class",
    ss."setting",
    a."measure_ordinal",
    a."measure",
    a."aggregate",
    a."samples",
    o."planned",
    a."degenerate",
    CASE a."aggregate"
        WHEN 'mean' THEN CASE WHEN d."divisor" IS NULL THEN a."mean" ELSE (a."sum" / d."divisor")::double precision END
        WHEN 'share' THEN CASE WHEN a."samples" > 0 THEN a."ones"::double precision / coalesce(d."divisor", a."samples") END
        WHEN 'count' THEN a."non_zero"::double precision
        WHEN 'collapse' THEN a."largest"::double precision / nullif(a."samples", 0)
    END AS "value",
    CASE WHEN d."divisor" IS NULL THEN a."variance"
        ELSE a."variance" * (a."samples"::double precision / d."divisor") ^ 2 END AS "variance",
    a."ones",
    a."non_zero",
    d."divisor"
-- Who asks for one run must not wait for the scores of others: its id is that of measure_summary, which reads them.
FROM "measure_summary" a
JOIN "evaluation_overview" o ON o."evaluation_id" = a."evaluation_id"
JOIN "evaluation_setting" es ON es."evaluation_id" = a."evaluation_id" AND es."ordinal" = a."setting_ordinal"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
CROSS JOIN LATERAL (
    -- The plan says of which measures.
    SELECT CASE WHEN p."planned" -> 'measures' ? a."measure" THEN (p."planned" ->> 'value')::integer END AS "divisor"
    FROM (
        SELECT e."plan" #> ARRAY['settings', es."ordinal"::text, 'divisor'] AS "planned"
        FROM "evaluation" e WHERE e."id" = o."evaluation_id"
    ) p
) d;

-- Runs that have finished are summed up now.
INSERT INTO "score_summary"
SELECT DISTINCT ON (m."score_set_id", m."planned", m."measure_ordinal")
    m."score_set_id", m."planned", m."measure_ordinal", m."samples", m."degenerate", m."ones", m."non_zero",
    m."sum", m."mean", m."variance", m."largest"
FROM "measure_summary" m JOIN "run" r ON r."id" = m."run_id"
WHERE r."state" IN ('done', 'done-with-failures');
