-- What devices promise beyond their columns, who may act now, and how switches come to know.

-- User names are ASCII by rule; sorting by code point keeps look-ups by login one index probe.
ALTER TABLE sip_devices
    ALTER COLUMN username TYPE varchar(64)  COLLATE "C",
    ALTER COLUMN realm    TYPE varchar(253) COLLATE "C";
ALTER TABLE retired_usernames
    ALTER COLUMN username TYPE varchar(64)  COLLATE "C",
    ALTER COLUMN realm    TYPE varchar(253) COLLATE "C";

-- A counted repetition in a pattern is built anew for each row (10 us); a length and a letter that
-- must not occur are not.
ALTER TABLE sip_devices
    ADD CONSTRAINT sip_devices_username_valid
        CHECK (length(username) BETWEEN 3 AND 64 AND username !~ '[^A-Za-z0-9._-]'),
    ADD CONSTRAINT sip_devices_realm_folded CHECK (realm = lower(realm)),
    ADD CONSTRAINT sip_devices_status_known CHECK (status IN ('ACTIVE', 'INACTIVE')),
    ADD CONSTRAINT sip_devices_max_calls_range CHECK (max_calls BETWEEN 0 AND 100000);

-- Names first: whether a dialled number is a device of the house is asked without a realm.
CREATE UNIQUE INDEX sip_devices_username ON sip_devices (lower(username), realm);
-- Logins are compared exactly: a switch caches by the spelling that was asked for, and a name in
-- another spelling would outlive the flush of its cache.
CREATE INDEX sip_devices_login ON sip_devices (realm, username);
CREATE INDEX sip_devices_of_account ON sip_devices (account_id, created_at DESC, id DESC);
CREATE INDEX sip_devices_newest ON sip_devices (created_at DESC, id DESC);
-- Few rows: what the switches have not followed yet.
CREATE INDEX sip_devices_unsettled ON sip_devices (provisioned_at)
    WHERE provisioning NOT IN ('PUBLISHED', 'READY', 'REVOKED');
CREATE INDEX device_nodes_lagging ON device_nodes (node_id, since)
    WHERE applied_generation < wanted_generation;
CREATE INDEX retired_usernames_login ON retired_usernames (realm, lower(username));

ALTER TABLE sign_in_refusals
    ALTER COLUMN subject TYPE varchar(320) COLLATE "C";
CREATE INDEX sign_in_alerts ON sign_in_refusals (alerted_at DESC, id DESC)
    WHERE alerted_at IS NOT NULL;

-- Who may act now. Computed, never copied: an expiry needs no job to be obeyed.
CREATE VIEW effective_accounts AS
SELECT a.id, a.number, a.reseller_id, a.concurrent_calls, a.calls_per_second, a.expires_at,
       coalesce((SELECT r.realm FROM accounts r WHERE r.id = a.reseller_id),
                (SELECT s.realm FROM settings s)) AS realm
  FROM accounts a
 WHERE a.status = 'ACTIVE'
   AND (a.expires_at IS NULL OR a.expires_at > now())
   AND a.suspended_for_debt_at IS NULL
   AND owner_lets_call(a.reseller_id);

-- The one statement of which devices a switch obeys; directory and Kamailio both read it.
CREATE VIEW effective_devices AS
SELECT d.id, d.realm, d.username, d.generation, d.account_id,
       a.number AS account_number, a.concurrent_calls, a.calls_per_second, a.expires_at,
       d.caller_id_name, d.caller_id_number, d.codecs, d.call_waiting, d.max_calls,
       d.allowed_networks, d.voicemail_enabled, d.voicemail_mail_to, d.voicemail_attach_file,
       d.voicemail_keep_local, d.voicemail_mail_all, d.voicemail_pin_sealed
  FROM sip_devices d
  JOIN effective_accounts a ON a.id = d.account_id
 WHERE d.status = 'ACTIVE' AND d.removed_at IS NULL;

-- Networks whose calls need no sign-in. A network that several accounts share is told apart by the
-- dialled prefix alone, which a list of addresses can not say: it is the one's that asks for no
-- prefix, or nobody's. Whoever may not act now takes it from nobody.
CREATE VIEW effective_networks AS
SELECT s.id, s.network, s.prefix, s.account_id, a.realm
  FROM ip_settings s
  JOIN effective_accounts a ON a.id = s.account_id
 WHERE s.status = 'ACTIVE'
   AND (s.prefix = ''
        OR NOT EXISTS (SELECT FROM ip_settings o JOIN effective_accounts e ON e.id = o.account_id
                        WHERE o.network = s.network AND o.account_id <> s.account_id
                          AND o.status = 'ACTIVE'));

-- Listeners drop what they remember of these logins; an empty payload means everything. New
-- devices need no word: nobody remembers an absence. Bulk changes send one word, not thousands.
CREATE FUNCTION notify_sip_devices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    logins text[];
BEGIN
    logins := ARRAY(SELECT realm || ' ' || username FROM old_rows LIMIT 51);
    IF cardinality(logins) > 50 THEN
        PERFORM pg_notify('sip_devices', '');
    ELSE
        PERFORM pg_notify('sip_devices', login) FROM unnest(logins) AS login;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sip_devices_changed AFTER UPDATE ON sip_devices
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_sip_devices();
CREATE TRIGGER sip_devices_removed AFTER DELETE ON sip_devices
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION notify_sip_devices();

CREATE FUNCTION notify_everything_of_switches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], '');
    RETURN NULL;
END $$;
CREATE TRIGGER resellers_switched
    AFTER UPDATE OF status, suspended_for_debt_at ON accounts FOR EACH ROW
    WHEN (NEW.kind = 'RESELLER' AND (OLD.status, OLD.suspended_for_debt_at)
                                    IS DISTINCT FROM (NEW.status, NEW.suspended_for_debt_at))
    EXECUTE FUNCTION notify_everything_of_switches('sip_devices');
CREATE TRIGGER ip_settings_changed AFTER INSERT OR UPDATE OR DELETE ON ip_settings
    FOR EACH STATEMENT EXECUTE FUNCTION notify_everything_of_switches('sip_devices');
CREATE TRIGGER switch_nodes_changed AFTER INSERT OR DELETE
    OR UPDATE OF directory_user, directory_password_hash, state ON switch_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION notify_everything_of_switches('switch_nodes');

-- What has to reach the switches although no device changed: the rows that decide it are written by
-- many verbs, so that it is announced here. Nothing is announced while no switch is told things.
CREATE FUNCTION announce_to_switches(errand text, subject uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO outbox (kind, subject_id, generation, payload, created_at, attempts,
                        next_attempt_at)
    SELECT errand, subject, 0, '{}', now(), 0, now()
     WHERE EXISTS (SELECT FROM switch_nodes WHERE address IS NOT NULL AND state <> 'RETIRED')
$$;
CREATE FUNCTION announce_ip_lists() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_to_switches('IP_LISTS', '00000000-0000-0000-0000-000000000000');
    RETURN NULL;
END $$;
CREATE TRIGGER ip_settings_announced AFTER INSERT OR UPDATE OR DELETE ON ip_settings
    FOR EACH STATEMENT EXECUTE FUNCTION announce_ip_lists();
-- Listeners remember such accounts and lists, too, for as long as the database is away.
CREATE FUNCTION announce_networks_of_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN old_rows o USING (id)
                 JOIN ip_settings s ON s.account_id = n.id
                WHERE (n.status, n.expires_at, n.suspended_for_debt_at)
                      IS DISTINCT FROM (o.status, o.expires_at, o.suspended_for_debt_at)) THEN
        PERFORM pg_notify('sip_devices', '');
        PERFORM announce_to_switches('IP_LISTS', '00000000-0000-0000-0000-000000000000');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_with_networks_changed AFTER UPDATE ON accounts
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION announce_networks_of_accounts();
-- A whole subtree of devices follows its reseller, also while nobody is told: their states do.
CREATE FUNCTION announce_subtree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox (kind, subject_id, generation, payload, created_at, attempts,
                        next_attempt_at)
    VALUES ('SUBTREE', NEW.id, 0, '{}', now(), 0, now());
    RETURN NULL;
END $$;
CREATE TRIGGER resellers_announced
    AFTER UPDATE OF status, suspended_for_debt_at ON accounts FOR EACH ROW
    WHEN (NEW.kind = 'RESELLER' AND (OLD.status, OLD.suspended_for_debt_at)
                                    IS DISTINCT FROM (NEW.status, NEW.suspended_for_debt_at))
    EXECUTE FUNCTION announce_subtree();

-- How far each switch has followed each device; one without a row has nothing left to do.
CREATE VIEW device_provisioning AS
SELECT d.id || '/' || n.id AS id, d.id AS device_id, n.name, d.generation AS wanted_generation,
       coalesce(f.applied_generation, d.generation) AS applied_generation, f.step,
       coalesce(f.attempts, 0) AS attempts, f.last_error, f.since
  FROM sip_devices d
 CROSS JOIN switch_nodes n
  LEFT JOIN device_nodes f ON f.device_id = d.id AND f.node_id = n.id
 WHERE n.address IS NOT NULL AND n.state <> 'RETIRED';
