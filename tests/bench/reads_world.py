"""A million customers for the reads to go through, written set-based with their relations.

Every third of the first has devices and numbers; a hundred resellers own a tenth of everybody.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg

RESELLERS = 100

_STEPS = (
    """
    INSERT INTO accounts (id, version, kind, number, type, status, path, realm, first_name, company,
        time_zone, currency_code, concurrent_calls, calls_per_second, allows_local_calls,
        notifications_enabled, payment_gateway_allowed, records_calls, manages_own_ips,
        credit_limit, cli_pool, billing_schedule, invoices_zero_amounts, created_at, updated_at)
    SELECT id, 1, 'RESELLER', 'R' || n, 'PREPAID', 'ACTIVE', '/' || id || '/',
           'r' || n || '.example', 'Reseller', 'Company ' || n, 'UTC', 'USD', 0, 0,
           true, true, true, false, false, 0, 'DISABLED', 'MONTHLY', false, now(), now()
      FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, $1::int) n) r
    """,
    """
    INSERT INTO rate_groups (id, version, name, status, reseller_id, created_at)
    SELECT gen_random_uuid(), 1, 'Rates ' || number, 'ACTIVE', id, now()
      FROM accounts WHERE kind = 'RESELLER'
    UNION ALL SELECT gen_random_uuid(), 1, 'House', 'ACTIVE', NULL, now()
    """,
    """
    INSERT INTO localizations (id, version, name, status, country_code, created_at)
    VALUES (gen_random_uuid(), 1, 'Germany', 'ACTIVE', 'DE', now())
    """,
    """
    INSERT INTO accounts (id, version, kind, number, type, status, reseller_id, first_name,
        last_name, company, email, phone, country_code, time_zone, currency_code, concurrent_calls,
        calls_per_second, localization_id, allows_local_calls, notifications_enabled,
        payment_gateway_allowed, records_calls, manages_own_ips, credit_limit, rate_group_id,
        cli_pool, billing_schedule, billing_day, invoices_zero_amounts, expires_at, created_at,
        updated_at)
    SELECT gen_random_uuid(), 1, 'CUSTOMER', (4000000000 + n)::text, 'PREPAID', 'ACTIVE', o.id,
           'First ' || n % 5000, 'Last ' || n % 7000, CASE WHEN n % 3 = 0 THEN 'Company ' || n END,
           'c' || n || '@example.org', '+49 30 ' || n, 'DE', 'Europe/Berlin', 'USD', n % 20, n % 5,
           l.id, true, true, true, false, false, 0, g.id, 'DISABLED', 'MONTHLY', 1 + n % 28, false,
           CASE WHEN n % 10 = 0 THEN now() + (n % 900) * interval '1 day' END,
           now() - (1 + n) * interval '1 second', now()
      FROM generate_series(1, $1::int) n
      CROSS JOIN (SELECT id FROM localizations) l
      LEFT JOIN (SELECT id, row_number() OVER () AS place FROM accounts WHERE kind = 'RESELLER') o
             ON n % 10 = 0 AND o.place = 1 + (n / 10) % $2::int
      JOIN rate_groups g ON g.reseller_id IS NOT DISTINCT FROM o.id
    """,
    """
    INSERT INTO ledger_accounts (id, kind, account_id, currency_code, balance, last_entry_no)
    SELECT id, 'WALLET', id, currency_code, 0, 0 FROM accounts
    """,
    """
    INSERT INTO sip_devices (id, version, account_id, username, realm, status, generation,
        drop_generation, provisioning, codecs, call_waiting, allowed_networks, voicemail_enabled,
        voicemail_attach_file, voicemail_keep_local, voicemail_mail_all, created_at, updated_at)
    SELECT gen_random_uuid(), 1, a.id, a.number || '-' || k, 'sip.example', 'ACTIVE', 1, 0,
           'PUBLISHED', '{}', true, '{}', false, true, true, false, now(), now()
      FROM accounts a CROSS JOIN generate_series(1, 3) k
     WHERE a.kind = 'CUSTOMER' AND right(a.number, 1) IN ('1', '2', '3') AND a.number < '4000300000'
    """,
    """
    INSERT INTO dids (id, version, number, digits, status, currency_code, connect_fee, per_minute,
        initial_increment_seconds, increment_seconds, setup_fee, monthly_fee,
        releases_when_unfunded, reminder_days, account_id, assigned_at, created_at)
    SELECT gen_random_uuid(), 1, '+4930' || a.number || k, '4930' || a.number || k, 'ACTIVE', 'USD',
           0, 0, 0, 60, 0, 0, true, 3, a.id, now(), now()
      FROM accounts a CROSS JOIN generate_series(1, 2) k
     WHERE a.kind = 'CUSTOMER' AND right(a.number, 1) IN ('1', '2') AND a.number < '4000300000'
    """,
)


_PANELS = Path(__file__).with_name("reads_panels.sql")
# Indexes are made when the rows are there, which takes a third of the time.
_INDEXES = """
    SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS text
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = 'accounts'::regclass AND NOT i.indisprimary
"""


async def populate(dsn: str, customers: int) -> None:
    """Fill an empty migrated database, and let the planner know what is in it."""
    connection = await asyncpg.connect(dsn, server_settings={"maintenance_work_mem": "512MB"})
    try:
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for step in _STEPS:
            arguments = [customers, RESELLERS][: max(step.count("$1"), 2 * step.count("$2"))]
            if step is _STEPS[0]:
                arguments = [RESELLERS]
            await connection.execute(step, *arguments)
        for index in indexes:
            await connection.execute(index["text"])
        await connection.execute(_PANELS.read_text())
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
