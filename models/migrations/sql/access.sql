-- Who may sign in, what each of them is, and what the tables of access promise.

ALTER TABLE staff
    ADD CONSTRAINT staff_role_known CHECK (role IN ('ADMIN', 'SUB_ADMIN')),
    ADD CONSTRAINT staff_status_known CHECK (status IN ('ACTIVE', 'INACTIVE'));

ALTER TABLE sessions ADD CONSTRAINT sessions_of_one_principal
    CHECK ((account_id IS NULL) <> (staff_id IS NULL));
ALTER TABLE api_keys ADD CONSTRAINT api_keys_of_one_principal
    CHECK ((account_id IS NULL) <> (staff_id IS NULL));
ALTER TABLE password_resets ADD CONSTRAINT password_resets_of_one_principal
    CHECK ((account_id IS NULL) <> (staff_id IS NULL));

CREATE INDEX logins_of_account ON logins (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX logins_of_staff ON logins (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX sessions_of_account ON sessions (account_id, last_used_at) WHERE account_id IS NOT NULL;
CREATE INDEX sessions_of_staff ON sessions (staff_id, last_used_at) WHERE staff_id IS NOT NULL;
CREATE INDEX sessions_over ON sessions (expires_at);
CREATE INDEX api_keys_of_account ON api_keys (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX api_keys_of_staff ON api_keys (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX password_resets_of_account ON password_resets (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX password_resets_of_staff ON password_resets (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX password_resets_over ON password_resets (expires_at);
CREATE INDEX sign_in_tries_of_subject ON sign_in_tries (subject, at);
CREATE INDEX sign_in_tries_over ON sign_in_tries (at);

CREATE INDEX audit_events_newest ON audit_events (at DESC, id DESC);
CREATE INDEX audit_events_of_account ON audit_events (account_id, at DESC, id DESC);
CREATE INDEX audit_events_of_subject ON audit_events (subject_id, at DESC, id DESC);

-- Sorting by code point makes embedded and other servers agree.
ALTER TABLE rate_groups ALTER COLUMN name TYPE varchar(80) COLLATE "C";
ALTER TABLE localizations ALTER COLUMN name TYPE varchar(80) COLLATE "C";
ALTER TABLE taxes ALTER COLUMN name TYPE varchar(80) COLLATE "C";
ALTER TABLE staff ALTER COLUMN name TYPE varchar(80) COLLATE "C";
-- A name is used once within one owner, however it is written; the administration is one owner.
CREATE UNIQUE INDEX rate_groups_name ON rate_groups (reseller_id, fold(name)) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX localizations_name
    ON localizations (reseller_id, fold(name)) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX taxes_name ON taxes (reseller_id, fold(name)) NULLS NOT DISTINCT;
CREATE INDEX localizations_of_country ON localizations (reseller_id, country_code);
CREATE INDEX taxes_in_order ON taxes (reseller_id, priority, id);

ALTER TABLE taxes
    ADD CONSTRAINT taxes_rate_of_a_whole CHECK (rate_percent BETWEEN 0 AND 100),
    ADD CONSTRAINT taxes_fixed_amount_not_negative CHECK (fixed_amount >= 0);

-- Everybody who can sign in, alike: staff, and accounts that are not deleted. Each branch reads
-- one table alone, so that a condition on `id` becomes an index look-up in both.
CREATE VIEW principals AS
SELECT s.id,
       s.role::text AS role,
       s.permissions,
       NULL::uuid AS account_id,
       s.id AS staff_id,
       s.name::text AS name,
       s.email::text AS email,
       s.time_zone::text AS time_zone,
       NULL::text AS number,
       NULL::uuid AS reseller_id,
       s.password_hash,
       s.status = 'ACTIVE' AS is_on,
       NULL::text COLLATE "C" AS path
  FROM staff s
UNION ALL
SELECT a.id,
       CASE a.kind WHEN 'RESELLER' THEN 'RESELLER' ELSE 'CUSTOMER' END,
       a.permissions,
       a.id,
       NULL,
       concat_ws(' ', a.first_name, a.last_name),
       a.email::text,
       a.time_zone::text,
       a.number::text,
       a.reseller_id,
       (SELECT c.password_hash FROM portal_credentials c WHERE c.account_id = a.id),
       a.status = 'ACTIVE' AND owner_is_on(a.reseller_id),
       a.path COLLATE "C"
  FROM accounts a;

-- A reseller and everything below it, deleted ones too: their records stay to be seen.
-- "0" is the character behind "/", so the range is exactly what begins with the path.
CREATE FUNCTION reseller_subtree(top text) RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN top IS NULL THEN '{}'::uuid[] ELSE ARRAY(
        SELECT r.id FROM accounts r
         WHERE r.path >= top COLLATE "C" AND r.path < (rtrim(top, '/') || '0') COLLATE "C") END;

-- Whoever remembers viewers forgets them all when one may have lost something, or when the tree of
-- resellers has grown. The use of a session slides its end forward and says nothing.
CREATE FUNCTION notify_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('access', '');
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_ended AFTER UPDATE OF expires_at ON sessions FOR EACH ROW
    WHEN (NEW.expires_at < OLD.expires_at) EXECUTE FUNCTION notify_access();
CREATE TRIGGER sessions_removed AFTER DELETE ON sessions FOR EACH ROW
    WHEN (OLD.expires_at > now()) EXECUTE FUNCTION notify_access();
CREATE TRIGGER api_keys_revoked AFTER UPDATE OF revoked_at ON api_keys FOR EACH ROW
    WHEN (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) EXECUTE FUNCTION notify_access();
CREATE TRIGGER api_keys_removed AFTER DELETE ON api_keys FOR EACH ROW
    EXECUTE FUNCTION notify_access();
CREATE TRIGGER staff_reassigned AFTER UPDATE OF role, permissions, status ON staff FOR EACH ROW
    WHEN ((NEW.role, NEW.permissions, NEW.status)
          IS DISTINCT FROM (OLD.role, OLD.permissions, OLD.status))
    EXECUTE FUNCTION notify_access();
CREATE TRIGGER accounts_switched AFTER UPDATE OF status, permissions ON accounts FOR EACH ROW
    WHEN ((NEW.status, NEW.permissions) IS DISTINCT FROM (OLD.status, OLD.permissions))
    EXECUTE FUNCTION notify_access();
CREATE TRIGGER resellers_opened AFTER INSERT ON accounts FOR EACH ROW
    WHEN (NEW.kind = 'RESELLER') EXECUTE FUNCTION notify_access();

-- The settings as one more thing with a uuid, which is how answers name what they show.
CREATE VIEW house_settings AS
SELECT '00000000-0000-0000-0000-000000000001'::uuid AS id, s.base_currency, s.time_zone,
       s.pin_minimum_length, s.low_balance_default, s.account_number_length
  FROM settings s;
