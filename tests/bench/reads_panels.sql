-- The newest customers have something on each panel of their screen, ten rows where there may be many.
-- What these rows would hang on elsewhere is not there: nothing of it is read.
SET session_replication_role = replica;
CREATE TEMPORARY TABLE a AS
    SELECT id, currency_code FROM accounts WHERE kind = 'CUSTOMER' ORDER BY created_at DESC LIMIT 10;
CREATE TEMPORARY TABLE k AS SELECT k FROM generate_series(0, 9) k;
SELECT prepare_cdr_month(now());
INSERT INTO ip_settings (id, version, name, network, prefix, status, created_at, updated_at,
    account_id)
SELECT gen_random_uuid(), 1, 'Office ' || k, '203.0.113.' || row_number() OVER () || '/32', '', 'ACTIVE', now(),
       now(), id FROM a, k;
INSERT INTO caller_ids (id, version, number, digits, status, created_at, updated_at,
    account_id)
SELECT gen_random_uuid(), 1, '+49 40 ' || k, '4940' || k || right(id::text, 8), 'ACTIVE',
       now(), now(), id FROM a, k;
INSERT INTO force_caller_ids (number, status, updated_at, account_id)
SELECT '+49 40 1', 'ACTIVE', now(), id FROM a;
INSERT INTO product_orders (id, quantity, currency_code, price, setup_fee, ordered_at,
    owner_prices, account_id, product_id)
SELECT gen_random_uuid(), 1 + k, currency_code, 5, 0, now(), '{}', id, gen_random_uuid()
  FROM a, k;
INSERT INTO speed_dials (id, key, number, account_id)
SELECT gen_random_uuid(), k, '+49 30 ' || k, id FROM a, k;
INSERT INTO blocked_codes (id, prefix, created_at, account_id)
SELECT gen_random_uuid(), '90' || k, now(), id FROM a, k;
INSERT INTO alert_thresholds (enabled, crossings, below, updated_at, account_id)
SELECT true, 0, false, now(), id FROM a;
INSERT INTO invoices (id, kind, status, number, sequence, issued_at, currency_code, net, tax,
    total, outstanding, addressee, account_id, letterhead_id)
SELECT gen_random_uuid(), 'INVOICE', 'OPEN', k || '-' || id, row_number() OVER (), now(),
       currency_code, 10, 0, 10, 10, '{}', id, gen_random_uuid() FROM a, k;
INSERT INTO refills (id, amount, currency_code, method, refilled_by, created_at, account_id,
    posting_id)
SELECT gen_random_uuid(), 10, currency_code, 'MANUAL', 'bench', now(), id, gen_random_uuid()
  FROM a, k;
WITH p AS (INSERT INTO postings (id, key, kind, occurred_at, recorded_at, description, actor)
SELECT gen_random_uuid(), k || '/' || id, 'CHARGE', now(), now(), 'Talk', 'bench' FROM a, k
RETURNING id, key)
INSERT INTO posting_lines (id, amount, currency_code, recorded_at, ledger_account_id,
    posting_id, entry_no, balance_after)
SELECT gen_random_uuid(), -1, a.currency_code, now(), a.id, p.id, 1 + left(p.key, 1)::int, 0
  FROM p JOIN a ON a.id::text = split_part(p.key, '/', 2);
INSERT INTO cdrs (id, unique_id, node_id, caller_id, called_number, started_at, ended_at,
    billable_seconds, disposition, debit, cost, currency_code, call_type, direction,
    assumed_levels, recorded_at, account_id)
SELECT gen_random_uuid(), k || '/' || id, gen_random_uuid(), '4930', '4940', now(), now(),
       60, 'ANSWERED', 1, 1, currency_code, 'VOICE', 'OUTBOUND', 0, now(), id FROM a, k;
INSERT INTO emails (id, dedupe_key, batch_id, template, facts, to_address, subject, body,
    status, attempts, created_at, next_attempt_at, account_id)
SELECT gen_random_uuid(), k || '/' || id, gen_random_uuid(), 'WELCOME', '{}',
       'a@example.org', 'Letter ' || k, '', 'SENT', 1, now(), now(), id FROM a, k;
