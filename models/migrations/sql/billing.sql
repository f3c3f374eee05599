-- What the sweeps stand on: an index for each question that they ask every few minutes.

-- Periods that are over, the oldest first; few rows are touched by a look that finds nothing.
CREATE INDEX accounts_due ON accounts (next_billing_at, id)
    WHERE type = 'POSTPAID' AND status <> 'DELETING' AND next_billing_at IS NOT NULL;
-- Expiries that nobody has been told of.
CREATE INDEX accounts_expiring ON accounts (expires_at, id)
    WHERE expires_at IS NOT NULL AND expiry_followed IS DISTINCT FROM expires_at
      AND status IN ('ACTIVE', 'INACTIVE');
CREATE INDEX dids_renewing ON dids (next_renewal_at, id) WHERE account_id IS NOT NULL;
CREATE INDEX product_orders_renewing ON product_orders (next_renewal_at, id)
    WHERE next_renewal_at IS NOT NULL;
