-- What the tables of jobs and mails need and the models cannot say.

CREATE INDEX outbox_waiting ON outbox (next_attempt_at, id) WHERE delivered_at IS NULL;
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;

CREATE INDEX jobs_of_reseller ON jobs (reseller_id, created_at DESC, id DESC);
CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_open ON jobs (created_at)
    WHERE status NOT IN ('CANCELLED', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED');

-- Rejected rows are what people look for; the many good ones need no second index.
CREATE INDEX job_rows_refused ON job_rows (job_id, row_no) WHERE outcome IN ('REJECTED', 'FAILED');

CREATE INDEX uploads_kept ON uploads (created_at) WHERE removed_at IS NULL;
CREATE INDEX job_downloads_kept ON job_downloads (expires_at);

CREATE INDEX emails_of_account ON emails (account_id, created_at DESC, id DESC);
CREATE INDEX emails_newest ON emails (created_at DESC, id DESC);
CREATE INDEX emails_waiting ON emails (batch_id, next_attempt_at) WHERE status = 'QUEUED';
CREATE INDEX emails_lost ON emails (next_attempt_at) WHERE status = 'FAILED';
CREATE UNIQUE INDEX email_templates_one_each
    ON email_templates (reseller_id, name) NULLS NOT DISTINCT;

-- Who wants to follow a job listens on "jobs"; the payload is its id. Chunks notify by themselves,
-- at most four times a second, because a NOTIFY in every commit halves the write rate.
CREATE FUNCTION notify_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('jobs', NEW.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_changed AFTER INSERT OR UPDATE OF status, total ON jobs
    FOR EACH ROW EXECUTE FUNCTION notify_job();

-- The relay hears of new rows at once; one wake-up a transaction is enough for all of them.
CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_filled AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

-- What makes a spreadsheet take a cell for a formula gets an apostrophe in front, as in
-- models/rules/csv_text.py; a test holds the two together. The cheap look comes first.
CREATE FUNCTION formula_safe(cell text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN left(ltrim(cell, ''''), 1) = ANY (ARRAY['=', '+', '-', '@', E'\t', E'\r'])
     AND ltrim(cell, '''') !~ '^[+-]?[0-9]+([.][0-9]+)?$'
    THEN '''' || cell ELSE cell END;
CREATE FUNCTION formula_safe_phone(cell text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN left(ltrim(cell, ''''), 1) = ANY (ARRAY['=', '+', '-', '@', E'\t', E'\r'])
     AND ltrim(cell, '''') !~ '^([+-]?[0-9]+([.][0-9]+)?|[0-9 +()-]+)$'
    THEN '''' || cell ELSE cell END;
