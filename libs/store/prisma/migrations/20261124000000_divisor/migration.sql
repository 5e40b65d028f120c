-- A table may divide the sums of some measures by another number than that of the samples. Scores know nothing of it: two settings that
-- only differ in it share their score set.

-- A float8 becomes numeric by way of its text: the direct cast keeps only 15 digits. Sums of numeric are exact, so that
-- means and variances do not depend on the order the rows are found in.
CREATE OR REPLACE VIEW "table_row" AS
SELECT
    o."run_id",
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
    (m."position" - 1)::integer AS "measure_ordinal",
    m."measure",
    m."aggregate",
    a."samples"::integer AS "samples",
    o."planned",
    a."degenerate"::integer AS "degenerate",
    CASE m."aggregate"
        WHEN 'mean' THEN CASE WHEN d."divisor" IS NULL THEN a."mean" ELSE (a."sum" / d."divisor")::double precision END
        WHEN 'share' THEN CASE WHEN a."samples" > 0 THEN a."ones"::double precision / coalesce(d."divisor", a."samples") END
        WHEN 'count' THEN a."non_zero"::double precision
        WHEN 'collapse' THEN c."largest"::double precision / nullif(a."samples", 0)
    END AS "value",
    CASE WHEN d."divisor" IS NULL THEN a."variance"
        ELSE a."variance" * (a."samples"::double precision / d."divisor") ^ 2 END AS "variance",
    a."ones"::integer AS "ones",
    a."non_zero"::integer AS "non_zero",
    d."divisor"
FROM "evaluation_overview" o
JOIN "evaluation_setting" es ON es."evaluation_id" = o."evaluation_id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
CROSS JOIN LATERAL unnest(ss."measure_names", ss."aggregates") WITH ORDINALITY AS m ("measure", "aggregate", "position")
CROSS JOIN LATERAL (
    -- The plan says of which measures.
    SELECT CASE WHEN p."planned" -> 'measures' ? m."measure" THEN (p."planned" ->> 'value')::integer END AS "divisor"
    FROM (
        SELECT e."plan" #> ARRAY['settings', es."ordinal"::text, 'divisor'] AS "planned"
        FROM "evaluation" e WHERE e."id" = o."evaluation_id"
    ) p
) d
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
        WHERE "score_set_id" = ss."id" AND "sample_index" < o."planned"
        -- Not merged into the aggregate: the conversion is what takes the time, and is done once.
        OFFSET 0
    ) s
) a
LEFT JOIN LATERAL (
    SELECT max(v."times") AS "largest"
    FROM (
        SELECT count(*) AS "times"
        FROM "score" s
        WHERE m."aggregate" = 'collapse' AND s."score_set_id" = ss."id" AND s."sample_index" < o."planned"
        GROUP BY s."measures"[m."position"]
    ) v
) c ON true;

COMMENT ON COLUMN "table_row"."value" IS 'By aggregate: the mean; the share of ones; the number of non-zeros; the largest share of one value. With a divisor, mean and share are the sum divided by it.';
COMMENT ON COLUMN "table_row"."variance" IS 'Sample variance (n − 1) of what value is the mean of, for aggregate mean: the standard error of value is sqrt(variance / samples), also with a divisor.';
COMMENT ON COLUMN "table_row"."divisor" IS 'What the sum is divided by in place of samples; null for measures that are not.';

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
    m."value"
FROM "evaluation_overview" o
JOIN "evaluation_setting" es ON es."evaluation_id" = o."evaluation_id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
JOIN "score" s ON s."score_set_id" = ss."id" AND s."sample_index" < o."planned"
JOIN "prediction" p ON p."prediction_set_id" = o."prediction_set_id" AND p."sample_index" = s."sample_index"
CROSS JOIN LATERAL unnest(ss."measure_names", s."measures") AS m ("measure", "value")
-- Settings that only differ in their divisor have the same scores: these are shown once.
WHERE NOT EXISTS (
    SELECT FROM "evaluation_setting" b
    WHERE b."evaluation_id" = es."evaluation_id" AND b."score_set_id" = es."score_set_id" AND b."ordinal" < es."ordinal"
);
