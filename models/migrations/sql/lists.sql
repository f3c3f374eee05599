-- What the lists of the API stand on: an index for each order, so that a page is a range of it.
-- The texts are those of the orderings in the schema, word for word.

-- Live customers and providers: what the customer list shows unless the status is asked for.
CREATE INDEX accounts_list_created_at ON accounts (created_at, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
-- A reseller's subtree is read one reseller at a time.
CREATE INDEX accounts_list_reseller ON accounts (reseller_id, created_at, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
-- Devices, documents, calls and mails of a subtree are found by their account, deleted ones too.
CREATE INDEX accounts_of_reseller ON accounts (reseller_id, created_at, id);
-- What is counted, all or a subtree, by what there are few of: equal keys share one entry, so that a
-- million accounts are 7 MB, and counting them reads nothing else.
CREATE INDEX accounts_list_count ON accounts (reseller_id, kind, type, status)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
-- An index answers alone only for pages known to be visible to all: vacuum keeps up with jobs.
ALTER TABLE accounts SET (
    autovacuum_vacuum_insert_scale_factor = 0.01,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);
CREATE INDEX accounts_list_deleted ON accounts (created_at, id) WHERE status = 'DELETED';
-- Folded text serves the order, equality and beginnings alike.
CREATE INDEX accounts_list_first_name ON accounts (fold(first_name), id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_last_name ON accounts (fold(coalesce(last_name, '')), id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_company ON accounts (fold(coalesce(company, '')), id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_email ON accounts (fold(coalesce(email, '')), id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_number ON accounts (number, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_credit_limit ON accounts (credit_limit, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_first_used_at
    ON accounts (coalesce(first_used_at, 'infinity'::timestamptz), id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_expires_at
    ON accounts (coalesce(expires_at, 'infinity'::timestamptz), id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_status ON accounts (status, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_type ON accounts (type, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_kind ON accounts (kind, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_concurrent_calls ON accounts (concurrent_calls, id)
    WHERE kind IN ('CUSTOMER', 'PROVIDER') AND status <> 'DELETED';
CREATE INDEX accounts_list_reference ON accounts (fold(reference))
    WHERE reference IS NOT NULL AND status <> 'DELETED';

-- Resellers are few among many: all of them, and those below one.
CREATE INDEX accounts_list_resellers ON accounts (created_at, id) WHERE kind = 'RESELLER';
CREATE INDEX accounts_list_below ON accounts (reseller_id, created_at, id) WHERE kind = 'RESELLER';
CREATE INDEX dids_list ON dids (created_at, id);

-- How selective folded text is: the planner does not take that from a partial index.
CREATE STATISTICS accounts_first_name_folded ON (fold(first_name)) FROM accounts;
CREATE STATISTICS accounts_last_name_folded ON (fold(coalesce(last_name, ''))) FROM accounts;
CREATE STATISTICS accounts_company_folded ON (fold(coalesce(company, ''))) FROM accounts;
CREATE STATISTICS accounts_email_folded ON (fold(coalesce(email, ''))) FROM accounts;
-- The same of expiry: few have expired.
CREATE STATISTICS accounts_expires_at_known
    ON (coalesce(expires_at, 'infinity'::timestamptz)) FROM accounts;

-- Any part of a text by index, where the server brings trigrams and this role may add them.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX accounts_list_search ON accounts USING gin (search_text gin_trgm_ops);
EXCEPTION
    WHEN undefined_file OR feature_not_supported OR insufficient_privilege THEN
        RAISE NOTICE 'no trigrams here: parts of texts are searched by reading all accounts';
END
$$;
