-- What the panels promise beyond their columns. Names of constraints say what was taken.

ALTER TABLE ip_settings ADD CONSTRAINT ip_settings_network UNIQUE (network, prefix);
ALTER TABLE blocked_codes ADD CONSTRAINT blocked_codes_prefix UNIQUE (account_id, prefix);
ALTER TABLE speed_dials
    ADD CONSTRAINT speed_dials_key UNIQUE (account_id, key),
    ADD CONSTRAINT speed_dials_key_of_a_telephone CHECK (key BETWEEN 0 AND 9);
ALTER TABLE dids
    ADD CONSTRAINT dids_fees_not_negative CHECK (
        setup_fee >= 0 AND monthly_fee >= 0 AND connect_fee >= 0 AND per_minute >= 0),
    ADD CONSTRAINT dids_assigned_has_instant CHECK ((account_id IS NULL) = (assigned_at IS NULL));
ALTER TABLE products ADD CONSTRAINT products_prices_not_negative
    CHECK (price >= 0 AND setup_fee >= 0);
ALTER TABLE product_orders ADD CONSTRAINT product_orders_quantity CHECK (quantity > 0);
ALTER TABLE alert_thresholds ADD CONSTRAINT alert_thresholds_not_negative CHECK (balance_below >= 0);

-- The panels list newest first within an account.
CREATE INDEX ip_settings_of_account ON ip_settings (account_id, created_at, id);
CREATE INDEX caller_ids_of_account ON caller_ids (account_id, created_at, id);
CREATE INDEX blocked_codes_of_account ON blocked_codes (account_id, created_at, id);
CREATE INDEX dids_of_account ON dids (account_id, assigned_at, id) WHERE account_id IS NOT NULL;
CREATE INDEX product_orders_of_account ON product_orders (account_id, ordered_at, id);

ALTER TABLE reseller_prices
    ADD CONSTRAINT reseller_prices_of_one_thing CHECK ((product_id IS NULL) <> (did_id IS NULL)),
    ADD CONSTRAINT reseller_prices_not_negative CHECK (price >= 0 AND setup_fee >= 0);
CREATE UNIQUE INDEX reseller_prices_once
    ON reseller_prices (reseller_id, product_id, did_id) NULLS NOT DISTINCT;
