-- The rights of each service to the tables: only what it needs. xaigrid_orchestrator, which owns the tables, runs this after its
-- first start and after every upgrade. Running it again changes nothing.

BEGIN;

GRANT USAGE ON SCHEMA public TO xaigrid_explainer_worker, xaigrid_metrics_worker, xaigrid_reader;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM xaigrid_explainer_worker, xaigrid_metrics_worker, xaigrid_reader;

-- Both kinds of worker read the work to do, fetch files, and record the progress of shards.
GRANT SELECT ON
    "_prisma_migrations", "run", "evaluation", "evaluation_setting", "chosen_sample", "shard",
    "map_set", "map", "map_part", "whole_map", "prediction_set", "prediction", "score_set",
    "artifact", "artifact_chunk"
    TO xaigrid_explainer_worker, xaigrid_metrics_worker;
GRANT UPDATE ON "shard" TO xaigrid_explainer_worker, xaigrid_metrics_worker;

-- Stored maps and predictions are only added to, never changed.
GRANT INSERT ON "map", "map_part", "prediction" TO xaigrid_explainer_worker;
GRANT UPDATE ("shape") ON "map_set" TO xaigrid_explainer_worker;

GRANT SELECT, INSERT ON "score" TO xaigrid_metrics_worker;

-- People and dashboards read what was requested and the results, but not the bytes of maps or the model files.
GRANT SELECT ON "run", "evaluation_overview", "table_row", "sample_score", "shard" TO xaigrid_reader;

COMMIT;
