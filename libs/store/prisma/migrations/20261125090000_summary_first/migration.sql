-- Measures that are summed up come from their summaries alone. Before, the parts that read the scores were set up for each of them as well,
-- to read nothing: 0.2 of the 0.28 s that the table of 1,000 settings took.

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
    k."largest"
FROM "evaluation" e
JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
JOIN "score_set" ss ON ss."id" = es."score_set_id"
JOIN "score_summary" k ON k."score_set_id" = ss."id" AND k."planned" = e."samples"
UNION ALL
SELECT
    m."run_id", m."evaluation_id", m."setting_ordinal", m."score_set_id", m."planned", m."measure_ordinal", m."measure", m."aggregate",
    a."samples"::integer, a."degenerate"::integer, a."ones"::integer, a."non_zero"::integer, a."sum", a."mean", a."variance", c."largest"::integer
FROM (
    SELECT
        e."run_id",
        e."id" AS "evaluation_id",
        es."ordinal" AS "setting_ordinal",
        ss."id" AS "score_set_id",
        e."samples" AS "planned",
        (n."position" - 1)::integer AS "measure_ordinal",
        n."measure",
        n."aggregate"
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
        FROM "score"
        WHERE "score_set_id" = m."score_set_id" AND "sample_index" < m."planned"
        -- Not merged into the aggregate: the conversion is what takes the time, and is done once.
        OFFSET 0
    ) s
) a
LEFT JOIN LATERAL (
    SELECT max(v."times") AS "largest"
    FROM (
        SELECT count(*) AS "times"
        FROM "score" s
        WHERE m."aggregate" = 'collapse' AND s."score_set_id" = m."score_set_id" AND s."sample_index" < m."planned"
        GROUP BY s."measures"[m."measure_ordinal" + 1]
    ) v
) c ON true
WHERE NOT EXISTS (
    SELECT FROM "score_summary" k
    WHERE k."score_set_id" = m."score_set_id" AND k."planned" = m."planned" AND k."measure_ordinal" = m."measure_ordinal"
);

-- By the score set, of which measure_summary knows: with the settings joined once more Postgres expects 1 row in 80 and loops over the rest.
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
    a."setting_ordinal",
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
JOIN "score_set" ss ON ss."id" = a."score_set_id"
CROSS JOIN LATERAL (
    -- The plan says of which measures.
    SELECT CASE WHEN p."planned" -> 'measures' ? a."measure" THEN (p."planned" ->> 'value')::integer END AS "divisor"
    FROM (
        SELECT e."plan" #> ARRAY['settings', a."setting_ordinal"::text, 'divisor'] AS "planned"
        FROM "evaluation" e WHERE e."id" = o."evaluation_id"
    ) p
) d;
