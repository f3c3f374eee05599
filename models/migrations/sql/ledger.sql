-- What the ledger promises by itself, whoever writes to it: sums of zero, nothing changed, one
-- wallet for each account, one system account for each name, documents frozen once issued.

-- Wallets and system accounts -----------------------------------------------------------------

-- Every posting rewrites its wallets' rows: room on the page, so that it stays there.
ALTER TABLE ledger_accounts SET (fillfactor = 80);
ALTER TABLE ledger_accounts
    ADD CONSTRAINT ledger_accounts_wallet_is_account
        CHECK ((kind = 'WALLET') = (account_id IS NOT NULL) AND account_id = id),
    ADD CONSTRAINT ledger_accounts_system_has_no_cache
        CHECK (kind = 'WALLET' OR (balance = 0 AND last_entry_no = 0)),
    ADD CONSTRAINT ledger_accounts_issuer_is_system
        CHECK (kind <> 'WALLET' OR issuer_id IS NULL);
CREATE UNIQUE INDEX ledger_accounts_system
    ON ledger_accounts (kind, issuer_id, currency_code) NULLS NOT DISTINCT WHERE kind <> 'WALLET';
CREATE INDEX ledger_accounts_balance ON ledger_accounts (balance, id);

-- Postings and lines --------------------------------------------------------------------------

CREATE UNIQUE INDEX posting_lines_history ON posting_lines (ledger_account_id, entry_no)
    WHERE entry_no IS NOT NULL;
-- The balance of a system account, and a wallet's history by day, without touching the table.
CREATE INDEX posting_lines_by_time
    ON posting_lines (ledger_account_id, recorded_at) INCLUDE (amount);
CREATE INDEX postings_by_time ON postings (recorded_at);
CREATE INDEX billable_lines_waiting ON billable_lines (account_id, occurred_at)
    WHERE invoice_id IS NULL;
CREATE INDEX billable_lines_of_invoice ON billable_lines (invoice_id)
    WHERE invoice_id IS NOT NULL;
ALTER TABLE posting_lines
    -- Their checks would lock rows on which all postings meet; the trigger below does them.
    DROP CONSTRAINT IF EXISTS posting_lines_posting_id_fkey,
    DROP CONSTRAINT IF EXISTS posting_lines_ledger_account_id_fkey,
    ADD CONSTRAINT posting_lines_move_something CHECK (amount <> 0),
    ADD CONSTRAINT posting_lines_entry_has_balance
        CHECK ((entry_no IS NULL) = (balance_after IS NULL));
ALTER TABLE postings
    ADD CONSTRAINT postings_reversal_names_its_original
        CHECK ((kind = 'REVERSAL') = (reverses_id IS NOT NULL));

-- All lines of a posting come in one statement, so the sums can be checked once for all of them.
-- This also stands in for the foreign keys that posting_lines does without.
--
-- Here and below rows are looked up one by one, and by index alone: a session keeps its plan, and one
-- of the minutes when the tables were small would read all of them for each posting.
CREATE FUNCTION refuse_unbalanced_lines() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT l.posting_id INTO wrong
    FROM new_lines l
    GROUP BY l.posting_id, l.currency_code
    HAVING sum(l.amount) <> 0
        OR bool_or((SELECT p.recorded_at FROM postings p WHERE p.id = l.posting_id)
                   IS DISTINCT FROM l.recorded_at)
        OR bool_or((SELECT (a.currency_code, a.kind = 'WALLET') FROM ledger_accounts a
                    WHERE a.id = l.ledger_account_id)
                   IS DISTINCT FROM (l.currency_code, l.entry_no IS NOT NULL))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines for posting % are not a whole posting of its own accounts, '
            'with a sum of zero in each currency', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_lines_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_lines_balance AFTER INSERT ON posting_lines
    REFERENCING NEW TABLE AS new_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_lines();

CREATE FUNCTION refuse_empty_postings() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT p.id INTO wrong FROM new_postings p
    WHERE (SELECT count(*) FROM posting_lines l WHERE l.posting_id = p.id) = 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting % has no lines', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_have_lines';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER postings_have_lines AFTER INSERT ON postings
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_empty_postings();

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what has happened is corrected by a reversal',
        TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_are_kept';
END $$;
CREATE TRIGGER postings_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER posting_lines_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON posting_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER ledger_accounts_are_kept BEFORE DELETE OR TRUNCATE ON ledger_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER invoice_allocations_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON invoice_allocations FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER letterheads_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON letterheads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER invoice_lines_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- A wallet may change its currency while it is still empty, and nothing else of its name, ever.
CREATE FUNCTION refuse_renaming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> OLD.kind OR NEW.id <> OLD.id OR OLD.kind <> 'WALLET'
        OR OLD.last_entry_no > 0 AND NEW.currency_code <> OLD.currency_code THEN
        RAISE EXCEPTION 'ledger account % keeps its name and currency', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_accounts_keep_their_name';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_accounts_keep_their_name
    BEFORE UPDATE OF id, kind, account_id, issuer_id, currency_code ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION refuse_renaming();

-- Documents -----------------------------------------------------------------------------------

CREATE UNIQUE INDEX number_counters_series
    ON number_counters (reseller_id, kind) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX issuer_profiles_issuer ON issuer_profiles (reseller_id) NULLS NOT DISTINCT;
INSERT INTO issuer_profiles (id, version, name, invoice_prefix, receipt_prefix, credit_note_prefix,
                             due_days, time_zone, currency_code, country_code, reminder_days,
                             suspend_after_days)
SELECT gen_random_uuid(), 1, 'Trunkline', 'INV-', 'REC-', 'CN-', 7, time_zone, base_currency,
       country_code, '{3,7,14}', 30
FROM settings;
CREATE UNIQUE INDEX invoices_series
    ON invoices (reseller_id, kind, sequence) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX invoices_period ON invoices (account_id, period_start)
    WHERE kind = 'INVOICE' AND status <> 'VOID';
CREATE INDEX invoices_of_account ON invoices (account_id, issued_at DESC, id DESC);
CREATE INDEX invoices_newest ON invoices (issued_at DESC, id DESC);
CREATE INDEX invoices_open ON invoices (account_id, issued_at, id)
    INCLUDE (outstanding) WHERE outstanding > 0;
CREATE INDEX invoices_due ON invoices (due_at, id) WHERE outstanding > 0;
CREATE INDEX invoices_crediting ON invoices (credits_invoice_id)
    WHERE credits_invoice_id IS NOT NULL;
CREATE INDEX credits_unspent ON credits (account_id, created_at, id) WHERE remaining > 0;
CREATE INDEX refills_of_account ON refills (account_id, created_at DESC, id DESC);
CREATE INDEX refills_newest ON refills (created_at DESC, id DESC);

ALTER TABLE invoices
    ADD CONSTRAINT invoices_total CHECK (total = net + tax AND total >= 0),
    ADD CONSTRAINT invoices_outstanding CHECK (outstanding BETWEEN 0 AND total),
    ADD CONSTRAINT invoices_only_invoices_are_owed CHECK (kind = 'INVOICE' OR outstanding = 0),
    ADD CONSTRAINT invoices_void_owes_nothing CHECK (status <> 'VOID' OR outstanding = 0);
ALTER TABLE credits
    ADD CONSTRAINT credits_remaining CHECK (amount > 0 AND remaining BETWEEN 0 AND amount);
ALTER TABLE invoice_allocations ADD CONSTRAINT invoice_allocations_amount CHECK (amount > 0);
ALTER TABLE refills ADD CONSTRAINT refills_amount CHECK (amount > 0);

-- A void or a credit note, never an edit: only how far a document is settled may change.
CREATE FUNCTION refuse_document_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        to_jsonb(NEW) - ARRAY['status', 'outstanding', 'void_reason', 'voided_at'] <>
        to_jsonb(OLD) - ARRAY['status', 'outstanding', 'void_reason', 'voided_at'] THEN
        RAISE EXCEPTION 'document % is issued and keeps its words', OLD.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoices_are_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_are_frozen BEFORE UPDATE OR DELETE ON invoices
    FOR EACH ROW EXECUTE FUNCTION refuse_document_edits();

-- Currencies ----------------------------------------------------------------------------------

ALTER TABLE currencies ADD CONSTRAINT currencies_minor_digits CHECK (minor_digits BETWEEN 0 AND 4);
ALTER TABLE currency_rates
    ADD CONSTRAINT currency_rates_rate CHECK (rate > 0),
    ADD CONSTRAINT currency_rates_currency FOREIGN KEY (currency_code) REFERENCES currencies (code);
INSERT INTO currencies (code, minor_digits, is_active)
SELECT code, digits, true
FROM (VALUES
    (0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'),
    (3, 'BHD IQD JOD KWD LYD OMR TND'),
    (2, 'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD'),
    (2, 'CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS'),
    (2, 'GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP'),
    (2, 'LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK'),
    (2, 'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS'),
    (2, 'SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST'),
    (2, 'XCD XCG YER ZAR ZMW ZWG')
) AS family (digits, codes), unnest(string_to_array(codes, ' ')) AS code;
