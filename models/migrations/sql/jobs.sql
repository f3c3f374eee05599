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
CREATE UNIQUE INDEX email_templates_one_each
    ON email_templates (reseller_id, name) NULLS NOT DISTINCT;

-- Progress is the sum over committed chunks. The rate looks back 30 seconds, so that a pause
-- or a slow start does not spoil the estimate.
CREATE VIEW job_progress AS
SELECT j.id AS job_id,
       j.total,
       c.done,
       c.succeeded,
       c.failed,
       c.recent / nullif(c.recent_seconds, 0) AS rate_per_second,
       CASE WHEN j.status = 'RUNNING' AND c.recent > 0 AND j.total IS NOT NULL
            THEN ceil((j.total - c.done) * c.recent_seconds / c.recent)::int
       END AS eta_seconds
FROM jobs j
CROSS JOIN LATERAL (
    SELECT coalesce(sum(done), 0)::int AS done,
           coalesce(sum(succeeded), 0)::int AS succeeded,
           coalesce(sum(failed), 0)::int AS failed,
           coalesce(sum(done) FILTER (WHERE finished_at > now() - interval '30 seconds'), 0)
               ::float8 AS recent,
           least(30, extract(epoch FROM now() - j.started_at))::float8 AS recent_seconds
    FROM job_chunks WHERE job_id = j.id
) c;

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
