-- The roles of a cluster, each with its own password. A superuser runs this in the database for xaigrid. Running it again sets
-- the passwords again. psql (14 or newer) takes them from its environment:
--   createdb xaigrid && psql -v ON_ERROR_STOP=1 -d xaigrid -f roles.sql
-- Then the orchestrator makes its tables at its first start, and grants.sql gives the others their rights to them.

\getenv orchestrator_password XAIGRID_ORCHESTRATOR_DATABASE_PASSWORD
\getenv explainer_worker_password XAIGRID_EXPLAINER_WORKER_DATABASE_PASSWORD
\getenv metrics_worker_password XAIGRID_METRICS_WORKER_DATABASE_PASSWORD
\getenv reader_password XAIGRID_READER_DATABASE_PASSWORD

-- Passwords must not be in the server's log.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['xaigrid_orchestrator', 'xaigrid_explainer_worker', 'xaigrid_metrics_worker', 'xaigrid_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
    -- The orchestrator migrates the database, so it owns it and with it the schema `public`. On Postgres 14 that schema is open
    -- to everybody.
    EXECUTE format('ALTER DATABASE %I OWNER TO xaigrid_orchestrator', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO xaigrid_explainer_worker, xaigrid_metrics_worker, xaigrid_reader', current_database());
END
$$;

ALTER SCHEMA public OWNER TO xaigrid_orchestrator;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

ALTER ROLE xaigrid_orchestrator PASSWORD :'orchestrator_password';
ALTER ROLE xaigrid_explainer_worker PASSWORD :'explainer_worker_password';
ALTER ROLE xaigrid_metrics_worker PASSWORD :'metrics_worker_password';
ALTER ROLE xaigrid_reader PASSWORD :'reader_password';

-- Views over many scores take long. A dashboard that is left open must not take all of the server's time.
ALTER ROLE xaigrid_reader SET statement_timeout = '60s';
ALTER ROLE xaigrid_reader SET default_transaction_read_only = on;
