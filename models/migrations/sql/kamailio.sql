-- What Kamailio 5.6 reads and writes: hashes and contacts, in a schema for its role alone.

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
