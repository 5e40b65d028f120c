-- What each service may do with the tables: what it does, and no more. Run by xaigrid_orchestrator, who owns them, after it
-- first started and after every upgrade; running it again changes nothing.

BEGIN;

GRANT USAGE ON SCHEMA public TO xaigrid_explainer_worker, xaigrid_metrics_worker, xaigrid_reader;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM xaigrid_explainer_worker, xaigrid_metrics_worker, xaigrid_reader;

-- Both kinds of worker read what is to be done, fetch files, and write down how far a shard is.
GRANT SELECT ON
    "_prisma_migrations", "run", "evaluation", "evaluation_setting", "chosen_sample", "shard",
    "map_set", "map", "map_part", "whole_map", "prediction_set", "prediction", "score_set",
    "artifact", "artifact_chunk"
    TO xaigrid_explainer_worker, xaigrid_metrics_worker;
GRANT UPDATE ON "shard" TO xaigrid_explainer_worker, xaigrid_metrics_worker;

-- Stored maps and predictions are added to, never changed.
GRANT INSERT ON "map", "map_part", "prediction" TO xaigrid_explainer_worker;
GRANT UPDATE ("shape") ON "map_set" TO xaigrid_explainer_worker;

GRANT SELECT, INSERT ON "score" TO xaigrid_metrics_worker;

-- People and dashboards: what was asked for and what came out, not the maps' bytes or the model files.
GRANT SELECT ON "run", "evaluation_overview", "table_row", "sample_score", "shard" TO xaigrid_reader;

COMMIT;
