"""The answers of the bench's documents as one would write them in SQL by hand."""

from __future__ import annotations

from collections.abc import Mapping

_RELATIONS = """
    'rateGroup', (SELECT json_build_object('name', g.name) FROM rate_groups g
                   WHERE g.id = a.rate_group_id),
    'reseller', (SELECT json_build_object('number', r.number, 'company', r.company)
                   FROM accounts r WHERE r.id = a.reseller_id AND r.kind = 'RESELLER'),
    'localization', (SELECT json_build_object('name', l.name) FROM localizations l
                      WHERE l.id = a.localization_id),
    'sipDevices', json_build_object('nodes', coalesce(
        (SELECT json_agg(json_build_object('username', d.username, 'status', d.status)
                         ORDER BY d.created_at DESC, d.id DESC)
           FROM (SELECT * FROM sip_devices d WHERE d.account_id = a.id
                  ORDER BY d.created_at DESC, d.id DESC LIMIT 5) d), '[]')),
    'dids', json_build_object('nodes', coalesce(
        (SELECT json_agg(json_build_object('number', d.number)
                         ORDER BY d.assigned_at DESC, d.id DESC)
           FROM (SELECT * FROM dids d WHERE d.account_id = a.id
                  ORDER BY d.assigned_at DESC, d.id DESC LIMIT 5) d), '[]'))
"""
_FIELDS = """
    'id', rtrim(translate(encode(('Customer:' || a.id)::bytea, 'base64'), E'+/\\n', '-_'), '='),
    'number', a.number, 'kind', a.kind, 'type', a.type, 'status', a.status,
    'firstName', a.first_name, 'lastName', a.last_name, 'company', a.company, 'email', a.email,
    'phone', a.phone, 'concurrentCalls', a.concurrent_calls, 'timeZone', a.time_zone,
    'createdAt', a.created_at, 'expiresAt', a.expires_at,
    'balance', json_build_object('amount', trim_scale(w.balance)::text,
                                 'currencyCode', a.currency_code),
    'creditLimit', json_build_object('amount', trim_scale(a.credit_limit)::text,
                                     'currencyCode', a.currency_code)
"""
_LISTED = "a.kind IN ('CUSTOMER', 'PROVIDER') AND a.status <> 'DELETED'"

_LIST = """
SELECT json_build_object('customers', json_build_object('nodes', coalesce(
         json_agg(json_build_object({fields}, {relations}) ORDER BY a.created_at DESC, a.id DESC),
         '[]')))::text
  FROM (SELECT * FROM accounts a WHERE {listed} {condition}
         ORDER BY a.created_at DESC, a.id DESC LIMIT 50) a
  JOIN ledger_accounts w ON w.id = a.id
"""

_PARTS = {"fields": _FIELDS, "relations": _RELATIONS, "listed": _LISTED}

# By name: the statement, and the query parameters that stand in it.
BY_HAND: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "list": (_LIST.format(condition="", **_PARTS), ()),
    "filtered": (
        _LIST.format(condition="AND a.number LIKE $1 || '%'", **_PARTS),
        ("prefix",),
    ),
}
