-- `sample_score` says which class a score reads: two rows of one metric and setting may differ in it alone.
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
    p."true_classes",
    ss."scored_class"
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
