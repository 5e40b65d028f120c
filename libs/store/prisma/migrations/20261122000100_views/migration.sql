-- Views for tables and for people with psql. Sets are shared among runs and may hold more samples than an evaluation has:
-- every view restricts to the evaluation's own.

CREATE VIEW "evaluation_overview" AS
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
    e."prediction_set_id"
FROM "run" r
JOIN "evaluation" e ON e."run_id" = r."id";

COMMENT ON VIEW "evaluation_overview" IS 'One row an evaluation: what was evaluated.';

-- A float8 becomes numeric by way of its text: the direct cast keeps only 15 digits. Sums of numeric are exact, so that
-- means and variances do not depend on the order the rows are found in.
CREATE VIEW "table_row" AS
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
        WHEN 'mean' THEN a."mean"
        WHEN 'share' THEN a."ones"::double precision / nullif(a."samples", 0)
        WHEN 'count' THEN a."non_zero"::double precision
        WHEN 'collapse' THEN c."largest"::double precision / nullif(a."samples", 0)
    END AS "value",
    a."variance",
    a."ones"::integer AS "ones",
    a."non_zero"::integer AS "non_zero"
FROM "evaluation_overview" o
JOIN "evaluation_setting" es ON es."evaluation_id" = o."evaluation_id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
CROSS JOIN LATERAL unnest(ss."measure_names", ss."aggregates") WITH ORDINALITY AS m ("measure", "aggregate", "position")
CROSS JOIN LATERAL (
    SELECT
        count(*) AS "samples",
        count(*) FILTER (WHERE s."degenerate") AS "degenerate",
        count(*) FILTER (WHERE s."value" = 1) AS "ones",
        count(*) FILTER (WHERE s."value" <> 0) AS "non_zero",
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

COMMENT ON VIEW "table_row" IS 'One row per run × evaluation × setting × measure: what tables are made of. Example: SELECT label, setting, measure, value FROM table_row WHERE run_id = ''…'' ORDER BY evaluation, setting_ordinal, measure_ordinal;';
COMMENT ON COLUMN "table_row"."samples" IS 'Samples scored so far; planned: all that take part.';
COMMENT ON COLUMN "table_row"."degenerate" IS 'Samples whose map says nothing; they count in value.';
COMMENT ON COLUMN "table_row"."value" IS 'By aggregate: the mean; the share of ones; the number of non-zeros; the largest share of one value.';
COMMENT ON COLUMN "table_row"."variance" IS 'Sample variance (n − 1), for aggregate mean.';

CREATE VIEW "sample_score" AS
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
CROSS JOIN LATERAL unnest(ss."measure_names", s."measures") AS m ("measure", "value");

COMMENT ON VIEW "sample_score" IS 'One row per run × evaluation × setting × sample × measure. Example: SELECT sample_index, true_class, value FROM sample_score WHERE run_id = ''…'' AND setting @> ''{"keepFraction": 0.3}'' AND measure = ''drop'' AND value > 0.5;';
