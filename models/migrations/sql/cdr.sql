-- CDRs come by the million and are asked for by the day: one part for each month.

ALTER TABLE cdrs RENAME TO cdrs_in_one;
CREATE TABLE cdrs (LIKE cdrs_in_one INCLUDING DEFAULTS INCLUDING COMMENTS)
    PARTITION BY RANGE (started_at);
DROP TABLE cdrs_in_one;
ALTER TABLE cdrs
    ADD PRIMARY KEY (id, started_at),
    ADD CONSTRAINT cdrs_account FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD CONSTRAINT cdrs_provider FOREIGN KEY (provider_id) REFERENCES accounts (id),
    ADD CONSTRAINT cdrs_billable_seconds CHECK (billable_seconds >= 0),
    ADD CONSTRAINT cdrs_debit CHECK (debit >= 0);
CREATE INDEX cdrs_of_account ON cdrs (account_id, started_at DESC, id DESC);
CREATE INDEX cdrs_newest ON cdrs (started_at DESC, id DESC);
CREATE INDEX cdrs_of_provider ON cdrs (provider_id, started_at DESC, id DESC)
    WHERE provider_id IS NOT NULL;
-- Calls that cost their account nothing, for the invoice on which they are counted.
CREATE INDEX cdrs_free ON cdrs (account_id, recorded_at)
    INCLUDE (started_at, call_type, billable_seconds)
    WHERE debit = 0 AND billable_seconds > 0;
CREATE INDEX cdrs_assumed ON cdrs (started_at) WHERE assumed_levels > 0;

-- Makes the part for the month of an instant, once. Made apart and attached, so that calls being
-- written to other months do not wait.
CREATE FUNCTION prepare_cdr_month(instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', instant, 'UTC');
    next timestamptz := date_trunc('month', first + interval '40 days', 'UTC');
    part text := to_char(first AT TIME ZONE 'UTC', '"cdrs_"YYYY"_"MM');
BEGIN
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('prepare_cdr_month'));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE cdrs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('ALTER TABLE cdrs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   part, first, next);
END $$;
