-- The roles of a cluster, each with its own password. Run by a superuser in the database that is to be xaigrid's; running it
-- again sets the passwords anew. It takes them from the environment of psql (14 or newer):
--   createdb xaigrid && psql -v ON_ERROR_STOP=1 -d xaigrid -f roles.sql
-- Then the orchestrator makes its tables when it first starts, and grants.sql gives the others their rights to them.

\getenv orchestrator_password XAIGRID_ORCHESTRATOR_DATABASE_PASSWORD
\getenv explainer_worker_password XAIGRID_EXPLAINER_WORKER_DATABASE_PASSWORD
\getenv metrics_worker_password XAIGRID_METRICS_WORKER_DATABASE_PASSWORD
\getenv reader_password XAIGRID_READER_DATABASE_PASSWORD

-- Passwords shall not stand in the server's log.
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
    -- The orchestrator migrates: it owns the database and with it the schema `public`. On Postgres 14 that schema is open to all.
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

-- Views over many scores take their time; a dashboard left open shall not take all of it.
ALTER ROLE xaigrid_reader SET statement_timeout = '60s';
ALTER ROLE xaigrid_reader SET default_transaction_read_only = on;
