"""The answers of the bench's documents as one would write them in SQL by hand.

Each says the same JSON as the API, for staff: the same rows, order, ids and instants.
"""

from __future__ import annotations

from collections.abc import Mapping

_ID = """rtrim(translate(encode(('Customer:' || a.id)::bytea, 'base64'), E'+/\\n', '-_'), '=')"""
_INSTANT = """btrim(to_json({} AT TIME ZONE 'UTC')::text, '"') || 'Z'"""
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
           FROM (SELECT * FROM sip_devices d WHERE d.account_id = a.id AND d.removed_at IS NULL
                  ORDER BY d.created_at DESC, d.id DESC LIMIT 5) d), '[]')),
    'dids', json_build_object('nodes', coalesce(
        (SELECT json_agg(json_build_object('number', d.number)
                         ORDER BY d.assigned_at DESC, d.id DESC)
           FROM (SELECT * FROM dids d WHERE d.account_id = a.id
                  ORDER BY d.assigned_at DESC, d.id DESC LIMIT 5) d), '[]'))
"""
_FIELDS = f"""
    'id', {_ID}, 'number', a.number, 'kind', a.kind, 'type', a.type, 'status', a.status,
    'firstName', a.first_name, 'lastName', a.last_name, 'company', a.company, 'email', a.email,
    'phone', a.phone, 'concurrentCalls', a.concurrent_calls, 'timeZone', a.time_zone,
    'createdAt', {_INSTANT.format("a.created_at")}, 'expiresAt', {_INSTANT.format("a.expires_at")},
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
_COUNTED = """
SELECT json_build_object('customers', json_build_object(
         'totalCount', (SELECT count(*) FROM accounts a WHERE {listed}),
         'nodes', coalesce(json_agg(json_build_object('id', {id}, 'number', a.number)
                                    ORDER BY a.created_at DESC, a.id DESC), '[]')))::text
  FROM (SELECT * FROM accounts a WHERE {listed}
         ORDER BY a.created_at DESC, a.id DESC LIMIT 50) a
"""


def _panel(field: str, key: str, column: str, rest: str) -> str:
    return f"""'{field}', json_build_object('nodes', coalesce(
        (SELECT json_agg(json_build_object('{key}', x.{column}))
           FROM (SELECT * FROM {rest} LIMIT 10) x), '[]'))"""


_TODAY = "{0} >= d.starts AND {0} < d.ends"
_OWN = "t.account_id = a.id"
_NEWEST = "ORDER BY t.created_at DESC, t.id DESC"
_LINES = f"""(SELECT j.kind, t.entry_no, t.id FROM posting_lines t JOIN postings j
              ON j.id = t.posting_id WHERE t.ledger_account_id = a.id AND t.entry_no IS NOT NULL
             AND {_TODAY.format("t.recorded_at")} ORDER BY t.entry_no DESC, t.id DESC) t"""
_PANELS = ",\n".join(
    (
        _panel(
            "sipDevices",
            "username",
            "username",
            f"sip_devices t WHERE {_OWN} AND t.removed_at IS NULL {_NEWEST}",
        ),
        _panel("ipSettings", "network", "network", f"ip_settings t WHERE {_OWN} {_NEWEST}"),
        _panel("callerIds", "number", "number", f"caller_ids t WHERE {_OWN} {_NEWEST}"),
        """'forceCallerId', (SELECT json_build_object('number', t.number)
                               FROM force_caller_ids t WHERE t.account_id = a.id)""",
        _panel(
            "dids",
            "number",
            "number",
            f"dids t WHERE {_OWN} ORDER BY t.assigned_at DESC, t.id DESC",
        ),
        _panel(
            "products",
            "quantity",
            "quantity",
            f"product_orders t WHERE {_OWN} ORDER BY t.ordered_at DESC, t.id DESC",
        ),
        f"""'speedDials', coalesce((SELECT json_agg(json_build_object('key', t.key, 'number',
                t.number) ORDER BY t.key, t.id) FROM speed_dials t WHERE {_OWN}), '[]')""",
        _panel("blockedCodes", "prefix", "prefix", f"blocked_codes t WHERE {_OWN} {_NEWEST}"),
        f"""'alertThreshold', json_build_object('enabled', coalesce(
                (SELECT t.enabled FROM alert_thresholds t WHERE {_OWN}), true))""",
        _panel(
            "invoices",
            "number",
            "number",
            f"invoices t WHERE {_OWN} ORDER BY t.issued_at DESC, t.id DESC",
        ),
        _panel("refills", "method", "method", f"refills t WHERE {_OWN} {_NEWEST}"),
        _panel("charges", "kind", "kind", _LINES),
        _panel(
            "cdrs",
            "uniqueId",
            "unique_id",
            f"cdrs t WHERE {_OWN} AND {_TODAY.format('t.started_at')}"
            " ORDER BY t.started_at DESC, t.id DESC",
        ),
        _panel(
            "emails",
            "subject",
            "subject",
            f"emails t WHERE {_OWN} AND {_TODAY.format('t.created_at')} {_NEWEST}",
        ),
    )
)
_SCREEN = f"""
SELECT json_build_object('customer', json_build_object('id', {_ID}, 'number', a.number,
         'firstName', a.first_name,
         'balance', json_build_object('amount', trim_scale(w.balance)::text), {_PANELS}))::text
  FROM accounts a JOIN ledger_accounts w ON w.id = a.id
 CROSS JOIN LATERAL (SELECT date_trunc('day', now() AT TIME ZONE a.time_zone) AS day) y
 CROSS JOIN LATERAL (SELECT y.day AT TIME ZONE a.time_zone AS starts,
                            (y.day + interval '1 day') AT TIME ZONE a.time_zone AS ends) d
 WHERE a.id = $1::uuid AND a.kind IN ('CUSTOMER', 'PROVIDER')
"""
_PARTS = {"fields": _FIELDS, "relations": _RELATIONS, "listed": _LISTED, "id": _ID}

# By name: the statement, and the query parameters that stand in it.
BY_HAND: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "list": (_LIST.format(condition="", **_PARTS), ()),
    "filtered": (
        _LIST.format(condition="AND a.number LIKE $1 || '%'", **_PARTS),
        ("prefix",),
    ),
    "counted": (_COUNTED.format(**_PARTS), ()),
    "screen": (_SCREEN, ("id",)),
}
