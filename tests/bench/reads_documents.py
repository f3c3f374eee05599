"""The documents of the reads' bench.

What each is compared with stands in `reads_by_hand`, `reads_stock` and `reads_postgraphile`.
"""

from __future__ import annotations

PREFIX = "40001"

_CUSTOMER = """id number kind type status firstName lastName company email phone concurrentCalls
    timeZone createdAt expiresAt balance { amount currencyCode } creditLimit { amount currencyCode }
    rateGroup { name } reseller { number company } localization { name }
    sipDevices(first: 5) { nodes { username status } } dids(first: 5) { nodes { number } }"""
LIST = f"{{ customers(first: 50) {{ nodes {{ {_CUSTOMER} }} }} }}"
FILTERED = f"""query($prefix: String!) {{
    customers(first: 50, where: {{number: {{startsWith: $prefix}}}}) {{
        nodes {{ {_CUSTOMER} }} }} }}"""
COUNTED = "{ customers(first: 50) { totalCount nodes { id number } } }"
SCREEN = """query($id: ID!) { customer(id: $id) { id number firstName balance { amount }
    sipDevices(first: 10) { nodes { username } } ipSettings(first: 10) { nodes { network } }
    callerIds(first: 10) { nodes { number } } forceCallerId { number }
    dids(first: 10) { nodes { number } } products(first: 10) { nodes { quantity } }
    speedDials { key number } blockedCodes(first: 10) { nodes { prefix } }
    alertThreshold { enabled } invoices(first: 10) { nodes { number } }
    refills(first: 10) { nodes { method } } charges(first: 10) { nodes { kind } }
    cdrs(first: 10) { nodes { uniqueId } } emails(first: 10) { nodes { subject } } } }"""
PAGE = """query($after: Cursor) { customers(first: 50, after: $after) {
    nodes { id number balance { amount } } pageInfo { endCursor } } }"""
FORWARD = """query($after: Cursor) { customers(first: 100, after: $after) {
    pageInfo { endCursor } } }"""
