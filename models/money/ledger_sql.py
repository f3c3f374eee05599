"""The one statement that posts, and those that look back, each with its parameters.

No rule stands here that `ledger` does not state in words.
"""

from functools import cache
from typing import Final

# Told how few there are, PostgreSQL plans once a session for all of them; where it has to guess it
# guesses ten, finds that dear, and plans each anew, which takes longer than posting.
_FEW: Final = (1, 2, 4)

# $1-$9: postings (id, key, kind, occurred_at, description, actor, reverses_id, label, quantity)
# $10-$16: lines (id, posting, ledger account, amount, currency, rate, awaits_invoice)
# $17-$20: system accounts among them (id, kind, issuer, currency)
# $21: whether the payers must have the funds
# $22-$23: what some accounts must have beyond it (account, amount)
#
# Wallets are locked in id order before anything is written, so two of these never wait for each
# other in a circle. Postings come in the order of their keys for the same reason. When a key is
# being written by someone else, the insertion waits for them and then leaves it out.
#
# What is known is looked up one by one: as a join it reads the whole table, by a plan that a
# session made while the table was small, and keeps.
_POST: Final = """
WITH asked AS MATERIALIZED (
    SELECT p.* FROM (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[],
                             $6::text[], $7::uuid[], $8::text[], $9::numeric[])
        AS p (id, key, kind, occurred_at, description, actor, reverses_id, label, quantity) {few}
    ) p
    WHERE (SELECT known.id FROM postings known WHERE known.key = p.key) IS NULL
), legs AS MATERIALIZED (
    -- Rounded here once, so that the cache and the lines can never differ behind the sixth decimal.
    SELECT * FROM unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::numeric(20,6)[], $14::text[],
                         $15::numeric[], $16::boolean[])
        WITH ORDINALITY
        AS l (id, posting_id, account_id, amount, currency_code, rate, awaits_invoice, position)
), deltas AS MATERIALIZED (
    SELECT l.account_id, sum(l.amount) AS amount
    FROM legs l WHERE l.posting_id IN (SELECT id FROM asked) AND l.account_id <> ALL ($17::uuid[])
    GROUP BY l.account_id
), locked AS MATERIALIZED (
    SELECT w.id, w.balance, w.last_entry_no FROM ledger_accounts w
    WHERE w.id IN (SELECT account_id FROM deltas) AND w.kind = 'WALLET'
    ORDER BY w.id FOR UPDATE OF w
), lacking AS MATERIALIZED (
    SELECT w.id FROM locked w
    JOIN deltas d ON d.account_id = w.id
    JOIN accounts a ON a.id = w.id
    LEFT JOIN (SELECT account_id, sum(amount) AS amount
               FROM unnest($22::uuid[], $23::numeric[]) AS r (account_id, amount)
               GROUP BY account_id) reserved ON reserved.account_id = w.id
    WHERE $21 AND d.amount < 0
      AND w.balance + d.amount - coalesce(reserved.amount, 0) < -a.credit_limit
), moment AS MATERIALIZED (
    -- One instant for all, read while the wallets are held: their next lines are never earlier.
    SELECT clock_timestamp() AS instant, count(*) AS wallets FROM locked
), opened AS (
    INSERT INTO ledger_accounts (id, kind, issuer_id, currency_code, balance, last_entry_no)
    SELECT s.id, s.kind, s.issuer_id, s.currency_code, 0, 0
    FROM (
        SELECT * FROM unnest($17::uuid[], $18::text[], $19::uuid[], $20::text[])
        AS s (id, kind, issuer_id, currency_code) {few_systems}
    ) s
    WHERE (SELECT known.id FROM ledger_accounts known WHERE known.id = s.id) IS NULL
    ON CONFLICT DO NOTHING
), fresh AS (
    INSERT INTO postings (id, key, kind, occurred_at, recorded_at, description, actor, reverses_id)
    SELECT id, key, kind, occurred_at, instant, description, actor, reverses_id
    FROM asked CROSS JOIN moment
    WHERE NOT EXISTS (SELECT FROM lacking)
      AND wallets = (SELECT count(*) FROM deltas)
    ORDER BY key
    ON CONFLICT (key) DO NOTHING
    RETURNING id, occurred_at, recorded_at
), ours AS MATERIALIZED (
    SELECT l.*, f.occurred_at, f.recorded_at,
           sum(l.amount) OVER history AS running, row_number() OVER history AS nth
    FROM legs l JOIN fresh f ON f.id = l.posting_id
    WINDOW history AS (PARTITION BY l.account_id ORDER BY l.position)
), sums AS MATERIALIZED (
    SELECT account_id, sum(amount) AS amount, count(*) AS lines
    FROM ours WHERE account_id <> ALL ($17::uuid[]) GROUP BY account_id
), moved AS (
    UPDATE ledger_accounts w
    SET balance = w.balance + s.amount, last_entry_no = w.last_entry_no + s.lines
    FROM sums s WHERE w.id = s.account_id
), crossing AS (
    -- Who passed the balance below which they are to be told, in either direction.
    SELECT w.id FROM locked w
    JOIN sums s ON s.account_id = w.id
    JOIN accounts a ON a.id = w.id
    LEFT JOIN alert_thresholds t ON t.account_id = w.id
    CROSS JOIN LATERAL (
        SELECT coalesce(t.balance_below, h.low_balance_default) - a.credit_limit AS balance
        FROM settings h
    ) alarm
    WHERE (w.balance < alarm.balance) <> (w.balance + s.amount < alarm.balance)
), written AS (
    INSERT INTO posting_lines (id, posting_id, ledger_account_id, amount, currency_code, rate,
                               entry_no, balance_after, recorded_at)
    SELECT o.id, o.posting_id, o.account_id, o.amount, o.currency_code, o.rate,
           w.last_entry_no + o.nth, w.balance + o.running, o.recorded_at
    FROM ours o LEFT JOIN locked w ON w.id = o.account_id
), waiting AS (
    INSERT INTO billable_lines (line_id, account_id, occurred_at, label, quantity)
    SELECT o.id, o.account_id, o.occurred_at, a.label, a.quantity
    FROM ours o JOIN asked a ON a.id = o.posting_id WHERE o.awaits_invoice
)
SELECT ARRAY(SELECT id FROM fresh) AS fresh,
       ARRAY(SELECT id FROM lacking) AS lacking,
       ARRAY(SELECT account_id FROM deltas EXCEPT SELECT id FROM locked) AS walletless,
       ARRAY(SELECT id FROM crossing) AS crossing
"""


def post(entries: int, systems: int) -> str:
    """The statement for so many postings to so many system accounts."""
    return _text(_limit(entries), _limit(systems))


@cache
def _text(few: str, few_systems: str) -> str:
    return _POST.format(few=few, few_systems=few_systems)


def _limit(count: int) -> str:
    return next((f"LIMIT {few}" for few in _FEW if few >= count), "")


# $1: keys
ANY_KNOWN = "SELECT EXISTS (SELECT FROM postings WHERE key = ANY ($1::text[]))"

# $1-$4: keys, kinds, ledger account and amount of each leading line
#
# OFFSET 0: by its posting a line is one of a few, by its wallet one of all its history.
FIRST_ANSWERS = """
SELECT p.key, p.id,
       p.kind = e.kind AND EXISTS (
           SELECT FROM (SELECT * FROM posting_lines WHERE posting_id = p.id OFFSET 0) l
           WHERE l.ledger_account_id = e.account_id AND l.amount = e.amount
       ) AS agrees
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::numeric[]) AS e (key, kind, account_id, amount)
JOIN postings p ON p.key = e.key
"""

# $1: posting; in the order in which the wallets' histories have them
LINES_OF = """
SELECT p.kind, l.ledger_account_id, l.amount, l.currency_code, l.rate,
       a.kind AS account_kind, a.issuer_id, b.line_id IS NOT NULL AS is_billable,
       b.label, b.quantity
FROM postings p
JOIN posting_lines l ON l.posting_id = p.id
JOIN ledger_accounts a ON a.id = l.ledger_account_id
LEFT JOIN billable_lines b ON b.line_id = l.id
WHERE p.id = $1
ORDER BY l.id
"""
