-- What the accounts table promises beyond its columns, and the functions other tables build on.

-- Case folding by the database's own language rules; keys then sort by code point everywhere.
CREATE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(value COLLATE "default") COLLATE "C";

-- Sorting by code point makes embedded and other servers agree, and a prefix a range of the index.
ALTER TABLE accounts
    ALTER COLUMN number     TYPE varchar(20)  COLLATE "C",
    ALTER COLUMN path       TYPE text         COLLATE "C",
    ALTER COLUMN first_name TYPE varchar(80)  COLLATE "C",
    ALTER COLUMN last_name  TYPE varchar(80)  COLLATE "C",
    ALTER COLUMN company    TYPE varchar(80)  COLLATE "C",
    ALTER COLUMN email      TYPE varchar(254) COLLATE "C",
    ALTER COLUMN reference  TYPE varchar(120) COLLATE "C",
    ALTER COLUMN kind       TYPE varchar(48)  COLLATE "C",
    ALTER COLUMN type       TYPE varchar(48)  COLLATE "C",
    ALTER COLUMN status     TYPE varchar(48)  COLLATE "C";

ALTER TABLE accounts
    ADD CONSTRAINT accounts_localization FOREIGN KEY (localization_id) REFERENCES localizations,
    ADD CONSTRAINT accounts_rate_group FOREIGN KEY (rate_group_id) REFERENCES rate_groups,
    ADD CONSTRAINT accounts_non_cli_rate_group
        FOREIGN KEY (non_cli_rate_group_id) REFERENCES rate_groups,
    ADD CONSTRAINT accounts_kind_known CHECK (kind IN ('CUSTOMER', 'PROVIDER', 'RESELLER')),
    ADD CONSTRAINT accounts_type_known CHECK (type IN ('PREPAID', 'POSTPAID')),
    ADD CONSTRAINT accounts_status_known
        CHECK (status IN ('ACTIVE', 'INACTIVE', 'DELETING', 'DELETED')),
    ADD CONSTRAINT accounts_credit_limit_not_negative CHECK (credit_limit >= 0),
    ADD CONSTRAINT accounts_prepaid_without_credit CHECK (type = 'POSTPAID' OR credit_limit = 0),
    ADD CONSTRAINT accounts_billing_day_of_month CHECK (billing_day BETWEEN 1 AND 31),
    ADD CONSTRAINT accounts_limits_not_negative
        CHECK (concurrent_calls >= 0 AND calls_per_second >= 0),
    ADD CONSTRAINT accounts_reseller_has_place
        CHECK ((kind = 'RESELLER') = (path IS NOT NULL) AND (kind = 'RESELLER') = (realm IS NOT NULL)),
    ADD CONSTRAINT accounts_provider_of_the_house CHECK (kind <> 'PROVIDER' OR reseller_id IS NULL),
    ADD CONSTRAINT accounts_deleted_has_instant CHECK ((status = 'DELETED') = (deleted_at IS NOT NULL));

-- A number is free again once its account is deleted.
CREATE UNIQUE INDEX accounts_number_live ON accounts (fold(number)) WHERE status <> 'DELETED';
-- A late call names a number whose account may be gone; those that live are in the index above.
CREATE INDEX accounts_number_gone ON accounts (fold(number)) WHERE status = 'DELETED';
-- Generated numbers also avoid those of deleted accounts, and imports match by number.
CREATE INDEX accounts_number_any ON accounts (number);
CREATE UNIQUE INDEX accounts_realm ON accounts (fold(realm)) WHERE realm IS NOT NULL;
CREATE UNIQUE INDEX accounts_path ON accounts (path) WHERE path IS NOT NULL;

-- One folded column answers `search` and any-field `contains`.
ALTER TABLE accounts ADD COLUMN search_text text COLLATE "C" GENERATED ALWAYS AS (
    fold(number || ' ' || first_name || ' ' || coalesce(last_name, '') || ' '
         || coalesce(company, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' '
         || coalesce(mobile, '') || ' ' || coalesce(reference, ''))
) STORED;

-- Whether nobody above is switched off: an inactive or deleted reseller stops all below it. Asked by
-- views that others read, who have no rights on accounts themselves.
CREATE FUNCTION owner_is_on(owner uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    RETURN owner IS NULL OR NOT EXISTS (
        SELECT FROM accounts AS below
          JOIN accounts AS above
            ON above.id = ANY (string_to_array(trim(BOTH '/' FROM below.path), '/')::uuid[])
         WHERE below.id = owner AND above.status <> 'ACTIVE');

-- Whether nobody above stops calls: as above, or because a reseller is suspended for debt. Apart from
-- that function, since whoever owes has to sign in to pay.
CREATE FUNCTION owner_lets_call(owner uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    RETURN owner IS NULL OR NOT EXISTS (
        SELECT FROM accounts AS below
          JOIN accounts AS above
            ON above.id = ANY (string_to_array(trim(BOTH '/' FROM below.path), '/')::uuid[])
         WHERE below.id = owner
           AND (above.status <> 'ACTIVE' OR above.suspended_for_debt_at IS NOT NULL));

ALTER TABLE logins ADD CONSTRAINT logins_of_one_owner
    CHECK ((account_id IS NULL) <> (staff_id IS NULL));

INSERT INTO settings (id, base_currency, time_zone, country_code, realm, pin_minimum_length,
                      low_balance_default, account_number_length)
VALUES (1, 'USD', 'UTC', 'US', 'sip.trunkline.local', 6, 5, 10);

-- Whether an account and everybody above it can pay for one more call.
CREATE FUNCTION chain_is_funded(account uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NOT EXISTS (
        SELECT FROM accounts AS self
          LEFT JOIN accounts AS owner ON owner.id = self.reseller_id
          JOIN accounts AS payer ON payer.id = ANY (
               self.id || coalesce(string_to_array(trim(BOTH '/' FROM owner.path), '/')::uuid[], '{}'))
          JOIN ledger_accounts AS wallet ON wallet.id = payer.id
         WHERE self.id = account AND wallet.balance + payer.credit_limit <= 0);
