-- How far a run is, kept up with its shards: asking a run of a million shards for its progress reads a few rows.

CREATE TABLE "run_progress" (
    "run_id" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "shards_planned" BIGINT NOT NULL DEFAULT 0,
    "shards_explained" BIGINT NOT NULL DEFAULT 0,
    "shards_scored" BIGINT NOT NULL DEFAULT 0,
    "shards_failed" BIGINT NOT NULL DEFAULT 0,
    "samples_planned" BIGINT NOT NULL DEFAULT 0,
    "samples_explained" BIGINT NOT NULL DEFAULT 0,
    "samples_scored" BIGINT NOT NULL DEFAULT 0,
    "samples_failed" BIGINT NOT NULL DEFAULT 0,
    "maps_computed" BIGINT NOT NULL DEFAULT 0,
    "maps_reused" BIGINT NOT NULL DEFAULT 0,
    "scores_computed" BIGINT NOT NULL DEFAULT 0,
    "scores_reused" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "run_progress_pkey" PRIMARY KEY ("run_id", "slot")
-- Updated for every shard: room on the page lets a new version of a row stay beside the old one.
) WITH (fillfactor = 25);
ALTER TABLE "run_progress" ADD CONSTRAINT "run_progress_run_id_fkey"
    FOREIGN KEY ("run_id") REFERENCES "run" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

COMMENT ON TABLE "run_progress" IS 'How many shards and samples of a run are in each state: the sum over its slots, kept by triggers on shard. A single slot may be negative.';
COMMENT ON COLUMN "run_progress"."slot" IS 'Database sessions count in different slots, so that workers do not wait for each other.';

INSERT INTO "run_progress"
SELECT
    "run_id", 0,
    count(*) FILTER (WHERE "state" = 'planned'), count(*) FILTER (WHERE "state" = 'explained'),
    count(*) FILTER (WHERE "state" = 'scored'), count(*) FILTER (WHERE "state" = 'failed'),
    coalesce(sum("sample_end" - "sample_start") FILTER (WHERE "state" = 'planned'), 0),
    coalesce(sum("sample_end" - "sample_start") FILTER (WHERE "state" = 'explained'), 0),
    coalesce(sum("sample_end" - "sample_start") FILTER (WHERE "state" = 'scored'), 0),
    coalesce(sum("sample_end" - "sample_start") FILTER (WHERE "state" = 'failed'), 0),
    sum("maps_computed"), sum("maps_reused"), sum("scores_computed"), sum("scores_reused")
FROM "shard" GROUP BY "run_id";

-- What a statement changed: its new rows count, the rows they replaced count against. Runs with the owner's rights, so that workers need
-- none on the table.
CREATE FUNCTION "count_shards"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO "run_progress" AS p ("run_id", "slot", "shards_planned", "samples_planned")
        SELECT "run_id", pg_backend_pid() & 63, count(*), sum("sample_end" - "sample_start") FROM "after" GROUP BY "run_id"
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
    GROUP BY c."run_id"
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

-- Shards are made as planned; they go away with their run, and its progress with them.
CREATE TRIGGER "shards_made" AFTER INSERT ON "shard"
    REFERENCING NEW TABLE AS "after" FOR EACH STATEMENT EXECUTE FUNCTION "count_shards"();
CREATE TRIGGER "shards_changed" AFTER UPDATE ON "shard"
    REFERENCING OLD TABLE AS "before" NEW TABLE AS "after" FOR EACH STATEMENT EXECUTE FUNCTION "count_shards"();
