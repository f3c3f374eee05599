-- What devices promise beyond their columns, who may act now, and what Kamailio 5.6 reads.

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

-- Password-equivalent for their realm, so they stand here alone: the house's role and the views
-- below read them, and nothing else does.
CREATE SCHEMA kamailio;
CREATE TABLE kamailio.credentials (
    device_id  uuid PRIMARY KEY REFERENCES public.sip_devices ON DELETE CASCADE,
    ha1        varchar(32) COLLATE "C" NOT NULL
               CHECK (length(ha1) = 32 AND ha1 !~ '[^0-9a-f]'),
    ha1b       varchar(32) COLLATE "C" NOT NULL
               CHECK (length(ha1b) = 32 AND ha1b !~ '[^0-9a-f]'),
    ha1_sha256 varchar(64) COLLATE "C" NOT NULL
               CHECK (length(ha1_sha256) = 64 AND ha1_sha256 !~ '[^0-9a-f]')
);

CREATE VIEW kamailio.subscriber AS
SELECT e.username, e.realm AS domain, ''::varchar(64) AS password, c.ha1, c.ha1b, c.ha1_sha256,
       e.id::text AS device_id, e.account_id::text AS account_id, e.account_number,
       e.caller_id_name, e.caller_id_number, e.max_calls, e.concurrent_calls, e.calls_per_second,
       array_to_string(e.allowed_networks, ',') AS allowed_networks
  FROM public.effective_devices e
  JOIN kamailio.credentials c ON c.device_id = e.id;

-- The tag is the id of the account whose calls come from there.
CREATE VIEW kamailio.address AS
SELECT row_number() OVER (ORDER BY n.network)::int AS id, 1 AS grp,
       split_part(n.network, '/', 1)::varchar(50) AS ip_addr,
       split_part(n.network, '/', 2)::int AS mask,
       0::smallint AS port, n.account_id::text::varchar(64) AS tag
  FROM (SELECT DISTINCT network, account_id FROM public.effective_networks) n;

CREATE VIEW kamailio.domain AS
SELECT row_number() OVER (ORDER BY r.realm)::int AS id, r.realm::varchar(253) AS domain,
       r.realm::varchar(253) AS did, timestamp '2000-01-01 00:00:01' AS last_modified
  FROM (SELECT realm FROM public.settings
        UNION SELECT realm FROM public.accounts WHERE kind = 'RESELLER' AND status <> 'DELETED') r;

-- Kamailio asks for these two as well; the house keeps nothing in them.
CREATE VIEW kamailio.domain_attrs AS
SELECT NULL::int AS id, NULL::varchar(64) AS did, NULL::varchar(32) AS name, NULL::int AS type,
       NULL::varchar(255) AS value, NULL::timestamp AS last_modified WHERE false;
CREATE VIEW kamailio.trusted AS
SELECT NULL::int AS id, NULL::varchar(50) AS src_ip, NULL::varchar(4) AS proto,
       NULL::varchar(64) AS from_pattern, NULL::varchar(64) AS ruri_pattern,
       NULL::varchar(64) AS tag, NULL::int AS priority WHERE false;

-- Kamailio writes its contacts here; instants are in the zone of its host, which has to be UTC.
CREATE TABLE kamailio.location (
    id            serial PRIMARY KEY,
    ruid          varchar(64)  NOT NULL DEFAULT '',
    username      varchar(64)  NOT NULL DEFAULT '' COLLATE "C",
    domain        varchar(253) DEFAULT NULL COLLATE "C",
    contact       varchar(512) NOT NULL DEFAULT '',
    received      varchar(128) DEFAULT NULL,
    path          varchar(512) DEFAULT NULL,
    expires       timestamp    NOT NULL DEFAULT '2030-05-28 21:32:15',
    q             real         NOT NULL DEFAULT 1.0,
    callid        varchar(255) NOT NULL DEFAULT 'Default-Call-ID',
    cseq          int          NOT NULL DEFAULT 1,
    last_modified timestamp    NOT NULL DEFAULT '2000-01-01 00:00:01',
    flags         int          NOT NULL DEFAULT 0,
    cflags        int          NOT NULL DEFAULT 0,
    user_agent    varchar(255) NOT NULL DEFAULT '',
    socket        varchar(64)  DEFAULT NULL,
    methods       int          DEFAULT NULL,
    instance      varchar(255) DEFAULT NULL,
    reg_id        int          NOT NULL DEFAULT 0,
    server_id     int          NOT NULL DEFAULT 0,
    connection_id int          NOT NULL DEFAULT 0,
    keepalive     int          NOT NULL DEFAULT 0,
    partition     int          NOT NULL DEFAULT 0,
    CONSTRAINT location_ruid_idx UNIQUE (ruid)
);
CREATE INDEX location_account_contact_idx ON kamailio.location (username, domain, contact);
CREATE INDEX location_expires_idx ON kamailio.location (expires);
CREATE INDEX location_tcpcon_idx ON kamailio.location (connection_id);
CREATE INDEX location_connection_idx ON kamailio.location (server_id, connection_id);

CREATE TABLE kamailio.location_attrs (
    id            serial PRIMARY KEY,
    ruid          varchar(64)  NOT NULL DEFAULT '',
    username      varchar(64)  NOT NULL DEFAULT '',
    domain        varchar(253) DEFAULT NULL,
    aname         varchar(64)  NOT NULL DEFAULT '',
    atype         int          NOT NULL DEFAULT 0,
    avalue        varchar(512) NOT NULL DEFAULT '',
    last_modified timestamp    NOT NULL DEFAULT '2000-01-01 00:00:01'
);
CREATE INDEX location_attrs_account_record_idx ON kamailio.location_attrs (username, domain, ruid);
CREATE INDEX location_attrs_last_modified_idx ON kamailio.location_attrs (last_modified);

CREATE TABLE kamailio.version (
    id            serial PRIMARY KEY,
    table_name    varchar(32) NOT NULL UNIQUE,
    table_version int         NOT NULL DEFAULT 0
);
INSERT INTO kamailio.version (table_name, table_version) VALUES
    ('version', 1), ('subscriber', 7), ('location', 9), ('location_attrs', 1), ('address', 6),
    ('trusted', 6), ('domain', 2), ('domain_attrs', 1);

-- Sign-ins that a Kamailio refused, until a listener counts them: a ring of 10,000, so that an
-- attack while no listener runs fills nothing. Words of strangers come as hexadecimal digits.
CREATE SEQUENCE kamailio.refusal_slot MAXVALUE 10000 CYCLE;
CREATE TABLE kamailio.refusals (
    slot    bigint PRIMARY KEY,
    "user"  varchar(640) NOT NULL,
    domain  varchar(640) NOT NULL,
    source  varchar(128) NOT NULL,
    agent   varchar(640) NOT NULL,
    reason  varchar(48)  NOT NULL
);
CREATE FUNCTION kamailio.refused(username text, realm text, address text, phone text, why text)
RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = kamailio AS $$
    INSERT INTO kamailio.refusals (slot, "user", domain, source, agent, reason)
    VALUES (nextval('kamailio.refusal_slot'), left(username, 640), left(realm, 640),
            left(address, 128), left(phone, 640), left(why, 48))
        ON CONFLICT (slot) DO UPDATE
       SET "user" = excluded."user", domain = excluded.domain, source = excluded.source,
           agent = excluded.agent, reason = excluded.reason
    RETURNING slot::int  -- a Kamailio warns of answers that are void
$$;
REVOKE ALL ON FUNCTION kamailio.refused(text, text, text, text, text) FROM PUBLIC;

-- What a Kamailio may do here: read the views, keep its contacts. Its role is named by the operator.
CREATE FUNCTION kamailio.admit(role_name name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA kamailio TO %I', role_name);
    EXECUTE format('GRANT SELECT ON kamailio.subscriber, kamailio.address, kamailio.domain, '
        'kamailio.domain_attrs, kamailio.trusted, kamailio.version TO %I', role_name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON kamailio.location, '
        'kamailio.location_attrs TO %I', role_name);
    EXECUTE format('GRANT USAGE ON kamailio.location_id_seq, kamailio.location_attrs_id_seq '
        'TO %I', role_name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION kamailio.refused(text, text, text, text, text) TO %I',
        role_name);
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = kamailio', role_name,
        current_database());
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET timezone = %L', role_name,
        current_database(), 'UTC');
END $$;
REVOKE ALL ON FUNCTION kamailio.admit(name) FROM PUBLIC;

-- How far each switch has followed each device; one without a row has nothing left to do.
CREATE VIEW device_provisioning AS
SELECT d.id || '/' || n.id AS id, d.id AS device_id, n.name, d.generation AS wanted_generation,
       coalesce(f.applied_generation, d.generation) AS applied_generation, f.step,
       coalesce(f.attempts, 0) AS attempts, f.last_error, f.since
  FROM sip_devices d
 CROSS JOIN switch_nodes n
  LEFT JOIN device_nodes f ON f.device_id = d.id AND f.node_id = n.id
 WHERE n.address IS NOT NULL AND n.state <> 'RETIRED';

-- Contacts as the switches tell them: a Kamailio writes them here itself, and all Kamailios share
-- them; a FreeSWITCH is asked.
CREATE VIEW sip_registrations AS
SELECT 'f' || r.id AS id, r.device_id, n.name AS node, r.contact, r.user_agent, r.expires_at
  FROM device_registrations r
  JOIN switch_nodes n ON n.id = r.node_id
 WHERE n.state <> 'RETIRED' AND (r.expires_at IS NULL OR r.expires_at > now())
UNION ALL
SELECT 'k' || l.id, d.id,
       coalesce((SELECT string_agg(n.name, ', ' ORDER BY n.name) FROM switch_nodes n
                  WHERE n.kind = 'KAMAILIO' AND n.state <> 'RETIRED'), 'kamailio'),
       l.contact, l.user_agent, l.expires AT TIME ZONE 'UTC'
  FROM kamailio.location l
  JOIN sip_devices d ON d.realm = l.domain AND d.username = l.username
 WHERE l.expires > now() AT TIME ZONE 'UTC';
