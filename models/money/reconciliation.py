"""Whether the books agree with themselves: audits that count differences, all 0 when all is well.

They read everything and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.money.reader import Reader


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a kind were found."""

    kind: str
    count: int


async def ledger_differences(connection: Reader) -> Sequence[Tally]:
    """Each audit of the ledger and of what is built on it, with how many rows it finds wrong."""
    return [Tally(kind, int(await connection.fetchval(query))) for kind, query in _AUDITS.items()]


async def cdr_doubts(connection: Reader) -> Sequence[Tally]:
    """Reports of switches that people should look at: charged to nobody, or not as priced."""
    kept = await connection.fetch(_ORPHANS)
    orphans = [Tally(f"calls kept without a charge ({r['reason']})", r["number"]) for r in kept]
    doubts = [(kind, await connection.fetchval(query)) for kind, query in _DOUBTS.items()]
    return [*orphans, *(Tally(kind, int(number)) for kind, number in doubts)]


async def orphan_cdrs(connection: Reader) -> int:
    """How many reports of switches were kept without a charge."""
    return int(await connection.fetchval("SELECT count(*) FROM cdr_orphans"))


# The most frequent reasons; each report may have words of its own.
_ORPHANS = """
    SELECT reason, count(*)::int AS number FROM cdr_orphans
    GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 5
"""
_DOUBTS = {
    "calls without a price for a reseller": "SELECT count(*) FROM cdrs WHERE assumed_levels > 0",
    "calls by an unknown provider": """
        SELECT count(*) FROM cdrs WHERE provider_id IS NULL AND provider_cost IS NOT NULL
    """,
}

_AUDITS = {
    # The cache of a wallet is the sum of its lines, and so is the last line's balance.
    "wallets whose balance is not the sum of their lines": """
        SELECT count(*) FROM ledger_accounts w
        LEFT JOIN (SELECT ledger_account_id, sum(amount) AS amount, count(*) AS lines,
                          max(entry_no) AS last_entry_no
                   FROM posting_lines WHERE entry_no IS NOT NULL GROUP BY 1) l
               ON l.ledger_account_id = w.id
        LEFT JOIN posting_lines newest
               ON newest.ledger_account_id = w.id AND newest.entry_no = l.last_entry_no
        WHERE w.kind = 'WALLET'
          AND (w.balance <> coalesce(l.amount, 0)
               OR w.balance <> coalesce(newest.balance_after, 0)
               OR w.last_entry_no <> coalesce(l.lines, 0)
               OR w.last_entry_no <> coalesce(l.last_entry_no, 0))
    """,
    "accounts without a wallet": """
        SELECT count(*) FROM accounts a
        WHERE NOT EXISTS (SELECT FROM ledger_accounts w WHERE w.id = a.id)
    """,
    "postings that do not sum to zero": """
        SELECT count(DISTINCT posting_id) FROM (
            SELECT posting_id FROM posting_lines GROUP BY posting_id, currency_code
            HAVING sum(amount) <> 0) wrong
    """,
    "postings without lines": """
        SELECT count(*) FROM postings p
        WHERE NOT EXISTS (SELECT FROM posting_lines l WHERE l.posting_id = p.id)
    """,
    "invoices whose outstanding is not their total less allocations": """
        SELECT count(*) FROM invoices i
        LEFT JOIN (SELECT invoice_id, sum(amount) AS amount
                   FROM invoice_allocations GROUP BY 1) a ON a.invoice_id = i.id
        WHERE i.kind = 'INVOICE' AND i.outstanding <> i.total - coalesce(a.amount, 0)
    """,
    "credits whose remainder is not their amount less allocations": """
        SELECT count(*) FROM credits c
        LEFT JOIN (SELECT credit_id, sum(amount) AS amount
                   FROM invoice_allocations GROUP BY 1) a ON a.credit_id = c.id
        WHERE c.remaining <> c.amount - coalesce(a.amount, 0)
    """,
    "documents whose lines do not sum to their total": """
        SELECT count(*) FROM invoices i
        LEFT JOIN (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax
                   FROM invoice_lines GROUP BY 1) l ON l.invoice_id = i.id
        WHERE i.net <> coalesce(l.net, 0) OR i.tax <> coalesce(l.tax, 0)
    """,
}
