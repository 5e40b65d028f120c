-- What is left of a run is told by cost, not by count: each shard says what a sample of it costs at each stage, and the counts of a run
-- add it up. Shards of versions before, and those that they add while both run, count a sample as a sample.
ALTER TABLE "shard" ADD COLUMN "explain_work" BIGINT NOT NULL DEFAULT 1, ADD COLUMN "score_work" BIGINT NOT NULL DEFAULT 1;
COMMENT ON COLUMN "shard"."explain_work" IS 'MFLOP that the map of one sample takes, rounded up.';
COMMENT ON COLUMN "shard"."score_work" IS 'MFLOP that the scores of one sample take at all settings, rounded up.';

ALTER TABLE "run_progress" ADD COLUMN "work_total" BIGINT NOT NULL DEFAULT 0, ADD COLUMN "work_open" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "work_computed" BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN "run_progress"."work_total" IS 'MFLOP of all shards at both stages.';
COMMENT ON COLUMN "run_progress"."work_open" IS 'Of it what is still to do. Failed shards have none.';
COMMENT ON COLUMN "run_progress"."work_computed" IS 'Of it what was done by computing; the rest of what is done was stored already, or failed.';

-- MFLOP of a shard still to do.
CREATE FUNCTION "shard_work_open"("state" "shard_state", "samples" BIGINT, "explain_work" BIGINT, "score_work" BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE "state" WHEN 'planned' THEN "samples" * ("explain_work" + "score_work") WHEN 'explained' THEN "samples" * "score_work" ELSE 0 END
$$;

-- MFLOP of a shard that were computed. Maps are counted, not samples: of a shard that was cut the first piece keeps the counters. Of scores
-- that were stored in part the share that was computed; `numeric`, as the product may have more than 63 bits.
CREATE FUNCTION "shard_work_computed"(
    "samples" BIGINT, "explain_work" BIGINT, "score_work" BIGINT, "maps_computed" INTEGER, "scores_computed" INTEGER, "scores_reused" INTEGER
) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT "maps_computed" * "explain_work" + CASE
        WHEN "scores_computed" = 0 THEN 0
        WHEN "scores_reused" = 0 THEN "samples" * "score_work"
        ELSE div(("samples" * "score_work")::numeric * "scores_computed", "scores_computed"::numeric + "scores_reused")::bigint
    END
$$;

INSERT INTO "run_progress" AS p ("run_id", "slot", "work_total", "work_open", "work_computed")
SELECT "run_id", 0,
    sum(("sample_end" - "sample_start") * ("explain_work" + "score_work")),
    sum("shard_work_open"("state", "sample_end" - "sample_start", "explain_work", "score_work")),
    sum("shard_work_computed"("sample_end" - "sample_start", "explain_work", "score_work", "maps_computed", "scores_computed", "scores_reused"))
FROM "shard" GROUP BY "run_id"
ON CONFLICT ("run_id", "slot") DO UPDATE SET
    "work_total" = excluded."work_total", "work_open" = excluded."work_open", "work_computed" = excluded."work_computed";

-- As before, and the work.
CREATE OR REPLACE FUNCTION "count_shards"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "run_progress" AS p ("run_id", "slot", "shards_planned", "samples_planned", "work_total", "work_open")
        SELECT "run_id", pg_backend_pid() & 63, count(*), sum("sample_end" - "sample_start"),
            sum(("sample_end" - "sample_start") * ("explain_work" + "score_work")),
            sum(("sample_end" - "sample_start") * ("explain_work" + "score_work"))
        FROM "after" GROUP BY "run_id" ORDER BY "run_id"
        ON CONFLICT ("run_id", "slot") DO UPDATE SET
            "shards_planned" = p."shards_planned" + excluded."shards_planned",
            "samples_planned" = p."samples_planned" + excluded."samples_planned",
            "work_total" = p."work_total" + excluded."work_total",
            "work_open" = p."work_open" + excluded."work_open";
        RETURN NULL;
    END IF;
    INSERT INTO "run_progress" AS p
    SELECT c."run_id", pg_backend_pid() & 63,
        coalesce(sum(c."sign") FILTER (WHERE c."state" = 'planned'), 0), coalesce(sum(c."sign") FILTER (WHERE c."state" = 'explained'), 0),
        coalesce(sum(c."sign") FILTER (WHERE c."state" = 'scored'), 0), coalesce(sum(c."sign") FILTER (WHERE c."state" = 'failed'), 0),
        coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'planned'), 0), coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'explained'), 0),
        coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'scored'), 0), coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'failed'), 0),
        sum(c."sign" * c."maps_computed"), sum(c."sign" * c."maps_reused"),
        sum(c."sign" * c."scores_computed"), sum(c."sign" * c."scores_reused"),
        sum(c."sign" * c."samples" * (c."explain_work" + c."score_work")),
        sum(c."sign" * "shard_work_open"(c."state", c."samples", c."explain_work", c."score_work")),
        sum(c."sign" * "shard_work_computed"(c."samples", c."explain_work", c."score_work", c."maps_computed", c."scores_computed", c."scores_reused"))
    FROM (
        SELECT "run_id", "state", "sample_end" - "sample_start" AS "samples", 1 AS "sign",
            "maps_computed", "maps_reused", "scores_computed", "scores_reused", "explain_work", "score_work" FROM "after"
        UNION ALL
        SELECT "run_id", "state", "sample_end" - "sample_start", -1,
            "maps_computed", "maps_reused", "scores_computed", "scores_reused", "explain_work", "score_work" FROM "before"
    ) c
    -- Most statements only count an attempt.
    WHERE EXISTS (SELECT FROM "after" a JOIN "before" b ON a."id" = b."id" WHERE a."state" <> b."state")
    GROUP BY c."run_id" ORDER BY c."run_id"
    ON CONFLICT ("run_id", "slot") DO UPDATE SET
        "shards_planned" = p."shards_planned" + excluded."shards_planned",
        "shards_explained" = p."shards_explained" + excluded."shards_explained",
        "shards_scored" = p."shards_scored" + excluded."shards_scored",
        "shards_failed" = p."shards_failed" + excluded."shards_failed",
        "samples_planned" = p."samples_planned" + excluded."samples_planned",
        "samples_explained" = p."samples_explained" + excluded."samples_explained",
        "samples_scored" = p."samples_scored" + excluded."samples_scored",
        "samples_failed" = p."samples_failed" + excluded."samples_failed",
        "maps_computed" = p."maps_computed" + excluded."maps_computed",
        "maps_reused" = p."maps_reused" + excluded."maps_reused",
        "scores_computed" = p."scores_computed" + excluded."scores_computed",
        "scores_reused" = p."scores_reused" + excluded."scores_reused",
        "work_total" = p."work_total" + excluded."work_total",
        "work_open" = p."work_open" + excluded."work_open",
        "work_computed" = p."work_computed" + excluded."work_computed";
    RETURN NULL;
END $$;
