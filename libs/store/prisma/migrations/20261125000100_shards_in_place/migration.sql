-- A shard changes four times: twice an attempt begins, twice it moves on. No index holds what then changes, and pages have room: the new
-- version of a row stays on its page, and no index is touched. With the state in an index it was three index entries a move.
DROP INDEX "shard_run_state";
CREATE INDEX "shard_run" ON "shard" ("run_id", "id");
-- Failures are few, and are looked for among a million. Its condition is on a column that only a failure changes.
CREATE INDEX "shard_run_failed" ON "shard" ("run_id", "id") WHERE "failed_at" IS NOT NULL;
ALTER TABLE "shard" SET (fillfactor = 60);

-- What a statement changed: its new rows count, the rows they replaced count against. Runs with the owner's rights, so that workers need
-- none on the table. In the order of runs, so that two statements that change shards of several runs never deadlock.
CREATE OR REPLACE FUNCTION "count_shards"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "run_progress" AS p ("run_id", "slot", "shards_planned", "samples_planned")
        SELECT "run_id", pg_backend_pid() & 63, count(*), sum("sample_end" - "sample_start") FROM "after" GROUP BY "run_id" ORDER BY "run_id"
        ON CONFLICT ("run_id", "slot") DO UPDATE SET
            "shards_planned" = p."shards_planned" + excluded."shards_planned",
            "samples_planned" = p."samples_planned" + excluded."samples_planned";
        RETURN NULL;
    END IF;
    INSERT INTO "run_progress" AS p
    SELECT c."run_id", pg_backend_pid() & 63,
        coalesce(sum(c."sign") FILTER (WHERE c."state" = 'planned'), 0), coalesce(sum(c."sign") FILTER (WHERE c."state" = 'explained'), 0),
        coalesce(sum(c."sign") FILTER (WHERE c."state" = 'scored'), 0), coalesce(sum(c."sign") FILTER (WHERE c."state" = 'failed'), 0),
        coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'planned'), 0), coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'explained'), 0),
        coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'scored'), 0), coalesce(sum(c."sign" * c."samples") FILTER (WHERE c."state" = 'failed'), 0),
        sum(c."sign" * c."maps_computed"), sum(c."sign" * c."maps_reused"),
        sum(c."sign" * c."scores_computed"), sum(c."sign" * c."scores_reused")
    FROM (
        SELECT "run_id", "state", "sample_end" - "sample_start" AS "samples", 1 AS "sign",
            "maps_computed", "maps_reused", "scores_computed", "scores_reused" FROM "after"
        UNION ALL
        SELECT "run_id", "state", "sample_end" - "sample_start", -1,
            "maps_computed", "maps_reused", "scores_computed", "scores_reused" FROM "before"
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
        "scores_reused" = p."scores_reused" + excluded."scores_reused";
    RETURN NULL;
END $$;
