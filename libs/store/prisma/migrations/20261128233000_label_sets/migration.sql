-- Samples that may be of several classes, or of none, have a set of labels in place of one. Rows that are there keep their one label.

ALTER TABLE "prediction" ADD COLUMN "true_classes" INTEGER[];

COMMENT ON COLUMN "prediction"."true_class" IS 'The sample''s label; -1 where samples have sets of labels.';
COMMENT ON COLUMN "prediction"."true_classes" IS 'The sample''s set of labels, ascending, where samples have sets; else NULL.';

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
JOIN "score" s ON s."score_set_id" = ss."id" AND s."sample_index" < o."planned"
JOIN "prediction" p ON p."prediction_set_id" = o."prediction_set_id" AND p."sample_index" = s."sample_index"
CROSS JOIN LATERAL unnest(ss."measure_names", s."measures") AS m ("measure", "value")
-- Settings that only differ in their divisor have the same scores: these are shown once.
WHERE NOT EXISTS (
    SELECT FROM "evaluation_setting" b
    WHERE b."evaluation_id" = es."evaluation_id" AND b."score_set_id" = es."score_set_id" AND b."ordinal" < es."ordinal"
);
